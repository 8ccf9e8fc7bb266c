package dev.mapsovereign.redis;

/** Redis did not do what it was asked within the time a caller waits; why, the message says. */
public final class RedisUnavailableException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean ofServer;

    RedisUnavailableException(String reason) {
        this(reason, true);
    }

    private RedisUnavailableException(String reason, boolean ofServer) {
        // Thrown once a call while a server is away: without the cost of a stack trace.
        super(reason, null, false, false);
        this.ofServer = ofServer;
    }

    /** For reasons on this side, which say nothing about the server. */
    public static RedisUnavailableException here(String reason) {
        return new RedisUnavailableException(reason, false);
    }

    /** Whether the server is to be taken out of use. */
    boolean ofServer() {
        return ofServer;
    }

    /** Why, for people. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
