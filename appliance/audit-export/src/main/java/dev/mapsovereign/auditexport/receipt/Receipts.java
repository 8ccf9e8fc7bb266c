package dev.mapsovereign.auditexport.receipt;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.NoteException;
import dev.mapsovereign.base.note.NoteSignature;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.VerifierKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * What off-site stations have sent home: {@code receipts/<station>/<tenant>/<size>} in the audit
 * folder, each a checkpoint of ours with the station's cosignatures. The rules of an import, and
 * who may stop this node by one, are in docs/internals/off-site-station.md. Safe for use by several
 * threads.
 */
public final class Receipts {
    private final AuditLog log;
    private final Stations stations;
    private final Ed25519 ed25519;
    private final Path folder;

    /** Held while receipts are imported. */
    private final ReentrantLock importing = new ReentrantLock();

    private final ConcurrentHashMap<TenantId, Covered> covered = new ConcurrentHashMap<>();

    /**
     * How much of a log is under receipts of enrolled stations.
     *
     * @param witnessed largest size that any key cosigned
     * @param mirrored largest size that a mirror's key cosigned
     */
    public record Covered(long witnessed, long mirrored) {
        static final Covered NOTHING = new Covered(0, 0);

        Covered with(long size, Set<String> roles) {
            return new Covered(
                    Math.max(witnessed, size),
                    roles.contains(Station.MIRROR) ? Math.max(mirrored, size) : mirrored);
        }
    }

    /**
     * One receipt that was taken in.
     *
     * @param roles what its keys state
     * @param known whether it was here before
     */
    public record Imported(
            String station, TenantId tenant, long size, Set<String> roles, boolean known) {
        /** Copies the roles. */
        public Imported {
            roles = Set.copyOf(roles);
        }
    }

    /**
     * A station that keeps every record of a log up to a size.
     *
     * @param from where its mirror begins
     * @param size up to where it said so
     * @param time when, by its own clock
     * @param root of the tree of that size
     */
    public record Mirror(String station, long from, long size, Instant time, byte[] root) {
        /** As the record of a prune says it. */
        public JsonObject json() {
            return JsonObject.builder()
                    .put("root", Hex.encode(root))
                    .put("size", Long.toString(size))
                    .put("station", station)
                    .put("time", time.toString())
                    .build();
        }
    }

    /** Why a file is no receipt; nothing changes by it. */
    private static final class RefusedException extends Exception {
        @java.io.Serial private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    private Receipts(AuditLog log, Stations stations, Ed25519 ed25519, Path folder) {
        this.log = log;
        this.stations = stations;
        this.ed25519 = ed25519;
        this.folder = folder;
    }

    /**
     * The receipts of that log.
     *
     * @param auditFolder the audit log's folder
     */
    public static Receipts open(AuditLog log, Path auditFolder, Ed25519 ed25519) {
        Receipts receipts =
                new Receipts(
                        log, new Stations(auditFolder), ed25519, auditFolder.resolve("receipts"));
        receipts.recount();
        return receipts;
    }

    /** The enrolled stations. */
    public Stations stations() {
        return stations;
    }

    /** How much of a log is under receipts. */
    public Covered covered(TenantId tenant) {
        return covered.getOrDefault(tenant, Covered.NOTHING);
    }

    /** Durable records of a log that no receipt covers yet. */
    public long withoutReceipt(TenantId tenant) {
        return Math.max(0, log.head(tenant).size() - covered(tenant).witnessed());
    }

    /** Durable records of all logs that no receipt covers yet. */
    public long withoutReceipt() {
        return log.tenants().stream().mapToLong(this::withoutReceipt).sum();
    }

    /** Counts again, after the enrolments have changed. */
    public void recount() {
        importing.lock();
        try {
            covered.clear();
            for (Station station : stations.all(log)) {
                for (TenantId tenant : log.tenants()) {
                    newest(station, tenant);
                }
            }
        } catch (IOException e) {
            throw unusable(e);
        } finally {
            importing.unlock();
        }
    }

    private void newest(Station station, TenantId tenant) throws IOException {
        Set<String> missing = new TreeSet<>(Set.of(Station.WITNESS, Station.MIRROR));
        for (long size : sizes(station, tenant)) {
            Path file = file(station, tenant, size);
            try {
                SignedNote note = SignedNote.parse(read(file));
                if (Checkpoint.parse(note.text()).size() == size) {
                    Set<String> roles = roles(note, station);
                    covered.merge(tenant, Covered.NOTHING.with(size, roles), Receipts::larger);
                    missing.removeAll(roles);
                }
            } catch (RefusedException | NoteException e) {
                throw altered(file, e);
            }
            if (missing.isEmpty()) {
                return;
            }
        }
    }

