package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.auditlog.bundle.BundleManifest;
import dev.mapsovereign.auditlog.bundle.RangeFiles;
import dev.mapsovereign.auditlog.record.KeyRotation;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.MerkleProofs;
import dev.mapsovereign.base.merkle.Tiles;
import dev.mapsovereign.base.note.KindNote;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.TlogProof;
import dev.mapsovereign.base.note.VerifierKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/**
 * Writes bundles of {@link SyntheticLog}s, sound ones or ones spoiled at a chosen point, always
 * with every digest and signature that follows made to fit.
 */
final class SyntheticNode {
    final String node;
    final SyntheticLog own;
    final Map<TenantId, SyntheticLog> logs = new LinkedHashMap<>();

    private final Map<TenantId, List<Long>> keyRecords = new HashMap<>();
    private final Map<TenantId, Map<Long, SignedNote>> rotations = new HashMap<>();

    /** What was signed once stays as it is. */
    private final Map<TenantId, Map<Long, SignedNote>> signed = new HashMap<>();

    /** For each file a chance to be another one; digests are taken afterwards. */
    UnaryOperator<Map<String, byte[]>> spoilFiles = files -> files;

    /** For the description a chance to state something else. */
    UnaryOperator<BundleDescription> spoilDescription = description -> description;

    /** A checkpoint's signatures. */
    UnaryOperator<SignedNote> spoilCheckpoint = note -> note;

    /** The manifest's text, before it is signed. */
    UnaryOperator<String> spoilManifest = manifest -> manifest;

    /** What {@code manifest.sig} states: node, number, digest, digest of the bundle before. */
    UnaryOperator<List<String>> spoilStatement = lines -> lines;

    /** Of what kind that note is. */
    String statementKind = BundleLayout.MANIFEST_KIND;

    /** Who signs it; empty for the node's own key. */
    List<NoteSigner> statementSigners = List.of();

    /** How far above its checkpoint a rotation says that it is in force; none may. */
    long rotationsAhead;

    /** The first key that {@code _node} had. */
    final VerifierKey firstKey;

    private long number;
    private OptionalLong previous = OptionalLong.empty();
    private String previousDigest = BundleManifest.NO_PREVIOUS;

    private final String word;

    SyntheticNode(String name) {
        this(name, "");
    }

    /** A node of that name whose keys follow from a word, too. */
    SyntheticNode(String name, String word) {
        this.word = word;
        node = name + ".0123abcd";
        own = new SyntheticLog(node, "_node", word);
        firstKey = own.keys().getFirst();
        logs.put(TenantId.NODE, own);
        introduce(own);
    }

    /** A tenant's log, introduced in {@code _node}. */
    SyntheticLog tenant(String tenant) {
        SyntheticLog log = new SyntheticLog(node, tenant, word);
        logs.put(log.tenant(), log);
        introduce(log);
        return log;
    }

    /** A tenant whose key record says that it stands at another index than it does. */
    SyntheticLog tenantAtIndex(String tenant, long index) {
        SyntheticLog log = new SyntheticLog(node, tenant, word);
        logs.put(log.tenant(), log);
        long true_ = own.size();
        own.introduceAs(log, index);
        keyRecords.computeIfAbsent(log.tenant(), t -> new ArrayList<>()).add(true_);
        return log;
    }

    /** The next export takes the number after the next. */
    void skipNumber() {
        number++;
    }

    /** The next export is the first of another medium. */
    void forget() {
        previous = OptionalLong.empty();
        previousDigest = BundleManifest.NO_PREVIOUS;
    }

    private void introduce(SyntheticLog log) {
        keyRecords.computeIfAbsent(log.tenant(), t -> new ArrayList<>()).add(own.introduce(log));
    }

