package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.JournalFormat;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.NodeName;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;

/**
 * How a log is opened; configuration section {@code [audit]}.
 *
 * @param folder the audit folder, {@code MAP_AUDIT_BUFFER_DIR}
 * @param nodeName must be the one with which the journal was created
 * @param logSeed 32 bytes from which every log's keys are derived; stays the caller's to close
 * @param ed25519 signs and verifies checkpoints
 * @param clock gives records and checkpoints their times
 * @param segmentBytes length of new segments, a multiple of 4096, 4 MiB to 2 GiB
 * @param reserveBytes space in filled segments below which only records of begun effects are
 *     written; at most half a segment
 * @param floorBytes free space on the disk below which no further segment is filled
 * @param checkpointInterval how often trees that grew are signed
 * @param appendDeadline how long a caller waits for its record to be durable
 * @param tenantQuotaBytes records of one tenant in the journal, beyond which that tenant alone is
 *     refused; the node's own records have none
 */
public record AuditLogConfig(
        Path folder,
        NodeName nodeName,
        Secret logSeed,
        Ed25519 ed25519,
        Clock clock,
        long segmentBytes,
        long reserveBytes,
        long floorBytes,
        Duration checkpointInterval,
        Duration appendDeadline,
        long tenantQuotaBytes) {
    /** One second of the fastest load, and small enough to be filled in a tenth of one. */
    public static final long SEGMENT_BYTES_DEFAULT = 64L << 20;

    /** Room for the records of 2,000 begun effects. */
    public static final long RESERVE_BYTES_DEFAULT = 32L << 20;

    /** Room for the tiles, states and checkpoints of what is in the journal already. */
    public static final long FLOOR_BYTES_DEFAULT = 256L << 20;

    /** Half a year of a busy tenant; a site with more sets its own. */
    public static final long TENANT_QUOTA_BYTES_DEFAULT = 1L << 40;

    private static final Duration CHECKPOINT_INTERVAL_DEFAULT = Duration.ofSeconds(1);
    private static final Duration APPEND_DEADLINE_DEFAULT = Duration.ofSeconds(10);

    /** A batch of the greatest length must fit with room to spare. */
    private static final long SEGMENT_BYTES_MIN = 4L << 20;

    /**
     * @throws IllegalArgumentException for bounds that cannot be kept
     */
    public AuditLogConfig {
        if (segmentBytes < SEGMENT_BYTES_MIN
                || segmentBytes > JournalFormat.SEGMENT_BYTES_MAX
                || segmentBytes % JournalFormat.PAGE != 0) {
            throw new IllegalArgumentException(
                    "segments have 4 MiB to 2 GiB in pages of 4096, not " + segmentBytes);
        }
        if (reserveBytes < 0 || reserveBytes > segmentBytes / 2) {
            throw new IllegalArgumentException(
                    "the reserve is at most half a segment, not " + reserveBytes);
        }
        if (floorBytes < 0 || tenantQuotaBytes < 0) {
            throw new IllegalArgumentException("floor and quota are not negative");
        }
        if (!checkpointInterval.isPositive() || !appendDeadline.isPositive()) {
            throw new IllegalArgumentException("interval and deadline are positive");
        }
    }

    /** The usual bounds, the system's clock. */
    public static AuditLogConfig defaults(
            Path folder, NodeName nodeName, Secret logSeed, Ed25519 ed25519) {
        return new AuditLogConfig(
                folder,
                nodeName,
                logSeed,
                ed25519,
                Clock.systemUTC(),
                SEGMENT_BYTES_DEFAULT,
                RESERVE_BYTES_DEFAULT,
                FLOOR_BYTES_DEFAULT,
                CHECKPOINT_INTERVAL_DEFAULT,
                APPEND_DEADLINE_DEFAULT,
                TENANT_QUOTA_BYTES_DEFAULT);
    }

    /** The same with another clock. */
    public AuditLogConfig withClock(Clock other) {
        return new AuditLogConfig(
                folder,
                nodeName,
                logSeed,
                ed25519,
                other,
                segmentBytes,
                reserveBytes,
                floorBytes,
                checkpointInterval,
                appendDeadline,
                tenantQuotaBytes);
    }

    /** The same with other bounds of space. */
    public AuditLogConfig withSpace(long segment, long reserve, long floor, long tenantQuota) {
        return new AuditLogConfig(
                folder,
                nodeName,
                logSeed,
                ed25519,
                clock,
                segment,
                reserve,
                floor,
                checkpointInterval,
                appendDeadline,
                tenantQuota);
    }

    /** The same with another bound for each tenant's records. */
    public AuditLogConfig withTenantQuota(long bytes) {
        return withSpace(segmentBytes, reserveBytes, floorBytes, bytes);
    }

    /** The same with other times. */
    public AuditLogConfig withTimes(Duration interval, Duration deadline) {
        return new AuditLogConfig(
                folder,
                nodeName,
                logSeed,
                ed25519,
                clock,
                segmentBytes,
                reserveBytes,
                floorBytes,
                interval,
                deadline,
                tenantQuotaBytes);
    }
}
