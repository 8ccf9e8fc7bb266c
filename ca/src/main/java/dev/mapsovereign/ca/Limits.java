package dev.mapsovereign.ca;

import java.time.Duration;

/** Bounds of the certificate authority, each with its reason. */
final class Limits {
    /** A certificate with more names belongs to more than one thing. */
    static final int NAMES_MAX = 64;

    /** RFC 5280 §4.1.2.2 allows 20 octets; 16 random bytes cannot meet twice and stay below it. */
    static final int SERIAL_BYTES = 16;

    /** Rotating a root is a ceremony; ten years is as long as its algorithm is likely to hold. */
    static final Duration ROOT_VALIDITY = Duration.ofDays(3650);

    /** 32 random bytes in base64: a passphrase that nobody guesses and nobody has to type often. */
    static final int PASSPHRASE_BYTES = 32;

    /** PBKDF2-HMAC-SHA256 rounds for the sealed root key; a quarter of a second on a small host. */
    static final int SEAL_ROUNDS = 600_000;

    /** Of a revocation list: made anew each day, it bridges a week in which nobody does. */
    static final Duration LIST_VALIDITY = Duration.ofDays(7);

    private Limits() {}
}
