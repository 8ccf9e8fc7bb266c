package dev.mapsovereign.protocols.mim;

import java.time.Duration;

/** The bounds of messaging, each with its reason. */
final class Limits {
    /** Messages of one answer when nothing is said: a page that a small agent works off at once. */
    static final int RECEIVE_DEFAULT = 10;

    /** Lease when nothing is said: longer than a call's own deadline. */
    static final int LEASE_SECONDS_DEFAULT = 30;

    /**
     * A message hidden for longer than this was sent or delivered while the clock was ahead: twice
     * the longest lease, an hour, so that a small step back shows nothing too early.
     */
    static final Duration HIDDEN_MAX = Duration.ofHours(2);

    /**
     * Bytes of bodies in one answer: one message of the largest size always fits, and the answer
     * stays in the bound that the engine sets for all answers.
     */
    static final int DELIVERY_BYTES_MAX = 6 << 20;

    /**
     * Messages that wait in one mailbox: a receiver that never comes must not fill the disk. They
     * are counted with every send, an index scan of at most some milliseconds.
     */
    static final int WAITING_MAX = 10_000;

    /** Mailboxes of one tenant: senders make them by naming a DID, so they need a bound. */
    static final int MAILBOXES_MAX = 10_000;

    /** Mailboxes that are bound to one source: each message is copied into all of them. */
    static final int BINDINGS_MAX = 100;

    /** Rows removed with each send, so that the table stays as large as what it must remember. */
    static final int SWEEP_MAX = 100;

    private Limits() {}
}
