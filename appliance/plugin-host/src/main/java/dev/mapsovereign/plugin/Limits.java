package dev.mapsovereign.plugin;

import java.time.Duration;

/** Bounds of the plugin host, each with its reason. */
final class Limits {
    /** A manifest is a page of text; ten times that is somebody's mistake or attack. */
    static final int MANIFEST_BYTES_MAX = 64 * 1024;

    /** Compiled languages' run-times reach a few megabytes; nothing honest is larger than this. */
    static final long FILE_BYTES_MAX = 32L * 1024 * 1024;

    /** Binary, manifest, signature, two schemas for each operation, licence texts. */
    static final int FILES_MAX = 256;

    /** A site runs tens of plugins; more means that the folder is not what it was meant to be. */
    static final int PLUGINS_MAX = 128;

    /** 64 KiB each: 64 MiB a call, so that all calls at once stay below a quarter of a gigabyte. */
    static final int MEMORY_PAGES_MAX = 1024;

    /** What a manifest gets that asks for nothing. */
    static final int MEMORY_PAGES_DEFAULT = 64;

    /** Beyond this an agent's caller has given up; the stage's own deadline is usually shorter. */
    static final Duration CALL_MAX = Duration.ofSeconds(30);

    /** What a manifest gets that asks for nothing. */
    static final Duration CALL_DEFAULT = Duration.ofSeconds(1);

    /** The dispatch body's own bound; an answer has no reason to be larger than a question. */
    static final int OUTPUT_BYTES_MAX = 5 * 1024 * 1024;

    /** What a manifest gets that asks for nothing. */
    static final int OUTPUT_BYTES_DEFAULT = 256 * 1024;

    /** Deeply recursive guests end in a trap of their own, not in the host's stack. */
    static final long THREAD_STACK_BYTES = 1024 * 1024;

    /**
     * Calls that wait for a thread; beyond them the plugin is busy, and saying so beats waiting.
     */
    static final int QUEUE_MAX = 256;

    /** How long a call that was interrupted may take to notice, before its thread is given up. */
    static final Duration INTERRUPT_GRACE = Duration.ofMillis(500);

    private Limits() {}
}
