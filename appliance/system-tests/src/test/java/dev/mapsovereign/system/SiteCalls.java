package dev.mapsovereign.system;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.node.client.DispatchClient;
import java.util.List;
import java.util.Optional;

/** The calls that tests make. */
final class SiteCalls {
    private SiteCalls() {}

    static DispatchClient.Answer resolve(DispatchClient client, String did) {
        return call(client, "OAS", "resolve", JsonObject.builder().put("did", did).build());
    }

    static DispatchClient.Answer send(DispatchClient client, String to) {
        return call(
                client,
                "MIM",
                "message_send",
                JsonObject.builder()
                        .put("to", "mailbox://" + to)
                        .put("body", JsonObject.builder().put("n", 1).build())
                        .build());
    }

    /** Takes up to a hundred messages, and acknowledges others. */
    static DispatchClient.Answer receive(
            DispatchClient client, String from, List<String> acknowledged) {
        return call(
                client,
                "MIM",
                "message_receive",
                JsonObject.builder()
                        .put("from", "mailbox://" + from)
                        .put("max", 100)
                        .put("lease_s", 3600)
                        .put(
                                "acknowledge",
                                new JsonArray(
                                        acknowledged.stream()
                                                .<JsonValue>map(JsonString::new)
                                                .toList()))
                        .build());
    }

    static DispatchClient.Answer query(DispatchClient client, JsonObject query) {
        return call(client, "MAX", "audit_query", query);
    }

    static DispatchClient.Answer call(
            DispatchClient client, String protocol, String operation, JsonObject input) {
        return client.dispatch(protocol, Optional.empty(), operation, input, Optional.empty());
    }
}
