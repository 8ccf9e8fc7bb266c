package dev.mapsovereign.engine.policy;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.engine.context.ResolvedIdentity;
import dev.mapsovereign.engine.policy.PolicyCall.Principal;
import dev.mapsovereign.engine.policy.cedar.Entities;
import dev.mapsovereign.engine.policy.cedar.EntityUid;
import dev.mapsovereign.engine.policy.cedar.Request;
import dev.mapsovereign.engine.policy.cedar.Value;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A call's entities and context. Most policies look at one or two of them, so each is worked out
 * when it is asked for. For one thread.
 */
final class CedarCall implements Entities {
    private static final String ACTION = "Action";
    private static final String TENANT = "Tenant";
    private static final String PROTOCOL = "Protocol";
    private static final EntityUid EVERYTHING = new EntityUid(ACTION, ActionGroups.EVERYTHING);
    private static final Known NOTHING_MORE = new Known(Attributes.NONE, Set.of());
    private static final Known BELOW_EVERYTHING = new Known(Attributes.NONE, Set.of(EVERYTHING));

    private final PolicyCall call;
    private final EntityUid principal;
    private final EntityUid action;
    private final EntityUid resource;
    private final EntityUid tenant;
    private Optional<Known> principalKnown = Optional.empty();
    private Optional<Known> resourceKnown = Optional.empty();
    private Optional<Value.RecordOf> context = Optional.empty();

    CedarCall(PolicyCall call) {
        this.call = call;
        principal =
                switch (call.who()) {
                    case Principal.Agent(AgentDid did, _) ->
                            new EntityUid(PolicyCall.AGENT, did.text());
                    case Principal.Operator(String name) ->
                            new EntityUid(PolicyCall.OPERATOR, name);
                };
        action = new EntityUid(ACTION, call.operation().value());
        resource = new EntityUid(PolicyCall.OPERATION, call.operation().value());
        tenant = new EntityUid(TENANT, call.tenant().value());
    }

    Request request() {
        return new Request(principal, action, resource, this::context, this);
    }

    @Override
    public Optional<Known> find(EntityUid uid) {
        return switch (uid.type()) {
            case PolicyCall.AGENT, PolicyCall.OPERATOR ->
                    uid.equals(principal) ? Optional.of(principalKnown()) : Optional.empty();
            case PolicyCall.OPERATION ->
                    uid.equals(resource) ? Optional.of(resourceKnown()) : Optional.empty();
            case ACTION -> findAction(uid.id());
            case TENANT -> uid.equals(tenant) ? Optional.of(NOTHING_MORE) : Optional.empty();
            case PROTOCOL ->
                    uid.id().equals(call.protocol()) ? Optional.of(NOTHING_MORE) : Optional.empty();
            default -> Optional.empty();
        };
    }

    private Optional<Known> findAction(String id) {
        if (id.equals(ActionGroups.EVERYTHING)) {
            return Optional.of(NOTHING_MORE);
        }
        Set<String> groups = ActionGroups.of(call.operation(), call.readOnly());
        if (groups.contains(id)) {
            return Optional.of(BELOW_EVERYTHING);
        }
        if (!id.equals(action.id())) {
            return Optional.empty();
        }
        Set<EntityUid> ancestors = new HashSet<>();
        groups.forEach(group -> ancestors.add(new EntityUid(ACTION, group)));
        return Optional.of(new Known(Attributes.NONE, ancestors));
    }

    private Known resourceKnown() {
        if (resourceKnown.isEmpty()) {
            resourceKnown =
                    Optional.of(
                            new Known(
                                    JsonValues.attributes(call.input()),
                                    Set.of(tenant, new EntityUid(PROTOCOL, call.protocol()))));
        }
        return resourceKnown.get();
    }

    private Known principalKnown() {
        if (principalKnown.isEmpty()) {
            Set<EntityUid> parents = new HashSet<>(Set.of(tenant));
            humanRoot()
                    .ifPresent(root -> parents.add(new EntityUid(PolicyCall.AGENT, root.text())));
            principalKnown = Optional.of(new Known(name -> attribute(name, call.who()), parents));
        }
        return principalKnown.get();
    }

    private Optional<AgentDid> humanRoot() {
        return call.who() instanceof Principal.Agent agent
                ? agent.identity()
                        .filter(ResolvedIdentity::lineageVerified)
                        .flatMap(ResolvedIdentity::humanRoot)
                : Optional.empty();
    }

    private Optional<Value> attribute(String name, Principal who) {
        if (name.equals("tenant")) {
            return text(tenant.id());
        }
        return switch (who) {
            case Principal.Operator(String user) ->
                    name.equals("name") ? text(user) : Optional.empty();
            case Principal.Agent(AgentDid did, Optional<ResolvedIdentity> identity) ->
                    switch (name) {
                        case "did" -> text(did.text());
                        case "namespace" -> text(did.namespace());
                        case "kind" -> text(did.kind().token());
                        case "conformance_level" ->
                                identity.map(of -> new Value.Whole(of.conformanceLevel()));
                        case "lineage_verified" ->
                                identity.map(of -> new Value.Bool(of.lineageVerified()));
                        default -> Optional.empty();
                    };
        };
    }

    private static Optional<Value> text(String text) {
        return Optional.of(new Value.Text(text));
    }

    private Value.RecordOf context() {
        if (context.isEmpty()) {
            context = Optional.of(made(call.circumstances()));
        }
        return context.get();
    }

    private Value.RecordOf made(PolicyCall.Circumstances circumstances) {
        Map<String, Value> members = new TreeMap<>();
        members.put("tenant", new Value.Text(tenant.id()));
        members.put("protocol", new Value.Text(call.protocol()));
        members.put("operation", new Value.Text(call.operation().operation()));
        members.put("read_only", new Value.Bool(call.readOnly()));
        members.put("time", time(circumstances.now()));
        members.put(
                "jurisdictions",
                Value.SetOf.of(
                        circumstances.jurisdictions().stream().map(Value.Text::new).toList()));
        put(members, "version", circumstances.version());
        put(members, "credential", circumstances.credential());
        put(members, "source", circumstances.source());
        put(members, "trace_id", circumstances.traceId());
        circumstances
                .bodyBytes()
                .ifPresent(bytes -> members.put("body_bytes", new Value.Whole(bytes)));
        return new Value.RecordOf(members);
    }

    private static void put(Map<String, Value> members, String name, Optional<String> value) {
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
