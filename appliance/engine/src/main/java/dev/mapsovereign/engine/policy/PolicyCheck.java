package dev.mapsovereign.engine.policy;

import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.policy.cedar.Authorizer;
import dev.mapsovereign.engine.policy.cedar.EntityUid;
import dev.mapsovereign.engine.policy.cedar.Expr;
import dev.mapsovereign.engine.policy.cedar.Scope;
import dev.mapsovereign.engine.policy.cedar.Statement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What looks wrong in a policy that can be read: names that no call of this node ever has. All of
 * it is told and nothing refused, since a protocol may be added later.
 */
public final class PolicyCheck {
    private static final Set<String> PRINCIPAL_TYPES =
            Set.of(PolicyCall.AGENT, PolicyCall.OPERATOR);
    private static final Set<String> RESOURCE_TYPES = Set.of(PolicyCall.OPERATION);

    private final Map<CapabilityName, OperationSpec> operations;
    private final Set<String> findings = new LinkedHashSet<>();

    private PolicyCheck(Map<CapabilityName, OperationSpec> operations) {
        this.operations = operations;
    }

    /**
     * Looks at each statement.
     *
     * @param operations what this node serves, by capability
     * @return sentences, each beginning with a place in the text
     */
    public static List<String> findings(
            CompiledPolicy policy, Map<CapabilityName, OperationSpec> operations) {
        PolicyCheck check = new PolicyCheck(operations);
        policy.statements().stream().map(Authorizer.Named::statement).forEach(check::look);
        return List.copyOf(check.findings);
    }

    private void look(Statement statement) {
        String at = statement.at() + ": ";
        actions(statement.action()).forEach(action -> lookAtAction(at, statement, action));
        lookAtType(at, "principal", statement.principal(), PRINCIPAL_TYPES);
        lookAtType(at, "resource", statement.resource(), RESOURCE_TYPES);
        Optional<OperationSpec> spec = only(statement.action());
        for (Statement.Condition condition : statement.conditions()) {
            condition.expression().walk(expr -> lookAtAttribute(expr, spec));
        }
    }

    private static List<EntityUid> actions(Scope scope) {
        return switch (scope) {
            case Scope.Equal(EntityUid uid) -> List.of(uid);
            case Scope.In(List<EntityUid> groups) -> groups;
            case Scope.Any _, Scope.Is _, Scope.IsIn _ -> List.of();
        };
    }

    private void lookAtAction(String at, Statement statement, EntityUid action) {
        String id = action.id();
        boolean kind = id.equals(ActionGroups.READ_ONLY) || id.equals(ActionGroups.READ_WRITE);
        if (!action.type().equals("Action")) {
            findings.add(at + action + " is the type of no call; actions are Action::\"…\"");
        } else if (kind || id.endsWith("*")) {
            if (statement.action() instanceof Scope.Equal) {
                findings.add(at + action + " is a group; no call is equal to it, write in");
            } else if (!kind) {
                lookAtGroup(at, action);
            }
        } else if (operations.keySet().stream().noneMatch(name -> name.value().equals(id))) {
            findings.add(at + action + " is no operation that this node serves now");
        }
    }

    private void lookAtGroup(String at, EntityUid action) {
        boolean known =
                action.id().equals(ActionGroups.EVERYTHING)
                        || operations.keySet().stream()
                                .anyMatch(name ->
                                        action.id().equals("map." + name.protocol() + ".*"));
        if (!known) {
            findings.add(at + action + " is no protocol that this node serves now");
        }
    }

    private void lookAtType(String at, String variable, Scope scope, Set<String> types) {
        Optional<String> type =
                switch (scope) {
                    case Scope.Equal(EntityUid uid) -> Optional.of(uid.type());
                    case Scope.Is(String name) -> Optional.of(name);
                    case Scope.IsIn(String name, _) -> Optional.of(name);
                    case Scope.Any _, Scope.In _ -> Optional.empty();
                };
        type.filter(name -> !types.contains(name))
                .ifPresent(name ->
                        findings.add(
                                at
                                        + "the "
                                        + variable
                                        + " of a call is never of the type "
                                        + name));
    }

    /** The operation that the statement is about, where it is one that is served. */
    private Optional<OperationSpec> only(Scope scope) {
        List<EntityUid> named = actions(scope);
        return named.size() != 1
                ? Optional.empty()
                : operations.entrySet().stream()
                        .filter(each -> each.getKey().value().equals(named.getFirst().id()))
                        .map(Map.Entry::getValue)
                        .findFirst();
    }

    private void lookAtAttribute(Expr expr, Optional<OperationSpec> spec) {
        Optional<Named> named =
                switch (expr) {
                    case Expr.Attribute(Expr.Variable(Expr.Name of, _), String name, var at) ->
                            Optional.of(new Named(of, name, at + ": "));
                    case Expr.Has(Expr.Variable(Expr.Name of, _), List<String> path, var at) ->
                            Optional.of(new Named(of, path.getFirst(), at + ": "));
                    default -> Optional.empty();
                };
        if (named.isEmpty()) {
            return;
        }
        Named use = named.get();
        boolean known =
                switch (use.of()) {
                    case PRINCIPAL -> PolicyCall.PRINCIPAL_ATTRIBUTES.contains(use.name());
                    case CONTEXT -> PolicyCall.CONTEXT_MEMBERS.contains(use.name());
                    case ACTION -> false;
                    case RESOURCE -> spec.map(of -> hasProperty(of, use.name())).orElse(true);
                };
        if (!known) {
            findings.add(
                    use.at() + "no call has the attribute " + use.of().word() + "." + use.name());
        }
    }

    /** An attribute of a variable, and the place at which it is asked for. */
    private record Named(Expr.Name of, String name, String at) {}

    /** An operation whose schema lists no members may have any. */
    private static boolean hasProperty(OperationSpec spec, String name) {
        List<String> listed = new ArrayList<>();
        spec.requestSchema()
                .object("properties")
                .ifPresent(properties -> listed.addAll(properties.members().keySet()));
        boolean closed = !spec.requestSchema().bool("additionalProperties").orElse(true);
        return !closed || listed.contains(name);
    }
}
