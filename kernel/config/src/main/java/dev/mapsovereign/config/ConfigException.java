package dev.mapsovereign.config;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.util.List;

/** The configuration cannot be used; the message lists every problem, one a line. */
public final class ConfigException extends OperatorException {
    private static final long serialVersionUID = 1L;

    private final transient List<ConfigProblem> problems;

    ConfigException(List<ConfigProblem> problems) {
        super(ExitCode.ENVIRONMENT, message(problems));
        this.problems = List.copyOf(problems);
    }

    /** Every problem, in the order of the file, then of the environment. */
    public List<ConfigProblem> problems() {
        return problems;
    }

    private static String message(List<ConfigProblem> problems) {
        StringBuilder text = new StringBuilder(80 * problems.size());
        text.append(problems.size() == 1 ? "1 problem" : problems.size() + " problems");
        text.append(" in the configuration:");
        int shown = Math.min(problems.size(), Limits.PROBLEMS_SHOWN_MAX);
        for (ConfigProblem problem : problems.subList(0, shown)) {
            text.append("\n  ").append(problem);
        }
        if (shown < problems.size()) {
            text.append("\n  and ").append(problems.size() - shown).append(" more");
        }
        return text.toString();
    }
}
