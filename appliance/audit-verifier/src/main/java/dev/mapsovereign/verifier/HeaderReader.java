package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleException;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.auditlog.bundle.BundleManifest;
import dev.mapsovereign.auditlog.record.KeyEpochs;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.NoteException;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.VerifierKey;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Goes from the keys in the trust file to a bundle's verified header (docs/reference/
 * audit-bundle.md §4 to §6). The order matters in one respect only: nothing of {@code bundle.json}
 * is believed until {@link #requireManifestSigned} has returned, and until then nothing is done
 * with it but to find the keys with which that can be asked.
 */
final class HeaderReader {
    private static final String KIND_LINE = "map/" + BundleLayout.MANIFEST_KIND + "/v1";
    private static final int NOTE_LINES = 5;

    private final Trust trust;
    private final MediumFolder folder;
    private final long number;
    private final Map<String, byte[]> files = new HashMap<>();

    private HeaderReader(Trust trust, MediumFolder folder, long number) {
        this.trust = trust;
        this.folder = folder;
        this.number = number;
    }

    static BundleHeader read(Trust trust, MediumFolder folder, long number)
            throws VerificationException {
        return new HeaderReader(trust, folder, number).read();
    }

    private BundleHeader read() throws VerificationException {
        SignedNote signature = note(BundleLayout.manifestSignature(number), false);
        List<String> lines = signatureLines(signature);
        requireKnownNode(signature, lines.get(1));
        Path signatureFile = folder.at(BundleLayout.manifestSignature(number));
        if (!lines.get(2).equals(Long.toString(number))) {
            throw refused(signatureFile, "signed for export " + lines.get(2));
        }
        String manifestDigest = ManifestReader.digest(folder, BundleLayout.manifest(number));
        if (!lines.get(3).equals(manifestDigest)) {
            throw refused(
                    folder.at(BundleLayout.manifest(number)),
                    "its SHA-256 is not the one that "
                            + BundleLayout.manifestSignature(number)
                            + " states");
        }
        BundleDescription description = readOwnFiles();
        requireAgree(description, lines);
        Map<TenantId, KeyEpochs> keys = acceptKeys(description);
        requireManifestSigned(signature, description, epochsOf(keys, TenantId.NODE));
        for (BundleDescription.Range range : description.ranges()) {
            requireSigned(range, epochsOf(keys, range.tenant()));
        }
        return new BundleHeader(folder, description, manifestDigest, lines.get(4), signature, keys);
    }

    /** The five lines of the manifest's note; nothing is known about who signed it. */
    private List<String> signatureLines(SignedNote signature) throws VerificationException {
        List<String> lines = new ArrayList<>(List.of(signature.text().split("\n", -1)));
        lines.removeLast();
        if (lines.size() != NOTE_LINES || !lines.getFirst().equals(KIND_LINE)) {
            throw refused(
                    folder.at(BundleLayout.manifestSignature(number)),
                    "not a note of the kind " + KIND_LINE);
        }
        return lines;
    }

    /**
     * A node of which the auditor has no key is unauthenticated. It is so only if the signature
     * lines name no key of the trust file either: else a changed node name would pass for unknown.
     */
    private void requireKnownNode(SignedNote signature, String node) throws VerificationException {
        String origin = node + "/" + TenantId.NODE;
        Set<String> names = new HashSet<>(Set.of(origin));
        signature.signatures().forEach(line -> names.add(line.name()));
        if (trust.policy().logs().stream().noneMatch(log -> names.contains(log.key().name()))) {
            throw VerificationException.unauthenticated(
                    folder.at(BundleLayout.manifestSignature(number)),
                    "the trust file has no key of the log " + origin);
        }
    }

    private BundleDescription readOwnFiles() throws VerificationException {
        String manifestName = BundleLayout.manifest(number);
        String descriptionName = BundleLayout.description(number);
        try (ManifestReader manifest = ManifestReader.open(folder, manifestName)) {
            byte[] bytes = readChecked(manifest, descriptionName, BundleDescription.BYTES_MAX);
            BundleDescription description = parse(bytes);
            if (description.number() != number) {
                throw refused(folder.at(descriptionName), "of another number than manifest.sig");
            }
            for (String name : description.ownFiles()) {
                if (!name.equals(descriptionName)) {
                    readChecked(manifest, name, Limits.PROOF_BYTES_MAX);
                }
            }
            return description;
        }
    }

    private BundleDescription parse(byte[] bytes) throws VerificationException {
        try {
            return BundleDescription.parse(bytes);
        } catch (BundleException e) {
            throw refused(
                    folder.at(BundleLayout.description(number)), String.valueOf(e.getMessage()));
        }
    }

    private byte[] readChecked(ManifestReader manifest, String name, int bytesMax)
            throws VerificationException {
        byte[] digest = manifest.expect(name);
        byte[] content = folder.read(name, bytesMax);
        if (!MessageDigest.isEqual(Sha256.hash(content), digest)) {
            throw refused(folder.at(name), "its SHA-256 is not the one in manifest.txt");
        }
        files.put(name, content);
        return content;
    }

    private void requireAgree(BundleDescription description, List<String> lines)
            throws VerificationException {
        boolean first = lines.get(4).equals(BundleManifest.NO_PREVIOUS);
        if (!description.node().equals(lines.get(1))
                || description.previous().isPresent() == first) {
            throw refused(
                    folder.at(BundleLayout.description(number)),
                    "node or previous bundle are not those of "
                            + folder.at(BundleLayout.manifestSignature(number)));
        }
    }

    private Map<TenantId, KeyEpochs> acceptKeys(BundleDescription description)
            throws VerificationException {
        BundleDescription.Range node = description.ranges().getFirst();
        String newest = BundleLayout.bundleCheckpoint(number, TenantId.NODE, node.to());
        List<VerifierKey> known = climb(node);
        if (trust.signersOf(checkpoint(newest, node.origin(), node.to()), known, folder.at(newest))
                .isEmpty()) {
            throw refused(
                    folder.at(newest), "not signed by a key that the trust file names or leads to");
        }
        Map<TenantId, KeyEpochs> keys = new HashMap<>();
        for (BundleDescription.Range range : description.ranges()) {
            keys.put(range.tenant(), epochs(range, content(newest)));
        }
        return keys;
    }

    /**
     * The keys of {@code _node} that follow from those in the trust file: a rotation counts when a
     * known key signed the checkpoint whose tree holds the record that states it.
     */
    private List<VerifierKey> climb(BundleDescription.Range node) throws VerificationException {
        List<VerifierKey> known = new ArrayList<>(trust.keysOf(node.origin()));
        for (long size : node.rotations()) {
            String name = BundleLayout.rotationCheckpoint(number, TenantId.NODE, size);
            String proof = BundleLayout.rotationProof(number, size);
            KeyRecord record = KeyRecord.proven(folder.at(proof), content(proof), content(name));
            SignedNote note = checkpoint(name, node.origin(), size);
            if (record.origin().equals(node.origin())
                    && !trust.signersOf(note, known, folder.at(name)).isEmpty()) {
                record.after().stream().filter(key -> !known.contains(key)).forEach(known::add);
            }
        }
        return known;
    }

    private KeyEpochs epochs(BundleDescription.Range range, byte[] newest)
            throws VerificationException {
        List<KeyEpochs.Epoch> epochs = new ArrayList<>();
        List<VerifierKey> before = List.of();
        long fromSize = 0;
        for (long index : range.keyRecords()) {
            String name = BundleLayout.keyRecordProof(number, index);
            KeyRecord record = KeyRecord.proven(folder.at(name), content(name), newest);
            if (record.index() != index
                    || !record.origin().equals(range.origin())
                    || !record.before().equals(before)
                    || record.fromSize() < fromSize) {
                throw refused(
                        folder.at(name), "not the key record of " + range.origin() + " due here");
            }
            before = record.after();
            fromSize = record.fromSize();
            epochs.add(new KeyEpochs.Epoch(fromSize, before));
        }
        return new KeyEpochs(epochs);
    }

    private void requireManifestSigned(
            SignedNote signature, BundleDescription description, KeyEpochs ofNode)
            throws VerificationException {
        Path file = folder.at(BundleLayout.manifestSignature(number));
        List<VerifierKey> keys =
                ofNode.inForce(description.ranges().getFirst().to()).stream()
                        .filter(key -> key.type() == VerifierKey.ED25519)
                        .toList();
        if (keys.isEmpty() || trust.signersOf(signature, keys, file).isEmpty()) {
            throw refused(file, "not signed by the Ed25519 key of " + TenantId.NODE);
        }
    }

    private void requireSigned(BundleDescription.Range range, KeyEpochs keys)
            throws VerificationException {
        for (VerifierKey key : trust.keysOf(range.origin())) {
            if (!keys.knows(key)) {
                throw refused(
                        folder.at(BundleLayout.description(number)),
                        range.origin() + " never had a key that the trust file names for it");
            }
        }
        for (int i = 0; i < range.rotations().size(); i++) {
            requireRotation(range, keys.epochs().get(i), keys.epochs().get(i + 1), i);
        }
        for (long size : range.checkpointSizes()) {
            requireCheckpoint(range, size, keys.inForce(size));
        }
    }

    private void requireRotation(
            BundleDescription.Range range, KeyEpochs.Epoch old, KeyEpochs.Epoch fresh, int i)
            throws VerificationException {
        long size = range.rotations().get(i);
        String name = BundleLayout.rotationCheckpoint(number, range.tenant(), size);
        List<VerifierKey> both = new ArrayList<>(old.keys());
        both.addAll(fresh.keys());
        if (size < fresh.fromSize()) {
            throw refused(folder.at(name), "a rotation before the size from which it is in force");
        }
        requireAll(checkpoint(name, range.origin(), size), both, folder.at(name));
    }

    private void requireCheckpoint(BundleDescription.Range range, long size, List<VerifierKey> keys)
            throws VerificationException {
        String name = BundleLayout.bundleCheckpoint(number, range.tenant(), size);
        SignedNote note = checkpoint(name, range.origin(), size);
        byte[] stated = size == range.to() ? range.toRoot() : range.fromRoot();
        if (!Arrays.equals(Checkpoint.parse(note.text()).root(), stated)) {
            throw refused(folder.at(name), "another root than in bundle.json");
        }
        requireAll(note, keys, folder.at(name));
        if (size == range.to() && !trust.quorumMet(note, folder.at(name))) {
            throw VerificationException.unauthenticated(
                    folder.at(name), "the quorum of witnesses in the trust file is not met");
        }
    }

    private void requireAll(SignedNote note, List<VerifierKey> keys, Path file)
            throws VerificationException {
        List<VerifierKey> missing = new ArrayList<>(keys);
        missing.removeAll(trust.signersOf(note, keys, file));
        if (!missing.isEmpty() || keys.stream().noneMatch(k -> k.type() == VerifierKey.ED25519)) {
            throw refused(file, "not signed by every key of the log that is in force");
        }
    }

    private SignedNote checkpoint(String name, String origin, long size)
            throws VerificationException {
        SignedNote note = note(name, true);
        try {
            Checkpoint checkpoint = Checkpoint.parse(note.text());
            if (checkpoint.origin().equals(origin) && checkpoint.size() == size) {
                return note;
            }
            throw refused(folder.at(name), "not a checkpoint of " + origin + " at size " + size);
        } catch (NoteException e) {
            throw refused(folder.at(name), String.valueOf(e.getMessage()));
        }
    }

    private SignedNote note(String name, boolean fromManifest) throws VerificationException {
        byte[] bytes = fromManifest ? content(name) : folder.read(name, Limits.NOTE_BYTES_MAX);
        try {
            return SignedNote.parse(bytes);
        } catch (NoteException e) {
            throw refused(folder.at(name), "not a signed note: " + e.getMessage());
        }
    }

    /** A file that {@link #readOwnFiles} has read and compared with the manifest. */
    private byte[] content(String name) throws VerificationException {
        byte[] content = files.get(name);
        if (content == null) {
            throw refused(folder.at(name), "not listed in manifest.txt");
        }
        return content;
    }

    private static KeyEpochs epochsOf(Map<TenantId, KeyEpochs> keys, TenantId tenant) {
        return Objects.requireNonNull(keys.get(tenant));
    }

    private static VerificationException refused(Path file, String message) {
        return VerificationException.refused(file, message);
    }
}
