package dev.mapsovereign.engine.router;

/** A call of a remote process that came to no answer. */
public final class UpstreamException extends Exception {
    private static final long serialVersionUID = 1L;

    /** How far it came. */
    public enum Reach {
        /** Nobody at the other side has looked at the request. */
        NOT_SENT,
        /** A kept connection was closed by the other side before it answered anything. */
        STALE,
        /** The request was sent, in part at least. */
        SENT
    }

    private final Reach reach;
    private final boolean late;

    UpstreamException(String message, Reach reach, boolean late) {
        super(message);
        this.reach = reach;
        this.late = late;
    }

    UpstreamException(String message, Reach reach, boolean late, Throwable cause) {
        super(message, cause);
        this.reach = reach;
        this.late = late;
    }

    /** How far the call came. */
    public Reach reach() {
        return reach;
    }

    /** Whether the deadline passed. */
    public boolean late() {
        return late;
    }

    /** The message without its null. */
    public String reason() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