    /** Changes a log's keys from its next size on, as no checkpoint before may be concerned. */
    void rotate(SyntheticLog log, List<NoteSigner> fresh) {
        List<NoteSigner> old = log.signers();
        long from = log.size() + 1 + rotationsAhead;
        KeyRotation rotation =
                new KeyRotation(
                        log.origin(),
                        log.keys(),
                        fresh.stream().map(NoteSigner::key).toList(),
                        from);
        keyRecords.computeIfAbsent(log.tenant(), t -> new ArrayList<>()).add(own.rotated(rotation));
        List<NoteSigner> both = new ArrayList<>(old);
        both.addAll(fresh);
        log.sign(both);
        if (log != own) {
            log.append(1);
        }
        rotations
                .computeIfAbsent(log.tenant(), t -> new LinkedHashMap<>())
                .put(log.size(), log.checkpoint(log.size()));
        log.sign(fresh);
    }

    /** From now on bundles state the keys with which the logs began, and all is signed anew. */
    void forgetRotations() {
        signed.clear();
        rotations.clear();
        keyRecords.replaceAll((tenant, indexes) -> List.of(indexes.getFirst()));
    }

    /** A trust file with the first key of {@code _node}. */
    Path trustFile(Path folder) {
        return trustFile(folder, firstKey);
    }

    Path trustFile(Path folder, VerifierKey key) {
        return write(
                folder.resolve(node + ".policy"),
                ("log " + key.vkey() + "\nquorum none\n").getBytes(StandardCharsets.UTF_8));
    }

    Path folder(Path medium) {
        return medium.resolve(BundleLayout.nodeFolder(node));
    }

    /** Writes the next bundle, each log from the size given to its present one. */
    long export(Path medium, Map<TenantId, Long> froms) {
        number++;
        Map<String, byte[]> files = new LinkedHashMap<>();
        BundleDescription description = spoilDescription.apply(describe(froms));
        files.put(BundleLayout.description(number), description.bytes());
        for (BundleDescription.Range range : description.ranges()) {
            for (long size : range.checkpointSizes()) {
                files.put(
                        BundleLayout.bundleCheckpoint(number, range.tenant(), size),
                        spoilCheckpoint.apply(checkpoint(log(range.tenant()), size)).bytes());
            }
        }
        byte[] newest =
                at(
                        files,
                        BundleLayout.bundleCheckpoint(
                                number, TenantId.NODE, description.ranges().getFirst().to()));
        addRotations(description, files);
        description.ranges().stream()
                .flatMap(range -> range.keyRecords().stream())
                .sorted()
                .forEach(index ->
                        files.put(
                                BundleLayout.keyRecordProof(number, index),
                                proof(index, own.size(), newest)));
        for (BundleDescription.Range range : description.ranges()) {
            addRange(range, files);
        }
        writeAll(medium, spoilFiles.apply(files));
        return number;
    }

    private void addRotations(BundleDescription description, Map<String, byte[]> files) {
        for (BundleDescription.Range range : description.ranges()) {
            for (long size : range.rotations()) {
                byte[] note = at(at(rotations, range.tenant()), size).bytes();
                files.put(BundleLayout.rotationCheckpoint(number, range.tenant(), size), note);
                if (range.tenant().isNode()) {
                    int which = range.rotations().indexOf(size) + 1;
                    files.put(
                            BundleLayout.rotationProof(number, size),
                            proof(range.keyRecords().get(which), size, note));
                }
            }
        }
    }

    private SyntheticLog log(TenantId tenant) {
        return at(logs, tenant);
    }

    private SignedNote checkpoint(SyntheticLog log, long size) {
        SignedNote rotation = rotations.getOrDefault(log.tenant(), Map.of()).get(size);
        return rotation != null
                ? rotation
                : signed.computeIfAbsent(log.tenant(), tenant -> new HashMap<>())
                        .computeIfAbsent(size, log::checkpoint);
    }

    byte[] proof(long index, long size, byte[] checkpoint) {
        return new TlogProof(
                        Optional.of(own.leaf(index)),
                        index,
                        MerkleProofs.inclusion(index, size, own::hash),
                        checkpoint)
                .bytes();
    }

