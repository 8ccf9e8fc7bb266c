package dev.mapsovereign.engine.policy;

import dev.mapsovereign.engine.policy.cedar.Authorizer;
import dev.mapsovereign.engine.policy.cedar.CedarSyntaxException;
import dev.mapsovereign.engine.policy.cedar.PolicyParser;
import dev.mapsovereign.engine.policy.cedar.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A policy's text, read. Its only statement has the policy's id for a name; of several each has
 * {@code <id>#<its annotation @id>}, or {@code <id>#<its number from 1>} without one.
 *
 * @param name which policy
 * @param statements in the order of the text; empty where it cannot be read
 * @param unreadable why this release cannot read it; an older one may have taken it
 */
public record CompiledPolicy(
        PolicyName name, List<Authorizer.Named> statements, Optional<String> unreadable) {
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    /** Copies the list. */
    public CompiledPolicy {
        statements = List.copyOf(statements);
    }

    /**
     * Reads a text.
     *
     * @throws CedarSyntaxException naming the first place that is wrong
     * @throws PolicyRefusedException when two statements have one name, or one cannot be a name
     */
    public static CompiledPolicy of(PolicyName name, String body) throws CedarSyntaxException {
        List<Statement> read = PolicyParser.parse(body);
        List<Authorizer.Named> statements = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Statement statement : read) {
            String label =
                    statement
                            .annotations()
                            .getOrDefault("id", Integer.toString(statements.size() + 1));
            if (!LABEL.matcher(label).matches()) {
                throw new PolicyRefusedException(
                        statement.at()
                                + ": @id names a statement by 1 to 64 of a-z, A-Z, 0-9, '.', '_' and"
                                + " '-'");
            }
            String full = read.size() == 1 ? name.id() : name.id() + "#" + label;
            if (!names.add(full)) {
                throw new PolicyRefusedException(
                        statement.at() + ": two statements are called " + full);
            }
            statements.add(new Authorizer.Named(full, statement));
        }
        return new CompiledPolicy(name, statements, Optional.empty());
    }

    /** Reads what is in the database already. */
    static CompiledPolicy stored(Policy policy) {
        try {
            return of(policy.name(), policy.body());
        } catch (CedarSyntaxException | PolicyRefusedException e) {
            return new CompiledPolicy(
                    policy.name(), List.of(), Optional.of(String.valueOf(e.getMessage())));
        }
    }
}
