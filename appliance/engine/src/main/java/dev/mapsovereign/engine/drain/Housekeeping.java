package dev.mapsovereign.engine.drain;

import dev.mapsovereign.database.DatabaseException;
import dev.mapsovereign.engine.EngineParts;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.idempotency.IdempotencyStore;
import dev.mapsovereign.engine.ratelimit.UnrecordedRefusals;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What the engine does by itself while calls come and go, on one thread, once a second: writes the
 * count of unrecorded refusals, looks after the database and the audit log for {@link Readiness},
 * takes over what other nodes changed, and removes idempotency keys whose time is over.
 */
public final class Housekeeping implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Housekeeping.class.getName());
    private static final Duration HEALTHY_WITHIN = Duration.ofMillis(500);

    private final EngineParts parts;
    private final IdempotencyStore idempotency;
    private final UnrecordedRefusals unrecorded;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private long refreshAtNanos;
    private long purgeAtNanos;

    /** Begins at once. */
    public Housekeeping(
            EngineParts parts, IdempotencyStore idempotency, UnrecordedRefusals unrecorded) {
        this.parts = parts;
        this.idempotency = idempotency;
        this.unrecorded = unrecorded;
        long now = System.nanoTime();
        refreshAtNanos = now + Limits.REFRESH_INTERVAL.toNanos();
        purgeAtNanos = now + Limits.IDEMPOTENCY_PURGE_INTERVAL.toNanos();
        thread = Thread.ofPlatform().daemon().name("map-housekeeping").start(this::run);
    }

    /** Ends after the present round and writes what was counted. */
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(Duration.ofSeconds(10));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        unrecorded.write();
    }

    private void run() {
        try {
            while (!closing.await(Limits.UNRECORDED_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                round();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void round() {
        try {
            unrecorded.write();
            lookAfterAuditLog();
            if (lookAfterDatabase()) {
                takeOverChanges();
            }
        } catch (RuntimeException failed) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "housekeeping failed; the next round follows",
                    failed);
        }
    }

    private void lookAfterAuditLog() {
        parts.log()
                .status()
                .unavailable()
                .ifPresentOrElse(
                        reason -> parts.readiness().set(Readiness.AUDIT, reason),
                        () -> parts.readiness().clear(Readiness.AUDIT));
    }

    private boolean lookAfterDatabase() {
        Optional<String> trouble =
                parts.database().healthy(HEALTHY_WITHIN)
                        ? withoutSchema()
                        : Optional.of("the database does not answer");
        trouble.ifPresentOrElse(
                reason -> parts.readiness().set(Readiness.DATABASE, reason),
                () -> parts.readiness().clear(Readiness.DATABASE));
        return trouble.isEmpty();
    }

    /** A server that answers may hold an empty database, made anew under a running node. */
    private Optional<String> withoutSchema() {
        try {
            parts.apiKeys().requireTable();
            return Optional.empty();
        } catch (DatabaseException e) {
            return Optional.of(
                    "the database cannot be read, its schema may be missing: " + e.getMessage());
        }
    }

    private void takeOverChanges() {
        long now = System.nanoTime();
        try {
            if (now - refreshAtNanos >= 0) {
                refreshAtNanos = now + Limits.REFRESH_INTERVAL.toNanos();
                parts.apiKeys().refresh();
                parts.tenants().refresh();
                parts.policies().refresh();
            }
            if (now - purgeAtNanos >= 0) {
                purgeAtNanos = now + Limits.IDEMPOTENCY_PURGE_INTERVAL.toNanos();
                idempotency.purge();
            }
        } catch (DatabaseException away) {
            LOG.log(System.Logger.Level.WARNING, "the database went away while it was read", away);
        }
    }
}
