package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.JsonObject;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Why a call ended as it did: the rule that said so, and what would have been needed instead, for
 * people and for programs.
 *
 * @param status the HTTP status of the answer; empty where none was given
 * @param rule which rule decided
 * @param needed what would have been needed, in words
 * @param remedy the same as data: {@code kind}, and what that kind needs to be acted upon
 */
record Rule(OptionalLong status, String rule, String needed, JsonObject remedy) {
    /** What {@link #remedy} can ask for. */
    enum Kind {
        /** Another request: its form, its size, its headers. */
        REQUEST,
        /** Another input, as the operation's schema says. */
        INPUT,
        /** A credential. */
        CREDENTIAL,
        /** A capability that somebody grants. */
        CAPABILITY,
        /** A name of something that exists here. */
        NAME,
        /** Time. */
        WAIT,
        /** Somebody who looks after the node or what stands behind it. */
        OPERATOR,
        /** A look at the target: what happened there is not known here. */
        INQUIRY;

        String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The rule behind a code; a code of a later release is named as one. */
    static Rule of(String wire, AuditRecord record) {
        return ErrorCode.ofWire(wire)
                .map(code -> of(code, record))
                .orElseGet(() ->
                        rule(
                                Kind.OPERATOR,
                                "a rule of a later release, which this one does not know",
                                "a release that knows the code " + wire));
    }

    private static Rule of(ErrorCode code, AuditRecord record) {
        Rule rule = plain(code, record);
        JsonObject.Builder remedy = rule.remedy().toBuilder();
        JsonObject said = record.meta().object("rule").orElse(JsonObject.EMPTY);
        said.members().forEach(remedy::put);
        record.meta().text("effect").ifPresent(effect -> remedy.put("effect", effect));
        OptionalLong status =
                code.status() == 0 ? OptionalLong.empty() : OptionalLong.of(code.status());
        return new Rule(status, rule.rule(), rule.needed(), remedy.build());
    }

    /** No default: whoever adds a code must say here what it asks of its reader. */
    private static Rule plain(ErrorCode code, AuditRecord record) {
        return switch (code) {
            case MALFORMED_REQUEST ->
                    rule(
                            Kind.REQUEST,
                            "a call is one strict JSON object with the members that a call has",
                            "a request body that is strict JSON in the form of a call");
            case UNAUTHENTICATED ->
                    rule(
                            Kind.CREDENTIAL,
                            "nobody calls without a credential that verifies now",
                            "a valid credential: an API key, or a signed DidAuth request");
            case CAPABILITY_DENIED -> capability(record);
            case TENANT_MISMATCH ->
                    rule(
                            Kind.CREDENTIAL,
                            "a call runs in the tenant of its credential and in no other",
                            "a credential of the tenant that the call named, or no name",
                            "tenant_id",
                            record.tenant().value());
            case UNKNOWN_PROTOCOL ->
                    rule(
                            Kind.NAME,
                            "only protocols that are served here can be called",
                            "a protocol that this node serves",
                            "name",
                            "protocol");
            case UNKNOWN_VERSION ->
                    rule(
                            Kind.NAME,
                            "a version is exact, the best of a major, or the highest stable one",
                            "a version of the protocol that this node serves",
                            "name",
                            "version");
            case UNKNOWN_OPERATION ->
                    rule(
                            Kind.NAME,
                            "only operations of the resolved version can be called",
                            "an operation that the protocol has",
                            "name",
                            "operation");
            case NOT_FOUND ->
                    rule(
                            Kind.NAME,
                            "what a call names must exist in its tenant",
                            "the name of something that exists in this tenant",
                            "name",
                            "input");
            case METHOD_NOT_ALLOWED ->
                    rule(
                            Kind.REQUEST,
                            "each address takes one method",
                            "the method that the address takes");
            case REQUEST_TIMEOUT ->
                    rule(
                            Kind.REQUEST,
                            "a request arrives whole within its reading time",
                            "a request that arrives in full before the reading time ends");
            case IDEMPOTENCY_IN_PROGRESS ->
                    rule(
                            Kind.WAIT,
                            "of calls with one Idempotency-Key one runs at a time",
                            "to wait for the first call with the same Idempotency-Key");
            case MESSAGE_TOO_LARGE ->
                    rule(
                            Kind.REQUEST,
                            "a body and a message have bounds in bytes",
                            "a smaller message");
            case UNSUPPORTED_MEDIA_TYPE ->
                    rule(
                            Kind.REQUEST,
                            "a call is JSON in UTF-8 and not compressed",
                            "a body of type application/json");
            case INVALID_PAYLOAD -> input(record);
            case POLICY_DENIED -> policy(record);
            case IDEMPOTENCY_KEY_REUSE ->
                    rule(
                            Kind.REQUEST,
                            "one Idempotency-Key stands for one body",
                            "an Idempotency-Key that no other body was sent with");
            case RATE_LIMITED ->
                    rule(
                            Kind.WAIT,
                            "a tenant calls a protocol no more often than its limit allows",
                            "to wait as long as Retry-After said, or a higher limit");
            case HEADERS_TOO_LARGE ->
                    rule(
                            Kind.REQUEST,
                            "the header of a request has a bound in bytes and fields",
                            "fewer or shorter headers");
            case INTERNAL ->
                    rule(
                            Kind.OPERATOR,
                            "a fault of the node, or evidence of tampering, ended the call",
                            "a look into the node's log under this correlation id");
            case ADAPTER_ERROR ->
                    rule(
                            Kind.OPERATOR,
                            "what stands behind the protocol failed or answered what it must not",
                            "a working module or remote process behind the protocol");
            case CIRCUIT_OPEN ->
                    rule(
                            Kind.WAIT,
                            "while every endpoint's breaker is open, calls are held back",
                            "an endpoint that answers again; it failed too often before");
            case NO_ENDPOINT_AVAILABLE ->
                    rule(
                            Kind.OPERATOR,
                            "a call goes to an endpoint that is healthy and has room",
                            "at least one healthy endpoint of the protocol");
            case DRAINING ->
                    rule(
                            Kind.WAIT,
                            "a node that shuts down takes no new calls",
                            "a node that is not shutting down");
            case AUDIT_UNAVAILABLE ->
                    rule(
                            Kind.OPERATOR,
                            "no durable record, no answer",
                            "a writable audit journal with room in the tenant's quota");
            case TIMEOUT ->
                    rule(
                            Kind.INQUIRY,
                            "every call has a deadline",
                            "an answer within the deadline; ask whether the effect took place");
            case INTERRUPTED ->
                    rule(
                            Kind.INQUIRY,
                            "an effect that was announced gets a record even if the node died",
                            "a look at the target: the node stopped between the effect's"
                                    + " announcement and its end, so whether it took place is"
                                    + " unknown");
        };
    }

