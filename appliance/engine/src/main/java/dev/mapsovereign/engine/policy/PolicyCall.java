package dev.mapsovereign.engine.policy;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.context.ResolvedIdentity;
import dev.mapsovereign.engine.policy.cedar.Entities;
import dev.mapsovereign.engine.policy.cedar.Entities.Known;
import dev.mapsovereign.engine.policy.cedar.EntityUid;
import dev.mapsovereign.engine.policy.cedar.Request;
import dev.mapsovereign.engine.policy.cedar.Value;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * A call as policies see it; docs/reference/policies.md lists every entity, attribute and member
 * that is made here.
 *
 * @param tenant in whose scope it runs
 * @param who the caller
 * @param operation what is called, by its capability
 * @param protocol canonical name, such as {@code MARKET}
 * @param readOnly whether the operation changes nothing
 * @param input its input, not checked against any schema yet
 * @param circumstances the rest
 */
public record PolicyCall(
        TenantId tenant,
        Principal who,
        CapabilityName operation,
        String protocol,
        boolean readOnly,
        JsonObject input,
        Circumstances circumstances) {
    /** Type of a caller with a DID. */
    public static final String AGENT = "Agent";

    /** Type of an operator at the control socket. */
    public static final String OPERATOR = "Operator";

    /** Type of what is called. */
    static final String OPERATION = "Operation";

    /** What a principal can have. */
    static final Set<String> PRINCIPAL_ATTRIBUTES =
            Set.of(
                    "tenant",
                    "did",
                    "namespace",
                    "kind",
                    "conformance_level",
                    "lineage_verified",
                    "name");

    /** What a context can have. */
    static final Set<String> CONTEXT_MEMBERS =
            Set.of(
                    "tenant",
                    "protocol",
                    "operation",
                    "read_only",
                    "time",
                    "jurisdictions",
                    "version",
                    "credential",
                    "source",
                    "trace_id",
                    "body_bytes");

    private static final String ACTION = "Action";
    private static final String TENANT = "Tenant";
    private static final String PROTOCOL = "Protocol";

    /** Who calls. */
    public sealed interface Principal {
        /**
         * Somebody with a DID.
         *
         * @param identity what the registry knows of it
         */
        record Agent(AgentDid did, Optional<ResolvedIdentity> identity) implements Principal {}

        /** Somebody on this host, at the control socket. */
        record Operator(String name) implements Principal {}
    }

    /**
     * Under which circumstances. What is empty is not in {@code context}.
     *
     * @param now when
     * @param jurisdictions those of this site
     * @param version of the implementation that serves the call
     * @param credential how the caller proved who it is
     * @param source the peer's address
     * @param traceId the caller's trace
     * @param bodyBytes length of the request's body
     */
    public record Circumstances(
            Instant now,
            Set<String> jurisdictions,
            Optional<String> version,
            Optional<String> credential,
            Optional<String> source,
            Optional<String> traceId,
            OptionalLong bodyBytes) {
        /** Copies the set. */
        public Circumstances {
            jurisdictions = Set.copyOf(jurisdictions);
        }

        /** When and where alone. */
        public static Circumstances at(Instant now, Set<String> jurisdictions) {
            return new Circumstances(
                    now,
                    jurisdictions,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    OptionalLong.empty());
        }
    }

    /** The groups that an operation's action is in, the nearest first. */
    static Set<String> groups(CapabilityName operation, boolean readOnly) {
        return Set.of(
                "map." + operation.protocol() + ".*",
                ActionGroups.EVERYTHING,
                readOnly ? ActionGroups.READ_ONLY : ActionGroups.READ_WRITE);
    }

    /** The request in Cedar's terms. For one thread. */
    Request request() {
        EntityUid tenantUid = new EntityUid(TENANT, tenant.value());
        EntityUid protocolUid = new EntityUid(PROTOCOL, protocol);
        EntityUid action = new EntityUid(ACTION, operation.value());
        EntityUid resource = new EntityUid(OPERATION, operation.value());
        Map<EntityUid, Known> known = new HashMap<>();
        known.put(tenantUid, new Known(Entities.Attributes.NONE, Set.of()));
        known.put(protocolUid, new Known(Entities.Attributes.NONE, Set.of()));
        addActions(action, known);
        known.put(
                resource, new Known(JsonValues.attributes(input), Set.of(tenantUid, protocolUid)));
        EntityUid principal = addPrincipal(tenantUid, known);
        return new Request(principal, action, resource, context(), new Entities(known));
    }

    private void addActions(EntityUid action, Map<EntityUid, Known> known) {
        EntityUid everything = new EntityUid(ACTION, ActionGroups.EVERYTHING);
        Set<EntityUid> groups = new HashSet<>();
        for (String group : groups(operation, readOnly)) {
            EntityUid uid = new EntityUid(ACTION, group);
            groups.add(uid);
            known.put(
                    uid,
                    new Known(
                            Entities.Attributes.NONE,
                            uid.equals(everything) ? Set.of() : Set.of(everything)));
        }
        known.put(action, new Known(Entities.Attributes.NONE, groups));
    }

    private EntityUid addPrincipal(EntityUid tenantUid, Map<EntityUid, Known> known) {
        Map<String, Value> attributes = new HashMap<>();
        attributes.put("tenant", new Value.Text(tenant.value()));
        Set<EntityUid> parents = new HashSet<>(Set.of(tenantUid));
        EntityUid uid =
                switch (who) {
                    case Principal.Operator(String name) -> {
                        attributes.put("name", new Value.Text(name));
                        yield new EntityUid(OPERATOR, name);
                    }
                    case Principal.Agent(AgentDid did, Optional<ResolvedIdentity> identity) -> {
                        addAgent(did, identity, attributes, parents);
                        yield new EntityUid(AGENT, did.text());
                    }
                };
        known.put(uid, new Known(name -> Optional.ofNullable(attributes.get(name)), parents));
        return uid;
    }

    private static void addAgent(
            AgentDid did,
            Optional<ResolvedIdentity> identity,
            Map<String, Value> attributes,
            Set<EntityUid> parents) {
        attributes.put("did", new Value.Text(did.text()));
        attributes.put("namespace", new Value.Text(did.namespace()));
        attributes.put("kind", new Value.Text(did.kind().token()));
        if (identity.isEmpty()) {
            return;
        }
        ResolvedIdentity found = identity.get();
        attributes.put("conformance_level", new Value.Whole(found.conformanceLevel()));
        attributes.put("lineage_verified", new Value.Bool(found.lineageVerified()));
        if (found.lineageVerified()) {
            found.humanRoot().ifPresent(root -> parents.add(new EntityUid(AGENT, root.text())));
        }
    }

    private Value.RecordOf context() {
        Map<String, Value> members = new TreeMap<>();
        members.put("tenant", new Value.Text(tenant.value()));
        members.put("protocol", new Value.Text(protocol));
        members.put("operation", new Value.Text(operation.operation()));
        members.put("read_only", new Value.Bool(readOnly));
        members.put("time", time(circumstances.now()));
        members.put(
                "jurisdictions",
                Value.SetOf.of(
                        circumstances.jurisdictions().stream().map(Value.Text::new).toList()));
        putText(members, "version", circumstances.version());
        putText(members, "credential", circumstances.credential());
        putText(members, "source", circumstances.source());
        putText(members, "trace_id", circumstances.traceId());
        if (circumstances.bodyBytes().isPresent()) {
            members.put("body_bytes", new Value.Whole(circumstances.bodyBytes().getAsLong()));
        }
        return new Value.RecordOf(members);
    }

    private static void putText(Map<String, Value> members, String name, Optional<String> value) {
        value.ifPresent(text -> members.put(name, new Value.Text(text)));
    }

    /** UTC. */
    private static Value time(Instant now) {
        OffsetDateTime utc = now.atOffset(ZoneOffset.UTC);
        return new Value.RecordOf(
                Map.of(
                        "epoch_seconds", new Value.Whole(now.getEpochSecond()),
                        "date", new Value.Text(utc.toLocalDate().toString()),
                        "hour", new Value.Whole(utc.getHour()),
                        "minute", new Value.Whole(utc.getMinute()),
                        "weekday", new Value.Whole(utc.getDayOfWeek().getValue())));
    }
}
