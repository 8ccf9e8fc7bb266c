package dev.mapsovereign.protocols.mim;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.module.ProtocolModule;
import dev.mapsovereign.engine.module.ProtocolVersion;
import dev.mapsovereign.protocols.schema.SchemaFiles;
import java.util.List;
import java.util.Optional;

/**
 * MIM, messaging between the agents of one tenant.
 *
 * <p>A mailbox is an agent's own ({@code mailbox://<DID>}, there without being declared) or a queue
 * that somebody declared. Whoever holds {@code map.mim.message_send} may send to any mailbox of the
 * tenant; only its owner may receive from it. A message that was accepted is durable before its
 * sender is answered.
 */
public final class MimModule implements ProtocolModule {
    private static final String SCHEME = "mailbox://";

    /** What it offers. */
    public static final List<OperationSpec> OPERATIONS =
            SchemaFiles.operations(
                    "mim", "message_send", "message_receive", "queuing", "dedup_check");

    private final Mailboxes mailboxes;
    private final MimConfig config;

    /** MIM over these mailboxes. */
    public MimModule(Mailboxes mailboxes, MimConfig config) {
        this.mailboxes = mailboxes;
        this.config = config;
    }

    @Override
    public String protocol() {
        return "MIM";
    }

    @Override
    public ProtocolVersion version() {
        return ProtocolVersion.of(1, 0, 0);
    }

    @Override
    public List<OperationSpec> operations() {
        return OPERATIONS;
    }

    @Override
    public JsonObject invoke(String operation, JsonObject input, InvokeContext context)
            throws ModuleRefusal {
        AgentDid caller =
                context.caller()
                        .orElseThrow(() ->
                                new ModuleRefusal(
                                        ErrorCode.UNAUTHENTICATED,
                                        "messages have a sender: call with a DID"));
        return switch (operation) {
            case "message_send" -> send(input, caller, context);
            case "message_receive" -> receive(input, caller, context);
            case "queuing" -> queuing(input, caller, context);
            case "dedup_check" -> dedupCheck(input, caller, context);
            default ->
                    throw new ModuleRefusal(ErrorCode.UNKNOWN_OPERATION, "MIM has no " + operation);
        };
    }

    private JsonObject send(JsonObject input, AgentDid caller, InvokeContext context)
            throws ModuleRefusal {
        byte[] body = CanonicalJson.encode(input.object("body").orElseThrow());
        if (body.length > config.messageBytesMax()) {
            throw new ModuleRefusal(
                    ErrorCode.MESSAGE_TOO_LARGE,
                    "the body has "
                            + body.length
                            + " bytes; "
                            + config.messageBytesMax()
                            + " are allowed");
        }
        QualityOfService quality =
                input.text("qos").map(QualityOfService::ofWire).orElse(config.qualityDefault());
        Optional<String> dedupKey = input.text("dedup_key");
        if (quality == QualityOfService.EXACTLY_ONCE && dedupKey.isEmpty()) {
            throw new ModuleRefusal(
                    ErrorCode.INVALID_PAYLOAD,
                    "ExactlyOnce needs a dedup_key that stays the same when retried");
        }
        String to = mailbox(input, "to");
        Mailboxes.Accepted accepted =
                mailboxes.send(
                        context.tenant(), new Mailboxes.Draft(to, caller, quality, dedupKey, body));
        context.note("message_id", accepted.messageId());
        context.note("mailbox", to);
        return JsonObject.builder()
                .put("message_id", accepted.messageId())
                .put("to", SCHEME + to)
                .put("qos", quality.wire())
                .put("accepted_at", accepted.acceptedAt().toString())
                .put("duplicate", accepted.duplicate())
                .build();
    }

    private JsonObject receive(JsonObject input, AgentDid caller, InvokeContext context)
            throws ModuleRefusal {
        String from = mailbox(input, "from");
        mailboxes.requireOwner(context.tenant(), from, caller);
        List<String> acknowledged =
                input.array("acknowledge").orElse(JsonArray.of()).values().stream()
                        .map(value -> ((JsonString) value).value())
                        .toList();
        int max = (int) input.integer("max").orElse(Limits.RECEIVE_DEFAULT);
        int lease = (int) input.integer("lease_s").orElse(Limits.LEASE_SECONDS_DEFAULT);
        Mailboxes.Delivery delivery =
                mailboxes.receive(
                        context.tenant(), new Mailboxes.Request(from, acknowledged, max, lease));
        List<JsonValue> messages =
                delivery.messages().stream().<JsonValue>map(Message::json).toList();
        context.note("mailbox", from);
        context.note(
                "message_ids",
                JsonArray.ofStrings(delivery.messages().stream().map(Message::id).toList()));
        return JsonObject.builder()
                .put("messages", new JsonArray(messages))
                .put("acknowledged", delivery.acknowledged())
                .build();
    }

    private JsonObject queuing(JsonObject input, AgentDid caller, InvokeContext context)
            throws ModuleRefusal {
        String queue = mailbox(input, "queue");
        String action = input.text("action").orElseThrow();
        Mailboxes.Change change =
                switch (action) {
                    case "declare" -> mailboxes.declare(context.tenant(), queue, caller);
                    case "bind" ->
                            mailboxes.bind(
                                    context.tenant(), mailbox(input, "source"), queue, caller);
                    case "unbind" ->
                            mailboxes.unbind(
                                    context.tenant(), mailbox(input, "source"), queue, caller);
                    case "purge" -> mailboxes.purge(context.tenant(), queue, caller);
                    case "delete" -> mailboxes.delete(context.tenant(), queue, caller);
                    default ->
                            throw new ModuleRefusal(
                                    ErrorCode.INVALID_PAYLOAD, "no action " + action);
                };
        return JsonObject.builder()
                .put("queue", SCHEME + queue)
                .put("action", action)
                .put("changed", change.changed())
                .put("messages_removed", change.messagesRemoved())
                .build();
    }

    private JsonObject dedupCheck(JsonObject input, AgentDid caller, InvokeContext context)
            throws ModuleRefusal {
        Optional<Mailboxes.Accepted> earlier =
                mailboxes.earlier(
                        context.tenant(),
                        mailbox(input, "to"),
                        caller,
                        input.text("dedup_key").orElseThrow());
        JsonObject.Builder answer = JsonObject.builder().put("duplicate", earlier.isPresent());
        earlier.ifPresent(accepted ->
                answer.put("message_id", accepted.messageId())
                        .put("accepted_at", accepted.acceptedAt().toString()));
        return answer.build();
    }

    /**
     * The name behind {@code mailbox://}: that of a queue, or a DID.
     *
     * @throws ModuleRefusal {@code invalid_payload} for what begins as a DID and is none
     */
    private static String mailbox(JsonObject input, String member) throws ModuleRefusal {
        String name = input.text(member).orElseThrow().substring(SCHEME.length());
        if (name.startsWith("did:")) {
            try {
                AgentDid.parse(name, true);
            } catch (IllegalArgumentException e) {
                throw new ModuleRefusal(ErrorCode.INVALID_PAYLOAD, member + ": " + e.getMessage());
            }
        }
        return name;
    }
}
