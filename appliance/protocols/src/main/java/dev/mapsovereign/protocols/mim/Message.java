package dev.mapsovereign.protocols.mim;

import dev.mapsovereign.base.json.JsonObject;
import java.time.Instant;

/**
 * A message as its receiver gets it.
 *
 * @param attempt counts deliveries from 1
 */
record Message(
        String id,
        String senderDid,
        JsonObject body,
        QualityOfService quality,
        Instant acceptedAt,
        int attempt) {
    JsonObject json() {
        return JsonObject.builder()
                .put("message_id", id)
                .put("sender_did", senderDid)
                .put("body", body)
                .put("qos", quality.wire())
                .put("accepted_at", acceptedAt.toString())
                .put("attempt", attempt)
                .build();
    }
}
