package dev.mapsovereign.database;

import java.time.Duration;

/** Every bound of this module, and why it is what it is. */
final class Limits {
    /**
     * How long a caller waits for a connection. A pool that has had none for three seconds is
     * overloaded or its server is away, and the caller's own deadline is not far.
     */
    static final Duration CONNECTION_WAIT = Duration.ofSeconds(3);

    /** A server on the site's own network that does not accept within this is away. */
    static final Duration CONNECT = Duration.ofSeconds(2);

    /** How long a connection is asked whether it still works before it is thrown away. */
    static final Duration VALIDATION = Duration.ofSeconds(1);

    /** The server gives up a statement after this, so that its work ends too, not only our wait. */
    static final Duration STATEMENT = Duration.ofSeconds(15);

    /** A lock that is not had by then is held by something that is stuck. */
    static final Duration LOCK = Duration.ofSeconds(5);

    /**
     * The end of all waiting for a server that is stopped or unreachable behind an open connection;
     * beyond {@link #STATEMENT}, so that a slow statement ends by the server's word.
     */
    static final Duration SOCKET = Duration.ofSeconds(20);

    /** A transaction left open by a stuck thread would keep its locks for ever. */
    static final Duration IDLE_IN_TRANSACTION = Duration.ofSeconds(60);

    /** Connections are renewed, so that none grows old with a server's memory. */
    static final Duration CONNECTION_LIFE = Duration.ofMinutes(30);

    /** Idle connections are tried before a firewall forgets them (mostly after five minutes). */
    static final Duration KEEPALIVE = Duration.ofMinutes(2);

    /** How long {@code durably} waits for the disk after its transaction was committed. */
    static final Duration SYNC = Duration.ofSeconds(10);

    /** Serialization failures under contention end within a few attempts or not at all. */
    static final int ATTEMPTS_MAX = 6;

    /** First pause after a serialization failure; it doubles, and a random part is added. */
    static final Duration PAUSE = Duration.ofMillis(4);

    /** PostgreSQL's default of 100 connections serves a dozen nodes of at most this. */
    static final int POOL_SIZE_MAX = 64;

    /**
     * A server of few cores answers faster over few connections (HikariCP, "About Pool Sizing").
     */
    static final int POOL_SIZE_DEFAULT = 8;

    /** An address with its parameters; longer ones are not addresses. */
    static final int URL_LENGTH_MAX = 2048;

    private Limits() {}
}
