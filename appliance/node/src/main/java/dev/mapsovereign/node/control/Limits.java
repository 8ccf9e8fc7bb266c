package dev.mapsovereign.node.control;

import dev.mapsovereign.gateway.listen.EdgeLimits;
import java.time.Duration;

/** What the control socket grants. */
final class Limits {
    /**
     * Arguments are names, short texts and signed ones of 64 KiB; other files are named, not sent.
     */
    static final int ARGUMENTS_BYTES_MAX = 1 << 20;

    /** Deeper than any verb's arguments. */
    static final int ARGUMENTS_DEPTH_MAX = 16;

    /** The kernel's bound for a socket's path (sun_path), with its final zero. */
    static final int SOCKET_PATH_BYTES_MAX = 107;

    /** An answer lists things by pages; this bounds what a client takes into memory. */
    static final int ANSWER_BYTES_MAX = 64 << 20;

    /** A line of progress says one thing. */
    static final int LINE_BYTES_MAX = ANSWER_BYTES_MAX;

    /** A few people and their scripts. */
    static final EdgeLimits EDGE =
            new EdgeLimits(
                    64,
                    64,
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(1),
                    50,
                    16 * 1024,
                    1,
                    64L << 20);

    private Limits() {}
}
