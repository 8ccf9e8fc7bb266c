package dev.mapsovereign.node;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogConfig;
import dev.mapsovereign.auditlog.RotationStep;
import dev.mapsovereign.auditlog.SeedUse;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.custody.KeyFiles;
import dev.mapsovereign.custody.KeyRole;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The seed from which the log's keys follow: one file, or two from the moment a rotation is
 * prepared until the old one is destroyed. What a file is called says nothing; the log knows which
 * seed it needs, and only that decides what is destroyed (docs/internals/key-rotation.md).
 *
 * <p>Safe for use by several threads; a rotation holds the others off.
 */
public final class LogSeeds implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LogSeeds.class.getName());

    private final KeyFiles keys;

    /** Covers the seeds in memory and the key files of the log. */
    private final ReentrantLock lock = new ReentrantLock();

    /** As the files hold them, the one named after the role first. */
    private final List<Secret> seeds = new ArrayList<>();

    LogSeeds(KeyFiles keys) {
        this.keys = keys;
    }

    /** Opens the log; a rotation that was interrupted ends here, with the old seed's file. */
    AuditLog open(Function<Secret, AuditLogConfig> config) {
        lock.lock();
        try {
            seeds.addAll(keys.seeds(KeyRole.LOG));
            AuditLogConfig first = config.apply(seeds.getFirst());
            AuditLog log =
                    seeds.size() == 1
                            ? AuditLog.open(first)
                            : AuditLog.open(first, seeds.getLast());
            boolean settled = false;
            try {
                if (log.status().node().isPresent()) {
                    settle(log);
                }
                settled = true;
                return log;
            } finally {
                if (!settled) {
                    log.close();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Rotates the log's keys, or ends the rotation that is under way; on return the old seed does
     * not exist any more.
     *
     * @throws dev.mapsovereign.base.audit.AuditUnavailableException if the log cannot do it now; a
     *     rotation that has begun goes on by itself, and the next start destroys the old seed
     */
    public void rotate(AuditLog log, Consumer<RotationStep> progress) {
        lock.lock();
        try {
            if (keys.nextInfo(KeyRole.LOG).isEmpty()) {
                keys.generateNext(KeyRole.LOG);
                seeds.add(keys.nextSeed(KeyRole.LOG));
            }
            try {
                log.rotateKeys(seeds.getLast(), progress);
            } finally {
                settle(log);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Destroys the seed that the log does not need any more, if there is one. */
    private void settle(AuditLog log) {
        if (keys.nextInfo(KeyRole.LOG).isEmpty()) {
            return;
        }
        Secret next = seeds.getLast();
        switch (log.use(next)) {
            case CURRENT -> {
                keys.replace(KeyRole.LOG);
                seeds.removeIf(seed -> seed != next && wiped(seed));
                LOG.log(
                        System.Logger.Level.INFO,
                        "the log seed was replaced, the one before is destroyed");
            }
            case NONE -> {
                if (log.use(seeds.getFirst()) == SeedUse.CURRENT) {
                    keys.discardNext(KeyRole.LOG);
                    seeds.remove(next);
                    next.close();
                }
            }
            case INCOMING, OUTGOING ->
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "a rotation of the log keys has not ended; both seeds are kept");
        }
    }

    private static boolean wiped(Secret seed) {
        seed.close();
        return true;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            seeds.forEach(Secret::close);
        } finally {
            lock.unlock();
        }
    }
}
