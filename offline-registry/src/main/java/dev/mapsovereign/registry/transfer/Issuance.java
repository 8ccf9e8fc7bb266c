package dev.mapsovereign.registry.transfer;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.registry.EntityStatus;
import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.PublishReport;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import dev.mapsovereign.registry.RegistryPublisher.IssueOrder;
import dev.mapsovereign.registry.SigningKey;
import dev.mapsovereign.registry.document.DocumentException;
import dev.mapsovereign.registry.document.OasDocument;
import dev.mapsovereign.registry.snapshot.IssueDescription;
import dev.mapsovereign.registry.snapshot.IssueDescription.Packed;
import dev.mapsovereign.registry.snapshot.Leaf;
import dev.mapsovereign.registry.snapshot.Revocation;
import dev.mapsovereign.registry.snapshot.Unpacking;
import dev.mapsovereign.registry.tuf.FileReference;
import dev.mapsovereign.registry.tuf.MetadataSource;
import dev.mapsovereign.registry.tuf.RoleName;
import dev.mapsovereign.registry.tuf.RootMetadata;
import dev.mapsovereign.registry.tuf.SignedMetadata;
import dev.mapsovereign.registry.tuf.SnapshotMetadata;
import dev.mapsovereign.registry.tuf.TargetsMetadata;
import dev.mapsovereign.registry.tuf.TimestampMetadata;
import dev.mapsovereign.registry.tuf.VerifiedIssue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Makes one issue from a folder of documents and the issue before. For one use. */
public final class Issuance {
    private static final int REVOCATIONS_INPUT_BYTES_MAX = 64 * 1024 * 1024;

    private final Path metadata;
    private final Path targets;
    private final Ed25519 ed25519;
    private final RootMetadata root;
    private final Optional<VerifiedIssue> before;

    /** By key in ascending order: where the document lies and how it was read. */
    private final TreeMap<byte[], Source> sources = new TreeMap<>(Arrays::compareUnsigned);

    private long bytes;

    private record Source(Path file, Leaf leaf, AgentDid did) {}

    /** In the publisher's folders, under its newest root and after its newest issue, if any. */
    public Issuance(
            Path metadata,
            Path targets,
            Ed25519 ed25519,
            RootMetadata root,
            Optional<VerifiedIssue> before) {
        this.metadata = metadata;
        this.targets = targets;
        this.ed25519 = ed25519;
        this.root = root;
        this.before = before;
    }

    /** Makes the issue and writes it; the timestamp, which makes it the newest, comes last. */
    public PublishReport make(IssueOrder order, Instant now) throws IOException {
        Optional<IssueDescription> descriptionBefore =
                before.map(issue -> IssueDescription.of(issue.targets()));
        Map<AgentDid, Revocation> revocations = revocations(order, descriptionBefore);
        List<Revocation> list = sorted(revocations);
        boolean same =
                descriptionBefore
                        .filter(it -> Arrays.equals(it.revocations().sha256(), digest(list)))
                        .isPresent();
        readDocuments(order.documents(), revocations);
        addTombstones(revocations);
        requireAllKnown(revocations);
        List<Leaf> leaves = sources.values().stream().map(Source::leaf).toList();
        if (leaves.isEmpty()) {
            throw order("no document in " + order.documents());
        }
        succeed(descriptionBefore);

        IssueWriter writer = new IssueWriter(targets, bytes);
        Packed index = writer.write(leaves, this::content);
        long listNumber = descriptionBefore.map(it -> it.revocations().number()).orElse(0L);
        Instant listDate = descriptionBefore.map(it -> it.revocations().date()).orElse(now);
        IssueDescription description =
                writer.describe(
                        before.map(VerifiedIssue::number).orElse(0L) + 1,
                        now,
                        index,
                        writer.write(
                                list, same ? listNumber : listNumber + 1, same ? listDate : now));
        Instant expires = now.plus(order.validity());
        publish(writer.targets(description, expires), expires, order);
        return new PublishReport(description, expires, writer.reused());
    }

