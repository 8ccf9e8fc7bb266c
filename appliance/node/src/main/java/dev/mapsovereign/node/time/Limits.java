package dev.mapsovereign.node.time;

import java.time.Duration;

/** Bounds of time, each with its reason. */
final class Limits {
    /** Often enough that a clock set back reaches few calls; a look costs a few small files. */
    static final Duration LOOK_INTERVAL = Duration.ofSeconds(5);

    /** A root, or what needs its key, means a ceremony: people who have to travel. */
    static final Duration NOTICE_ROOT = Duration.ofDays(90);

    /** For what is renewed by one command. */
    static final Duration NOTICE = Duration.ofDays(30);

    /** For what is short-lived by design, and for keys and grants: a week to ask somebody. */
    static final Duration NOTICE_SHORT = Duration.ofDays(7);

    /** Of a revocation list, which lasts a week: its daily refresh failed more than once. */
    static final Duration NOTICE_CRL = Duration.ofDays(4);

    /** What ended so long ago and was never renewed was given up: it stops nothing. */
    static final Duration GIVEN_UP = Duration.ofDays(30);

    private Limits() {}
}
