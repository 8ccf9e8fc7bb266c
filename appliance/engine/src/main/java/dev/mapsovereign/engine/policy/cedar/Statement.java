package dev.mapsovereign.engine.policy.cedar;

import java.util.List;
import java.util.Map;

/**
 * One {@code permit} or {@code forbid}, which Cedar itself calls a policy.
 *
 * @param effect what it does where it applies
 * @param annotations its {@code @name("value")}; they decide nothing
 * @param principal who is meant
 * @param action what is meant: {@link Scope.Any}, {@link Scope.Equal} or {@link Scope.In}
 * @param resource on what
 * @param conditions in order; all must be met
 * @param at where it begins
 */
public record Statement(
        Effect effect,
        Map<String, String> annotations,
        Scope principal,
        Scope action,
        Scope resource,
        List<Condition> conditions,
        Position at) {
    /** What a statement that applies does. */
    public enum Effect {
        PERMIT,
        FORBID;

        /** As it is written. */
        public String word() {
            return this == PERMIT ? "permit" : "forbid";
        }
    }

    /**
     * {@code when { … }} or {@code unless { … }}.
     *
     * @param unless whether the expression must be false
     */
    public record Condition(boolean unless, Expr expression) {}

    /** Copies the collections. */
    public Statement {
        annotations = Map.copyOf(annotations);
        conditions = List.copyOf(conditions);
    }
}