    private static RegistryException order(String what) {
        return new RegistryException(RegistryFault.ORDER, what);
    }

    private Map<AgentDid, Revocation> revocations(
            IssueOrder order, Optional<IssueDescription> before) throws IOException {
        Map<AgentDid, Revocation> all = new LinkedHashMap<>();
        if (before.isPresent()) {
            Packed packed = before.get().revocations().packed();
            Path file = targets.resolve(packed.file().carriedName(packed.name()));
            try (RevocationCursor cursor = new RevocationCursor(Unpacking.open(file, packed))) {
                while (cursor.current().isPresent()) {
                    all.put(cursor.current().get().did(), cursor.current().get());
                    cursor.advance();
                }
            }
        }
        root.lifts().forEach(lift -> liftIfBefore(all, lift, before));
        if (order.revocations().isPresent()) {
            for (Revocation added : readRevocations(order.revocations().get())) {
                all.merge(added.did(), added, Issuance::worse);
            }
        }
        return all;
    }

    private static void liftIfBefore(
            Map<AgentDid, Revocation> all,
            RootMetadata.Lift lift,
            Optional<IssueDescription> before) {
        if (before.filter(it -> it.revocations().number() <= lift.number()).isPresent()) {
            all.remove(lift.did());
        }
    }

    private static Revocation worse(Revocation old, Revocation added) {
        return added.status().compareTo(old.status()) > 0 ? added : old;
    }