    private static Rule rule(Kind kind, String rule, String needed) {
        JsonObject remedy = JsonObject.builder().put("kind", kind.wire()).build();
        return new Rule(OptionalLong.empty(), rule, needed, remedy);
    }

    private static Rule rule(Kind kind, String rule, String needed, String name, String value) {
        JsonObject remedy = JsonObject.builder().put("kind", kind.wire()).put(name, value).build();
        return new Rule(OptionalLong.empty(), rule, needed, remedy);
    }

    private static Rule policy(AuditRecord record) {
        String named =
                record.meta()
                        .object("rule")
                        .flatMap(said -> said.text("policy"))
                        .map(policy -> "a call that the policy " + policy + " lets pass, or ")
                        .orElse("");
        return rule(
                Kind.OPERATOR,
                "a policy of the site, of the tenant or of the module refuses this call",
                named + "a policy that allows this call");
    }

    private static Rule capability(AuditRecord record) {
        String rule = "a caller may do what is declared, configured or granted, and not revoked";
        Optional<String> name =
                record.meta().object("rule").flatMap(said -> said.text("capability"));
        if (name.isEmpty() && record.protocol().isPresent() && record.operation().isPresent()) {
            name =
                    Optional.of(
                            "map."
                                    + record.protocol().get().toLowerCase(Locale.ROOT)
                                    + "."
                                    + record.operation().get());
        }
        return name.isEmpty()
                ? rule(Kind.CAPABILITY, rule, "a capability that covers the call")
                : rule(
                        Kind.CAPABILITY,
                        rule,
                        "the capability "
                                + name.get()
                                + ", or what the module itself asks of its caller, as the message"
                                + " said",
                        "capability",
                        name.get());
    }

    private static Rule input(AuditRecord record) {
        String rule = "an input follows its operation's request schema and the module's own rules";
        String needed = "an input that follows the operation's request schema";
        return record.protocol().isEmpty() || record.operation().isEmpty()
                ? rule(Kind.INPUT, rule, needed)
                : rule(
                        Kind.INPUT,
                        rule,
                        needed,
                        "schema",
                        "/v1/schemas/"
                                + record.protocol().get().toLowerCase(Locale.ROOT)
                                + "/v1/operations."
                                + record.operation().get()
                                + ".request.json");
    }
}
