package dev.mapsovereign.auditlog.payload;

import java.nio.file.Path;

/**
 * How payloads are kept; configuration section {@code [audit.payloads]}.
 *
 * @param folder the audit folder, below which both of its folders lie
 * @param days how many days they are kept, today included
 * @param bytesMax what all files together may take
 */
public record PayloadConfig(Path folder, int days, long bytesMax) {
    /** As long as a complaint usually takes to arrive. */
    public static final int DAYS_DEFAULT = 30;

    /** Some million bodies of the usual size. */
    public static final long BYTES_DEFAULT = 10L << 30;

    /**
     * @throws IllegalArgumentException for bounds that cannot be kept
     */
    public PayloadConfig {
        if (days < 1 || bytesMax < 1) {
            throw new IllegalArgumentException("payloads are kept for a day and a byte at least");
        }
    }

    Path payloads() {
        return folder.resolve("payloads");
    }

    Path keys() {
        return folder.resolve("payload-keys");
    }
}