    private Path file(Station station, TenantId tenant, long size) {
        return folder.resolve(station.name()).resolve(tenant.value()).resolve(Long.toString(size));
    }

    /** The sizes of the stored receipts, falling. */
    private Set<Long> sizes(Station station, TenantId tenant) throws IOException {
        TreeSet<Long> sizes = new TreeSet<>();
        Path own = folder.resolve(station.name()).resolve(tenant.value());
        if (!Files.isDirectory(own)) {
            return sizes;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(own, "[1-9]*")) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                if (name.matches("[1-9][0-9]{0,18}")) {
                    sizes.add(Long.parseLong(name));
                }
            }
        }
        return sizes.descendingSet();
    }

    private static OperatorException altered(Path file, Exception why) {
        return new OperatorException(
                ExitCode.TAMPERING, "the stored receipt " + file + ": " + why.getMessage(), why);
    }

    /**
     * The stations that keep a mirror of a log, each with the largest size that it stated up to a
     * time. Everything is verified again: that each is enrolled and nothing since says otherwise,
     * its cosignature, our own signature, our tree's root.
     *
     * @param newest a cosignature that is younger does not count
     * @throws OperatorException tampering, for a receipt or an enrolment that is not in order
     */
    public List<Mirror> mirrors(TenantId tenant, Instant newest) {
        List<Mirror> mirrors = new ArrayList<>();
        importing.lock();
        try {
            for (Station station : stations.current(log)) {
                for (long size : sizes(station, tenant)) {
                    Optional<Mirror> mirror = mirror(station, tenant, size, newest);
                    if (mirror.isPresent()) {
                        mirrors.add(mirror.get());
                        break;
                    }
                }
            }
        } catch (IOException e) {
            throw unusable(e);
        } finally {
            importing.unlock();
        }
        return mirrors;
    }

    private Optional<Mirror> mirror(Station station, TenantId tenant, long size, Instant newest)
            throws IOException {
        Path file = file(station, tenant, size);
        try {
            SignedNote note = SignedNote.parse(read(file));
            Checkpoint checkpoint = Checkpoint.parse(note.text());
            requireOwnSignature(note, tenant);
            boolean ours =
                    checkpoint.origin().equals(log.origin(tenant))
                            && checkpoint.size() == size
                            && size <= log.head(tenant).size()
                            && Arrays.equals(log.root(tenant, size), checkpoint.root());
            if (!ours) {
                throw new RefusedException("not over this log's tree at that size");
            }
            return roles(note, station).contains(Station.MIRROR)
                    ? time(note, station)
                            .filter(time -> !time.isAfter(newest))
                            .map(time ->
                                    new Mirror(
                                            station.name(),
                                            station.from().getOrDefault(tenant, 0L),
                                            size,
                                            time,
                                            checkpoint.root()))
                    : Optional.empty();
        } catch (RefusedException | NoteException e) {
            throw altered(file, e);
        }
    }

    /** The latest time that the station's mirror keys give. */
    private Optional<Instant> time(SignedNote note, Station station) {
        return station.keys().stream()
                .filter(key -> Station.role(key).equals(Station.MIRROR))
                .flatMap(key -> note.cosignedAt(key, ed25519).stream())
                .max(Comparator.naturalOrder());
    }

    private static Covered larger(Covered one, Covered other) {
        return new Covered(
                Math.max(one.witnessed(), other.witnessed()),
                Math.max(one.mirrored(), other.mirrored()));
    }

    /**
     * Takes in a receipt, or all of this node's below a folder.
     *
     * @param path a file, a medium, its {@code MAP-AUDIT}, a node's folder there, or its receipts
     * @throws OperatorException environment, if there is none; tampering, if one was refused (the
     *     others were taken in) or shows a second history, whereupon this log has stopped
     */
    public List<Imported> take(Path path) {
        importing.lock();
        try {
            List<Station> _ = stations.current(log);
            List<Imported> imported = new ArrayList<>();
            List<String> refused = new ArrayList<>();
            for (Path file : files(path)) {
                try {
                    imported.add(takeFile(file));
                } catch (RefusedException e) {
                    refused.add(file + ": " + e.getMessage());
                    recordRefusal(file, String.valueOf(e.getMessage()), refused.size());
                }
            }
            if (!refused.isEmpty()) {
                throw new OperatorException(
                        ExitCode.TAMPERING,
                        "%d receipts taken in, %d refused, by which nothing changed: %s"
                                .formatted(
                                        imported.size(),
                                        refused.size(),
                                        String.join("; ", refused)));
            }
            return imported;
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "cannot read receipts at " + path + ": " + e, e);
        } finally {
            importing.unlock();
        }
    }

    private List<Path> files(Path path) throws IOException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(path)) {
            return List.of(path);
        }
        String node = BundleLayout.nodeFolder(log.node());
        List<Path> places =
                List.of(
                        path.resolve(node).resolve(BundleLayout.RECEIPTS),
                        path.resolve(log.node()).resolve(BundleLayout.RECEIPTS),
                        path.resolve(BundleLayout.RECEIPTS),
                        path);
        for (Path place : places) {
            boolean named = place.endsWith(BundleLayout.RECEIPTS);
            if (named && Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
                try (Stream<Path> found = Files.walk(place, Limits.DEPTH_MAX)) {
                    List<Path> files =
                            found.filter(file ->
                                            !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
                                    .sorted()
                                    .limit(Limits.RECEIPTS_MAX + 1L)
                                    .toList();
                    if (files.size() > Limits.RECEIPTS_MAX) {
                        throw new OperatorException(
                                ExitCode.ENVIRONMENT,
                                "more than " + Limits.RECEIPTS_MAX + " files in " + place);
                    }
                    if (!files.isEmpty()) {
                        return files;
                    }
                }
            }
        }
        throw new OperatorException(
                ExitCode.ENVIRONMENT, "no receipts for " + log.node() + " at " + path);
    }

    private Imported takeFile(Path file) throws IOException, RefusedException {
        SignedNote note = note(file);
        Checkpoint checkpoint = checkpoint(note);
        TenantId tenant = tenant(checkpoint.origin());
        requireOwnSignature(note, tenant);
        requireOwnTree(note, checkpoint, tenant);
        Station station = station(note);
        Set<String> roles = roles(note, station);
        return store(note, checkpoint, tenant, station, roles);
    }

    private SignedNote note(Path file) throws RefusedException {
        try {
            return SignedNote.parse(read(file));
        } catch (NoteException e) {
            throw new RefusedException("not a note: " + e.getMessage());
        } catch (IOException e) {
            throw new RefusedException("not a file that can be read: " + e.getMessage());
        }
    }

    private static byte[] read(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException("links and special files are refused");
        }
        try (InputStream in =
                Channels.newInputStream(
                        FileChannel.open(
                                file,
                                Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)))) {
            byte[] content = in.readNBytes(Limits.RECEIPT_BYTES_MAX + 1);
            if (content.length > Limits.RECEIPT_BYTES_MAX) {
                throw new IOException("larger than a receipt can be");
            }
            return content;
        }
    }

    private static Checkpoint checkpoint(SignedNote note) throws RefusedException {
        try {
            return Checkpoint.parse(note.text());
        } catch (NoteException e) {
            throw new RefusedException("not a checkpoint: " + e.getMessage());
        }
    }

    private TenantId tenant(String origin) throws RefusedException {
        for (TenantId tenant : log.tenants()) {
            if (log.origin(tenant).equals(origin)) {
                return tenant;
            }
        }
        throw new RefusedException(origin + " is no log of this node");
    }

    private void requireOwnSignature(SignedNote note, TenantId tenant) throws RefusedException {
        boolean signed = false;
        // A receipt may come back after the log's keys were rotated: those of its size count.
        long size = checkpoint(note).size();
        for (VerifierKey key : log.keyEpochs(tenant).inForce(size)) {
            boolean claimed = note.signatures().stream().anyMatch(key::claims);
            if (claimed && !note.verifies(key, ed25519)) {
                throw new RefusedException("a signature of this node's own key is false");
            }
            signed |= claimed && key.type() == VerifierKey.ED25519;
        }
        if (!signed) {
            throw new RefusedException("this node's own key did not sign it");
        }
    }

    /** Only our own key can get here; so what does not fit is a second history of this log. */
    private void requireOwnTree(SignedNote note, Checkpoint checkpoint, TenantId tenant) {
        long ours = log.head(tenant).size();
        if (checkpoint.size() <= ours
                && Arrays.equals(log.root(tenant, checkpoint.size()), checkpoint.root())) {
            return;
        }
        String why =
                checkpoint.size() > ours
                        ? "this log has %d records".formatted(ours)
                        : "this log had another root at that size";
        log.append(
                AuditDraft.builder(
                                TenantId.NODE, EventType.SECURITY_VIOLATION, AuditOutcome.REFUSED)
                        .operation("import_receipt")
                        .meta(
                                JsonObject.builder()
                                        .put("finding", "own checkpoint in a receipt: " + why)
                                        .put("log", tenant.value())
                                        .put("own_size", Long.toString(ours))
                                        .put("signed_root", Hex.encode(checkpoint.root()))
                                        .put("signed_size", Long.toString(checkpoint.size()))
                                        .build())
                        .build());
        Path kept = log.stop(note);
        throw new OperatorException(
                ExitCode.TAMPERING,
                "a receipt bears this node's signature over size %d of log %s, but %s: the log was set back, or a second node uses its keys; it signs and records nothing any more, the receipt is kept as %s"
                        .formatted(checkpoint.size(), tenant, why, kept),
                "find out which history is the true one before this node goes on");
    }

    /** The enrolled station that this names a key of. */
    private Station station(SignedNote note) throws RefusedException {
        for (Station station : stations.all(log)) {
            for (VerifierKey key : station.keys()) {
                if (note.signatures().stream().anyMatch(key::claims)) {
                    return station;
                }
            }
        }
        throw new RefusedException("no enrolled station cosigned it");
    }

    /** What the station's keys on the note state; all of its lines must verify. */
    private Set<String> roles(SignedNote note, Station station) throws RefusedException {
        Set<String> roles = new TreeSet<>();
        for (VerifierKey key : station.keys()) {
            if (note.signatures().stream().anyMatch(key::claims)) {
                if (!note.verifies(key, ed25519)) {
                    throw new RefusedException("the cosignature of " + key.name() + " is false");
                }
                roles.add(Station.role(key));
            }
        }
        return roles;
    }

    private Imported store(
            SignedNote note,
            Checkpoint checkpoint,
            TenantId tenant,
            Station station,
            Set<String> roles)
            throws IOException {
        Path file =
                folder.resolve(station.name())
                        .resolve(tenant.value())
                        .resolve(Long.toString(checkpoint.size()));
        SignedNote kept = note;
        boolean known = false;
        if (Files.exists(file)) {
            SignedNote before = SignedNote.parse(read(file));
            Set<NoteSignature> lines = Set.copyOf(before.signatures());
            known = lines.containsAll(note.signatures());
            for (NoteSignature line : before.signatures()) {
                boolean again =
                        note.signatures().stream()
                                .anyMatch(fresh ->
                                        fresh.keyId() == line.keyId()
                                                && fresh.name().equals(line.name()));
                kept = again ? kept : kept.with(line);
            }
        }
        if (!known) {
            DurableFiles.createDirectories(file.resolveSibling(""), Mode.PRIVATE);
            DurableFiles.write(file, kept.bytes(), Mode.PRIVATE);
            record(note, checkpoint, tenant, station, roles);
        }
        covered.merge(tenant, Covered.NOTHING.with(checkpoint.size(), roles), Receipts::larger);
        return new Imported(station.name(), tenant, checkpoint.size(), roles, known);
    }

    private void record(
            SignedNote note,
            Checkpoint checkpoint,
            TenantId tenant,
            Station station,
            Set<String> roles) {
        log.append(
                AuditDraft.builder(TenantId.NODE, EventType.RECEIPT_IMPORTED, AuditOutcome.SUCCESS)
                        .meta(
                                JsonObject.builder()
                                        .put("keys", JsonArray.ofStrings(List.copyOf(roles)))
                                        .put("log", tenant.value())
                                        .put(
                                                "receipt_sha256",
                                                Hex.encode(Sha256.hash(note.bytes())))
                                        .put("root", Hex.encode(checkpoint.root()))
                                        .put("size", Long.toString(checkpoint.size()))
                                        .put("station", station.name())
                                        .build())
                        .build());
    }

    private void recordRefusal(Path file, String why, int count) {
        if (count > Limits.REFUSALS_RECORDED_MAX) {
            return;
        }
        log.append(
                AuditDraft.builder(TenantId.NODE, EventType.RECEIPT_IMPORTED, AuditOutcome.REFUSED)
                        .meta(
                                JsonObject.builder()
                                        .put("file", file.toString())
                                        .put("reason", why)
                                        .build())
                        .build());
    }

    private OperatorException unusable(IOException e) {
        return new OperatorException(
                ExitCode.ENVIRONMENT, "the receipts in " + folder + " cannot be used: " + e, e);
    }
}