    private static List<Revocation> readRevocations(Path file) throws IOException {
        List<Revocation> added = new ArrayList<>();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(REVOCATIONS_INPUT_BYTES_MAX);
            JsonValue json =
                    JsonReader.parse(
                            content, new JsonReader.Limits(4, REVOCATIONS_INPUT_BYTES_MAX));
            if (!(json instanceof JsonArray array)) {
                throw order(file + ": not an array of revocations");
            }
            for (JsonValue value : array.values()) {
                if (!(value instanceof JsonObject one)) {
                    throw order(file + ": not an array of revocations");
                }
                added.add(Revocation.of(one));
            }
            return added;
        } catch (JsonException | IllegalArgumentException | DateTimeParseException e) {
            throw new RegistryException(RegistryFault.ORDER, file + ": " + e.getMessage(), e);
        }
    }

    private void readDocuments(Path folder, Map<AgentDid, Revocation> revocations)
            throws IOException {
        List<Path> files;
        try (Stream<Path> listed = Files.list(folder)) {
            files = listed.filter(file -> file.toString().endsWith(".json")).sorted().toList();
        }
        for (Path file : files) {
            OasDocument document = readVerified(file);
            EntityStatus status = document.status();
            Revocation revocation = revocations.get(document.did());
            if (revocation != null) {
                status = status.worse(revocation.status());
            }
            if (status == EntityStatus.TOMBSTONE) {
                continue;
            }
            Leaf leaf =
                    new Leaf(
                            Leaf.keyOf(document.did()),
                            document.digest(),
                            document.sequence(),
                            status);
            Source other = sources.put(leaf.key(), new Source(file, leaf, document.did()));
            if (other != null) {
                throw new RegistryException(
                        RegistryFault.DUPLICATE_DID,
                        document.did() + " stands in " + other.file() + " and in " + file);
            }
            bytes += document.bytes().length;
        }
    }

    private OasDocument readVerified(Path file) throws IOException {
        OasDocument document = read(file);
        try {
            document.verifyProof(ed25519);
            return document;
        } catch (DocumentException e) {
            throw new RegistryException(
                    RegistryFault.DOCUMENT,
                    file + ": " + e.fault().wire() + ": " + e.getMessage(),
                    e);
        }
    }

    private static OasDocument read(Path file) throws IOException {
        try (InputStream in = PlainFile.open(file)) {
            return OasDocument.parse(in.readNBytes(Limits.DOCUMENT_BYTES_MAX + 1));
        } catch (DocumentException e) {
            throw new RegistryException(
                    RegistryFault.DOCUMENT,
                    file + ": " + e.fault().wire() + ": " + e.getMessage(),
                    e);
        }
    }

    private void addTombstones(Map<AgentDid, Revocation> revocations) {
        for (Revocation revocation : revocations.values()) {
            if (revocation.status() == EntityStatus.TOMBSTONE) {
                Leaf leaf = Leaf.tombstone(revocation.did(), revocation.sequence());
                sources.put(leaf.key(), new Source(targets, leaf, revocation.did()));
            }
        }
    }

    private void requireAllKnown(Map<AgentDid, Revocation> revocations) {
        for (AgentDid did : revocations.keySet()) {
            if (!sources.containsKey(Leaf.keyOf(did))) {
                throw order(did + " is to be revoked and has no document");
            }
        }
    }

    /** The rules that every mirror applies to this issue after the one before. */
    private void succeed(Optional<IssueDescription> before) throws IOException {
        if (before.isEmpty()) {
            return;
        }
        Packed index = before.get().index();
        byte[] old;
        try (InputStream in =
                Unpacking.open(targets.resolve(index.file().carriedName(index.name())), index)) {
            old = in.readAllBytes();
        }
        long number = before.get().revocations().number();
        Succession succession =
                new Succession(
                        Succession.Leaves.of(old),
                        key ->
                                root.lifts().stream()
                                        .filter(lift -> lift.number() >= number)
                                        .anyMatch(lift ->
                                                Arrays.equals(Leaf.keyOf(lift.did()), key)));
        sources.values().forEach(source -> succession.next(source.leaf(), source.did().text()));
        succession.end();
    }

    /** Reads a document a second time; between both readings it must not have changed. */
    private byte[] content(Leaf leaf) throws IOException {
        Source source = sources.get(leaf.key());
        if (source == null) {
            throw new IllegalStateException("a leaf without a source: " + Hex.encode(leaf.key()));
        }
        byte[] content = read(source.file()).bytes();
        if (!Arrays.equals(Sha256.hash(content), leaf.digest())) {
            throw order(source.file() + " was changed while the issue was made");
        }
        return content;
    }

    private static List<Revocation> sorted(Map<AgentDid, Revocation> revocations) {
        TreeMap<byte[], Revocation> sorted = new TreeMap<>(Arrays::compareUnsigned);
        revocations.forEach((did, revocation) -> sorted.put(Leaf.keyOf(did), revocation));
        return List.copyOf(sorted.values());
    }

    private static byte[] digest(List<Revocation> list) {
        MessageDigest digest = Sha256.digest();
        for (Revocation revocation : list) {
            digest.update(revocation.line());
            digest.update((byte) '\n');
        }
        return digest.digest();
    }

    private void publish(TargetsMetadata listed, Instant expires, IssueOrder order)
            throws IOException {
        long number = listed.version();
        Map<String, byte[]> files = new LinkedHashMap<>();
        byte[] targetsFile = sign(RoleName.TARGETS, listed.json(), order);
        files.put(VerifiedIssue.targetsFile(number), targetsFile);
        SnapshotMetadata snapshot =
                new SnapshotMetadata(number, expires, FileReference.to(number, targetsFile));
        byte[] snapshotFile = sign(RoleName.SNAPSHOT, snapshot.json(), order);
        files.put(VerifiedIssue.snapshotFile(number), snapshotFile);
        TimestampMetadata timestamp =
                new TimestampMetadata(number, expires, FileReference.to(number, snapshotFile));
        files.put(VerifiedIssue.TIMESTAMP_JSON, sign(RoleName.TIMESTAMP, timestamp.json(), order));

        MetadataSource made = (name, max) -> Optional.ofNullable(files.get(name));
        VerifiedIssue.read(root, made, ed25519);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            DurableFiles.write(metadata.resolve(file.getKey()), file.getValue(), Mode.PUBLIC);
        }
    }

    private static byte[] sign(RoleName role, JsonObject signed, IssueOrder order) {
        List<SigningKey> signers = order.signers().getOrDefault(role, List.of());
        return SignedMetadata.sign(signed, signers).bytes();
    }
}
