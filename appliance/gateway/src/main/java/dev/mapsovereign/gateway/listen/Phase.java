package dev.mapsovereign.gateway.listen;

/** What a connection waits for; it decides what happens when the wait takes too long. */
public enum Phase {
    /** The TLS handshake. */
    HANDSHAKE(false),
    /** The next request; nothing of it is here. */
    IDLE(false),
    /** The rest of a request's head. */
    HEAD(true),
    /** The rest of a request's body. */
    BODY(true),
    /** Its own answer: the engine has its deadlines, the connection none. */
    HANDLING(false),
    /** The client's end of the conversation, after the last answer. */
    LINGER(false);

    private final boolean answered;

    Phase(boolean answered) {
        this.answered = answered;
    }

    /**
     * Whether the client is told that it was too slow: reading stops and the reading thread
     * answers. Otherwise the connection is cut.
     */
    public boolean answered() {
        return answered;
    }
}
