package dev.mapsovereign.engine.router;

/** A call of a remote process that came to no answer. */
final class UpstreamException extends Exception {
    private static final long serialVersionUID = 1L;

    /** How far it came. */
    enum Reach {
        /** No byte of the request left this node. */
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

    Reach reach() {
        return reach;
    }

    /** Whether the deadline passed. */
    boolean late() {
        return late;
    }

    /** The message without its null. */
    String reason() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
