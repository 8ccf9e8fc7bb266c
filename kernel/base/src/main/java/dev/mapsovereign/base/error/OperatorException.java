package dev.mapsovereign.base.error;

import java.util.Optional;

/**
 * A command, an administrative verb or a start that ends in a way its author expected: a missing
 * file, a wrong option, a failed verification. The message is for the operator, says what was
 * attempted and with which value, and is printed without a stack trace; it never holds a secret.
 */
public class OperatorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ExitCode exit;
    private final transient Optional<String> hint;

    /** An end with a message. */
    public OperatorException(ExitCode exit, String message) {
        super(message);
        this.exit = exit;
        this.hint = Optional.empty();
    }

    /** An end with a message and, apart from it, what the operator can do next. */
    public OperatorException(ExitCode exit, String message, String hint) {
        super(message);
        this.exit = exit;
        this.hint = Optional.of(hint);
    }

    /** An end whose cause belongs into the log. */
    public OperatorException(ExitCode exit, String message, Throwable cause) {
        super(message, cause);
        this.exit = exit;
        this.hint = Optional.empty();
    }

    /** The process's exit code. */
    public ExitCode exit() {
        return exit;
    }

    /** What to do next, when there is more to say than the message. */
    public Optional<String> hint() {
        return hint;
    }
}
