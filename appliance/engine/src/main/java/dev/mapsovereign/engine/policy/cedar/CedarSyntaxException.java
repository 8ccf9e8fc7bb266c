package dev.mapsovereign.engine.policy.cedar;

/** A text is no policy of the subset; the message begins with the place, {@code line:column}. */
public final class CedarSyntaxException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Position position;

    CedarSyntaxException(Position position, String message) {
        super(position + ": " + message);
        this.position = position;
    }

    /** Where. */
    public Position position() {
        return position;
    }
}
