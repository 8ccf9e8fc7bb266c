package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.checkpoint.NoteStore;
import dev.mapsovereign.auditlog.tree.TenantTree;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.SignedNote;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Signs, once in each interval, every tree that grew. Signed notes are synced before anybody sees
 * them: a checkpoint that was shown and then forgotten could be contradicted later.
 */
final class CheckpointPublisher {
    private static final System.Logger LOG = System.getLogger(CheckpointPublisher.class.getName());

    private final Duration interval;
    private final NoteStore store;
    private final Availability availability;
    private final Supplier<Collection<TenantTree>> trees;
    private final SigningKeys keys;
    private final Runnable onTick;
    private final Map<TenantId, Published> published = new ConcurrentHashMap<>();
    private final Thread thread;

    /** Covers the store, signing, and the field below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition ended = lock.newCondition();
    private boolean closing;

    private record Published(long size, SignedNote note) {}

    CheckpointPublisher(
            Duration interval,
            NoteStore store,
            Availability availability,
            Supplier<Collection<TenantTree>> trees,
            SigningKeys keys,
            Runnable onTick) {
        this.interval = interval;
        this.store = store;
        this.availability = availability;
        this.trees = trees;
        this.keys = keys;
        this.onTick = onTick;
        store.newest()
                .forEach((tenant, note) ->
                        published.put(
                                tenant, new Published(Checkpoint.parse(note.text()).size(), note)));
        this.thread = Thread.ofPlatform().name("audit-publisher").daemon().unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** The newest published checkpoint. */
    Optional<SignedNote> newest(TenantId tenant) {
        return Optional.ofNullable(published.get(tenant)).map(Published::note);
    }

    /** The size of the newest published checkpoint; 0 if there is none. */
    long publishedSize(TenantId tenant) {
        Published newest = published.get(tenant);
        return newest == null ? 0 : newest.size();
    }

    /**
     * Signs all of these that grew and publishes them.
     *
     * @throws IOException if the checkpoints cannot be made durable, or nothing may be signed now;
     *     none is shown then
     */
    void publish(Collection<TenantTree> candidates) throws IOException {
        lock.lock();
        try {
            if (silent().isPresent()) {
                throw new IOException(silent().get());
            }
            Map<TenantId, SignedNote> notes = new HashMap<>();
            Map<TenantId, Published> signed = new HashMap<>();
            for (TenantTree tree : candidates) {
                if (tree.size() > publishedSize(tree.tenant())) {
                    TenantTree.Summary now = tree.summary();
                    Optional<SignedNote> next = keys.next(tree, now, publishedSize(tree.tenant()));
                    if (next.isPresent()) {
                        long size = Checkpoint.parse(next.get().text()).size();
                        notes.put(tree.tenant(), next.get());
                        signed.put(tree.tenant(), new Published(size, next.get()));
                    }
                }
            }
            if (!notes.isEmpty()) {
                store.append(notes);
                published.putAll(signed);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Why nothing is signed now. */
    private Optional<String> silent() {
        return availability.halted().or(availability::held);
    }

    /** What is done while nothing is published. */
    interface Quiet {
        /** Does it. */
        void run() throws IOException;
    }

    /**
     * Does something between two publications.
     *
     * @throws IOException if the log must not sign, or the work failed
     */
    void quietly(Quiet work) throws IOException {
        lock.lock();
        try {
            if (availability.halted().isPresent()) {
                throw new IOException(availability.halted().get());
            }
            work.run();
        } finally {
            lock.unlock();
        }
    }

    /** Whether nothing is written any more. */
    boolean ended() {
        return !thread.isAlive();
    }

    /** Publishes what grew and ends. */
    void close() throws InterruptedException, IOException {
        lock.lock();
        try {
            closing = true;
            ended.signalAll();
        } finally {
            lock.unlock();
        }
        thread.join(Limits.CLOSE_WAIT);
        try {
            if (silent().isEmpty()) {
                publish(trees.get());
            }
        } finally {
            store.close();
        }
    }

    private void run() {
        boolean failed = false;
        while (pause()) {
            if (silent().isPresent()) {
                continue;
            }
            try {
                onTick.run();
                publish(trees.get());
                failed = false;
            } catch (IOException | RuntimeException e) {
                if (!failed) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "checkpoints cannot be published, will be tried on: {0}",
                            e.toString());
                }
                failed = true;
            }
        }
    }

    private boolean pause() {
        long left = interval.toNanos();
        lock.lock();
        try {
            while (!closing && left > 0) {
                left = ended.awaitNanos(left);
            }
            return !closing;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }
}
