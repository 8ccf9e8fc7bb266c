package dev.mapsovereign.auditlog.payload;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Keeps request and response bodies, encrypted, behind the answers
 * (docs/internals/payload-store.md). It takes nothing from the log and the log nothing from it:
 * whatever goes wrong here costs a payload, never a record or an answer.
 *
 * <p>Safe for use by any number of threads. One thread writes and sweeps.
 */
public final class PayloadStore implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PayloadStore.class.getName());
    private static final String SUBFOLDERS = "[0-9a-f][0-9a-f]";

    private final PayloadConfig config;
    private final Clock clock;
    private final PayloadEvents events;
    private final PayloadKeys keys;
    private final LinkedBlockingQueue<Waiting> queue = new LinkedBlockingQueue<>();
    private final AtomicLong waiting = new AtomicLong();
    private final AtomicLong stored = new AtomicLong();
    private final Thread writer;

    /** Covers the losses. */
    private final ReentrantLock lock = new ReentrantLock();

    private final SortedMap<String, Long> lost = new TreeMap<>();
    private final SortedMap<String, Long> untold = new TreeMap<>();

    private final AtomicLong bytes = new AtomicLong();

    /** The writer's own: until then there is no use in looking for days to remove. */
    private long fullUntil = System.nanoTime();

    private volatile boolean closing;

    /** A body that is to be kept. */
    private record Waiting(
            TenantId tenant, CorrelationId call, String hmac, LocalDate day, byte[] content) {
        long cost() {
            return content.length + (long) Limits.QUEUE_BYTES_EACH;
        }

        String name() {
            return call + "." + hmac;
        }
    }

    private PayloadStore(
            PayloadConfig config, Secret payloadSeed, Clock clock, PayloadEvents events) {
        this.config = config;
        this.clock = clock;
        this.events = events;
        this.keys = new PayloadKeys(config.keys(), payloadSeed);
        this.writer = Thread.ofPlatform().name("audit-payloads").daemon().unstarted(this::run);
    }

    /**
     * Opens the store, for writing.
     *
     * @param payloadSeed 32 bytes; stays the caller's to close
     */
    public static PayloadStore open(
            PayloadConfig config, Secret payloadSeed, Clock clock, PayloadEvents events) {
        PayloadStore store = new PayloadStore(config, payloadSeed, clock, events);
        store.writer.start();
        return store;
    }

    /**
     * Reads what is kept of a call, without a running store; oldest first.
     *
     * @throws PayloadDamageException if a file is not what was stored
     */
    public static List<Payload> read(
            PayloadConfig config, Secret payloadSeed, TenantId tenant, CorrelationId call)
            throws IOException {
        try (PayloadKeys keys = new PayloadKeys(config.keys(), payloadSeed)) {
            List<Payload> found = new ArrayList<>();
            for (LocalDate day : days(config.payloads().resolve(tenant.value()))) {
                Path folder = folder(config, tenant, day, call);
                if (!Files.isDirectory(folder)) {
                    continue;
                }
                try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, call + ".*")) {
                    for (Path file : files) {
                        found.add(read(keys, tenant, day, file));
                    }
                }
            }
            return found;
        }
    }

    private static Payload read(PayloadKeys keys, TenantId tenant, LocalDate day, Path file)
            throws IOException {
        String name = String.valueOf(file.getFileName());
        Secret key;
        try {
            key = keys.forReading(tenant, YearMonth.from(day));
        } catch (NoSuchFileException e) {
            throw new NoSuchFileException(
                    file.toString(), null, "its key was destroyed: " + e.getFile());
        }
        byte[] content =
                Sealed.opened(key, Files.readAllBytes(file), label(tenant, day, name), file);
        return new Payload(name.substring(name.indexOf('.') + 1), day, content);
    }

    /**
     * Hands over a body, which must not be changed afterwards. Never waits, never fails.
     *
     * @param hmac its digest in the call's record
     */
    public void offer(TenantId tenant, CorrelationId call, String hmac, byte[] content) {
        LocalDate day = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        Waiting body = new Waiting(tenant, call, hmac, day, content);
        if (content.length > Limits.PAYLOAD_BYTES_MAX) {
            lose("too large");
        } else if (closing) {
            lose("closing");
        } else if (waiting.addAndGet(body.cost()) > Limits.QUEUE_BYTES_MAX) {
            waiting.addAndGet(-body.cost());
            lose("queue full");
        } else {
            queue.add(body);
        }
    }

    /** How it is. */
    public PayloadStatus status() {
        lock.lock();
        try {
            return new PayloadStatus(
                    stored.get(), new TreeMap<>(lost), bytes.get(), Math.max(0, waiting.get()));
        } finally {
            lock.unlock();
        }
    }

    /** Writes what waits, as long as that takes a bearable time. */
    @Override
    public void close() {
        closing = true;
        try {
            if (!writer.join(Limits.CLOSE_WAIT)) {
                LOG.log(System.Logger.Level.WARNING, "payloads that wait cannot be written");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        keys.close();
    }

    private void lose(String reason) {
        lock.lock();
        try {
            lost.merge(reason, 1L, Long::sum);
            untold.merge(reason, 1L, Long::sum);
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        long sweepAt = System.nanoTime();
        long tellAt = System.nanoTime();
        while (!closing || !queue.isEmpty()) {
            if (System.nanoTime() - sweepAt >= 0) {
                sweep(0);
                sweepAt = System.nanoTime() + Limits.SWEEP_INTERVAL.toNanos();
            }
            next();
            if (System.nanoTime() - tellAt >= 0 && tell()) {
                tellAt = System.nanoTime() + Limits.LOSS_INTERVAL.toNanos();
            }
        }
        tell();
    }

    private void next() {
        try {
            Waiting body = queue.poll(100, TimeUnit.MILLISECONDS);
            if (body != null) {
                waiting.addAndGet(-body.cost());
                keep(body);
            }
        } catch (InterruptedException e) {
            closing = true;
        }
    }

    private void keep(Waiting body) {
        try {
            Path folder = folder(config, body.tenant(), body.day(), body.call());
            Path file = folder.resolve(body.name());
            if (Files.exists(file)) {
                return; // the same body of the same call: digested twice, kept once
            }
            if (!hasRoom(body)) {
                lose("store full");
                return;
            }
            Secret key = keys.forWriting(body.tenant(), YearMonth.from(body.day()));
            byte[] sealed =
                    key.use(k ->
                            Sealed.seal(
                                    k,
                                    body.content(),
                                    label(body.tenant(), body.day(), body.name())));
            createFolders(folder);
            DurableFiles.write(file, sealed, Mode.PRIVATE);
            bytes.addAndGet(sealed.length);
            stored.incrementAndGet();
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "a payload was not kept", e);
            lose("could not be written: " + e.getClass().getSimpleName());
        }
    }

    /** Makes room if need be, but does not look for it again and again where there is none. */
    private boolean hasRoom(Waiting body) {
        if (bytes.get() + body.content().length > config.bytesMax()
                && System.nanoTime() - fullUntil >= 0) {
            sweep(body.content().length);
            if (bytes.get() + body.content().length > config.bytesMax()) {
                fullUntil = System.nanoTime() + Limits.SWEEP_INTERVAL.toNanos();
            }
        }
        return bytes.get() + body.content().length <= config.bytesMax();
    }

    /** Each folder from the store's own down, so that none is more open than the next. */
    private void createFolders(Path folder) throws IOException {
        Path at = config.payloads();
        DurableFiles.createDirectories(at, Mode.PRIVATE);
        for (Path name : at.relativize(folder)) {
            at = at.resolve(name);
            DurableFiles.createDirectories(at, Mode.PRIVATE);
        }
    }

    /** Tells of losses; false if there are none. */
    private boolean tell() {
        SortedMap<String, Long> reasons;
        lock.lock();
        try {
            reasons = new TreeMap<>(untold);
            untold.clear();
        } finally {
            lock.unlock();
        }
        if (reasons.isEmpty()) {
            return false;
        }
        LOG.log(System.Logger.Level.WARNING, "payloads were not kept: {0}", reasons);
        try {
            events.lost(reasons);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "that could not be recorded", e);
        }
        return true;
    }

    // ---- retention

    private record Day(TenantId tenant, LocalDate date, Path folder, long files, long bytes) {}

    /**
     * Removes days that are over, and the oldest ones as far as space is needed.
     *
     * @param room bytes that are about to be added
     */
    private void sweep(long room) {
        try {
            LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
            List<Day> days = new ArrayList<>();
            for (TenantId tenant : tenants()) {
                for (LocalDate date : days(config.payloads().resolve(tenant.value()))) {
                    days.add(measure(tenant, date));
                }
            }
            days.sort(Comparator.comparing(Day::date));
            long total = days.stream().mapToLong(Day::bytes).sum();
            long files = 0;
            long removed = 0;
            for (Day day : days) {
                boolean old = !day.date().isAfter(today.minusDays(config.days()));
                boolean over =
                        total - removed + room > config.bytesMax() && day.date().isBefore(today);
                if (old || over) {
                    remove(day);
                    files += day.files();
                    removed += day.bytes();
                }
            }
            bytes.set(total - removed);
            if (files > 0) {
                events.swept(files, removed);
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "old payloads cannot be removed", e);
        }
    }

    private void remove(Day day) throws IOException {
        try (Stream<Path> all = Files.walk(day.folder())) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
        Path tenant = config.payloads().resolve(day.tenant().value());
        DurableFiles.syncDirectory(tenant);
        YearMonth month = YearMonth.from(day.date());
        boolean last =
                days(tenant).stream().noneMatch(other -> YearMonth.from(other).equals(month));
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        if (last && !month.equals(YearMonth.from(today))) {
            keys.destroy(day.tenant(), month);
        }
    }

    private Day measure(TenantId tenant, LocalDate date) throws IOException {
        Path folder = config.payloads().resolve(tenant.value()).resolve(date.toString());
        long files = 0;
        long size = 0;
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, SUBFOLDERS)) {
            for (Path part : parts) {
                DurableFiles.deleteLeftovers(part);
                try (DirectoryStream<Path> all = Files.newDirectoryStream(part)) {
                    for (Path file : all) {
                        files++;
                        size += Files.size(file);
                    }
                }
            }
        }
        return new Day(tenant, date, folder, files, size);
    }

    private List<TenantId> tenants() throws IOException {
        List<TenantId> tenants = new ArrayList<>();
        if (Files.isDirectory(config.payloads())) {
            try (DirectoryStream<Path> folders = Files.newDirectoryStream(config.payloads())) {
                for (Path folder : folders) {
                    tenants.add(TenantId.of(String.valueOf(folder.getFileName())));
                }
            }
        }
        return tenants;
    }

    private static List<LocalDate> days(Path tenant) throws IOException {
        List<LocalDate> days = new ArrayList<>();
        if (Files.isDirectory(tenant)) {
            try (DirectoryStream<Path> folders = Files.newDirectoryStream(tenant, "????-??-??")) {
                for (Path folder : folders) {
                    days.add(LocalDate.parse(String.valueOf(folder.getFileName())));
                }
            }
        }
        days.sort(null);
        return days;
    }

    private static Path folder(
            PayloadConfig config, TenantId tenant, LocalDate day, CorrelationId call) {
        return config.payloads()
                .resolve(tenant.value())
                .resolve(day.toString())
                .resolve(call.toString().substring(0, 2));
    }

    private static String label(TenantId tenant, LocalDate day, String name) {
        return "map-payload/v1\n" + tenant + "\n" + day + "\n" + name;
    }
}