    private BundleDescription describe(Map<TenantId, Long> froms) {
        List<BundleDescription.Range> ranges = new ArrayList<>();
        List<BundleDescription.Log> sizes = new ArrayList<>();
        List<TenantId> order = new ArrayList<>(logs.keySet());
        order.remove(TenantId.NODE);
        order.sort(null);
        order.addFirst(TenantId.NODE);
        for (TenantId tenant : order) {
            SyntheticLog log = log(tenant);
            sizes.add(
                    new BundleDescription.Log(
                            tenant, log.origin(), log.size(), log.root(log.size())));
            if (froms.containsKey(tenant)) {
                ranges.add(range(log, at(froms, tenant)));
            }
        }
        return new BundleDescription(
                "0.1.0",
                Instant.parse("2026-11-23T18:00:00Z"),
                node,
                number,
                previous,
                ranges,
                sizes);
    }

    private BundleDescription.Range range(SyntheticLog log, long from) {
        return new BundleDescription.Range(
                log.tenant(),
                log.origin(),
                from,
                log.size(),
                log.root(from),
                log.root(log.size()),
                log.recordHash(from),
                log.recordHash(log.size()),
                at(keyRecords, log.tenant()),
                List.copyOf(rotations.getOrDefault(log.tenant(), Map.of()).keySet()));
    }

    private void addRange(BundleDescription.Range range, Map<String, byte[]> files) {
        TenantId tenant = range.tenant();
        SyntheticLog log = log(tenant);
        RangeFiles.visit(
                range.from(),
                range.to(),
                new RangeFiles.Visitor<RuntimeException>() {
                    @Override
                    public void beginning(int level, long index, int width) {
                        above(level, index, width);
                    }

                    @Override
                    public void leaves(long index, int width) {
                        above(0, index, width);
                    }

                    @Override
                    public void entries(long index, int width) {
                        files.put(
                                BundleLayout.entryBundle(tenant, index, width),
                                Tiles.encodeBundle(log.entries(index, width)));
                    }

                    @Override
                    public void above(int level, long index, int width) {
                        files.put(
                                BundleLayout.hashTile(tenant, level, index, width),
                                log.tile(level, index, width));
                    }
                });
    }

    private void writeAll(Path medium, Map<String, byte[]> files) {
        StringBuilder manifest = new StringBuilder();
        files.forEach((name, content) -> {
            write(folder(medium).resolve(name), content);
            manifest.append(Hex.encode(Sha256.hash(content)))
                    .append("  ")
                    .append(name)
                    .append('\n');
        });
        sealManifest(medium, spoilManifest.apply(manifest.toString()));
    }

    /** Signs this text as the manifest of the newest bundle. */
    void sealManifest(Path medium, String manifest) {
        byte[] bytes = manifest.getBytes(StandardCharsets.US_ASCII);
        String digest = Hex.encode(Sha256.hash(bytes));
        write(folder(medium).resolve(BundleLayout.manifest(number)), bytes);
        SignedNote signature =
                KindNote.sign(
                        statementKind,
                        spoilStatement.apply(
                                List.of(node, Long.toString(number), digest, previousDigest)),
                        statementSigners.isEmpty()
                                ? new NoteSigner[] {own.signers().getFirst()}
                                : statementSigners.toArray(NoteSigner[]::new));
        write(folder(medium).resolve(BundleLayout.manifestSignature(number)), signature.bytes());
        previous = OptionalLong.of(number);
        previousDigest = digest;
    }

    /** What must be in a map. */
    static <K, V> V at(Map<K, V> map, K key) {
        return Objects.requireNonNull(map.get(key), () -> "nothing for " + key);
    }

    static Path write(Path file, byte[] content) {
        try {
            Files.createDirectories(file.getParent());
            return Files.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
