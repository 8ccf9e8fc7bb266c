package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleException;
import dev.mapsovereign.auditlog.bundle.BundleFolder;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.KindNote;
import dev.mapsovereign.base.note.NoteException;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.VerifierKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a medium is and what it holds already, and from whom. Reads only.
 *
 * @param folder the medium's folder as the operator named it
 * @param identity of the medium, to be compared later
 * @param nodeFolder {@code MAP-AUDIT/<node>} on it, which may not exist yet
 * @param bundles of this node, by ascending number, all with our valid signature
 * @param unfinished numbers of {@code bundle-<n>.part} folders
 * @param otherNodes whose folders are there as well
 */
record MediumSurvey(
        Path folder,
        MediumIdentity identity,
        Path nodeFolder,
        String fileSystem,
        long freeBytes,
        long blockBytes,
        List<OwnBundle> bundles,
        List<Long> unfinished,
        List<String> otherNodes) {
    private static final int HEX_DIGITS = 64;

    MediumSurvey {
        bundles = List.copyOf(bundles);
        unfinished = List.copyOf(unfinished);
        otherNodes = List.copyOf(otherNodes);
    }

    /**
     * Looks at a medium.
     *
     * @throws OperatorException environment, if it is no folder that can be written; tampering, if
     *     it has a bundle of ours that does not verify
     * @throws IOException if the medium fails or is taken away meanwhile
     */
    static MediumSurvey of(Path folder, AuditLog log) throws IOException {
        requireUsable(folder);
        Path top = folder.resolve(BundleLayout.TOP);
        Path nodeFolder = folder.resolve(BundleLayout.nodeFolder(log.node()));
        requirePlain(top);
        requirePlain(nodeFolder);
        FileStore store = Files.getFileStore(folder);
        boolean known = Files.isDirectory(nodeFolder, LinkOption.NOFOLLOW_LINKS);
        MediumIdentity identity = MediumIdentity.of(folder);
        return new MediumSurvey(
                folder,
                identity,
                nodeFolder,
                store.type(),
                store.getUsableSpace(),
                blockBytes(store),
                known ? bundles(folder, identity, new BundleFolder(nodeFolder), log) : List.of(),
                known ? unfinished(nodeFolder) : List.of(),
                otherNodes(top, log.node()));
    }

    /** The last bundle of this node on it. */
    Optional<OwnBundle> newest() {
        return bundles.isEmpty() ? Optional.empty() : Optional.of(bundles.getLast());
    }

    /** Up to where this medium holds a log, by its bundles; 0 for nothing. */
    long heldUpTo(TenantId tenant) {
        return bundles.reversed().stream()
                .flatMap(bundle -> bundle.description().range(tenant).stream())
                .mapToLong(BundleDescription.Range::to)
                .findFirst()
                .orElse(0);
    }

    /** The largest number of a bundle on it, finished or not; 0 without one. */
    long largestNumber() {
        long finished = newest().map(OwnBundle::number).orElse(0L);
        return Math.max(finished, unfinished.stream().mapToLong(n -> n).max().orElse(0));
    }

    private static void requireUsable(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "no folder " + folder,
                    "mount the medium first, and name the folder it is mounted at");
        }
        if (!Files.isWritable(folder)) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "cannot write to " + folder,
                    "is the medium write-protected, or mounted read-only?");
        }
    }

    private static void requirePlain(Path folder) {
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)
                && !Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            throw new OperatorException(
                    ExitCode.TAMPERING, folder + " is a link or a file where a folder has to be");
        }
    }

    private static long blockBytes(FileStore store) throws IOException {
        try {
            return store.getBlockSize();
        } catch (UnsupportedOperationException e) {
            return 4096;
        }
    }

    private static List<Long> unfinished(Path nodeFolder) throws IOException {
        List<Long> numbers = new ArrayList<>();
        try (DirectoryStream<Path> entries =
                Files.newDirectoryStream(nodeFolder, "*" + BundleLayout.UNFINISHED)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                String bundle = name.substring(0, name.length() - BundleLayout.UNFINISHED.length());
                BundleLayout.bundleNumber(bundle).ifPresent(numbers::add);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        numbers.sort(null);
        return numbers;
    }

    private static List<String> otherNodes(Path top, String node) throws IOException {
        List<String> nodes = new ArrayList<>();
        if (Files.isDirectory(top, LinkOption.NOFOLLOW_LINKS)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(top)) {
                for (Path entry : entries) {
                    String name = String.valueOf(entry.getFileName());
                    if (!name.equals(node) && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                        nodes.add(name);
                    }
                }
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            }
        }
        nodes.sort(null);
        return nodes;
    }

    private static List<OwnBundle> bundles(
            Path medium, MediumIdentity identity, BundleFolder folder, AuditLog log)
            throws IOException {
        List<OwnBundle> bundles = new ArrayList<>();
        for (long number : folder.bundleNumbers()) {
            try {
                bundles.add(bundle(folder, number, log));
            } catch (IOException e) {
                requireThere(medium, identity, e);
                throw changed(folder, number, e);
            } catch (NoteException | BundleException e) {
                throw changed(folder, number, e);
            }
        }
        return bundles;
    }

    /** A stick that fails or is pulled while it is looked at was not tampered with. */
    private static void requireThere(Path medium, MediumIdentity identity, IOException e)
            throws IOException {
        if (MediumErrors.isOfTheDevice(e)) {
            throw e;
        }
        if (!identity.equals(MediumIdentity.of(medium))) {
            throw MediumErrors.gone(medium, e);
        }
    }

    private static OperatorException changed(BundleFolder folder, long number, Exception e) {
        return new OperatorException(
                ExitCode.TAMPERING,
                folder.at(BundleLayout.bundleFolder(number))
                        + " on this medium is not what was exported: "
                        + e.getMessage(),
                "nothing was changed; keep the medium as evidence and use another one");
    }

    private static OwnBundle bundle(BundleFolder folder, long number, AuditLog log)
            throws IOException {
        SignedNote signature =
                SignedNote.parse(
                        folder.read(BundleLayout.manifestSignature(number), Limits.NOTE_BYTES_MAX));
        ManifestStart manifest = ManifestStart.read(folder, number);
        byte[] description =
                folder.read(BundleLayout.description(number), BundleDescription.BYTES_MAX);
        BundleDescription described = BundleDescription.parse(description);
        List<String> lines = open(signature, log, described.ranges().getFirst().to());
        String due = Hex.encode(Sha256.hash(description)) + "  " + BundleLayout.description(number);
        if (lines.size() != 4
                || !lines.get(0).equals(log.node())
                || !lines.get(1).equals(Long.toString(number))
                || !lines.get(2).equals(manifest.digest())
                || !manifest.firstLine().equals(due)) {
            throw new BundleException("manifest.sig, manifest.txt and bundle.json do not agree");
        }
        return new OwnBundle(described, manifest.digest());
    }

    /**
     * The manifest's lines.
     *
     * @param size of {@code _node} in that bundle, which says which keys were in force; a key that
     *     was stolen after it was replaced must not pass for ours
     */
    private static List<String> open(SignedNote signature, AuditLog log, long size) {
        NoteException last = new NoteException("no Ed25519 key of our own");
        for (VerifierKey key : log.keyEpochs(TenantId.NODE).inForce(size)) {
            if (key.type() == VerifierKey.ED25519) {
                try {
                    return KindNote.open(signature, BundleLayout.MANIFEST_KIND, key, Ed25519.jdk());
                } catch (NoteException e) {
                    last = e;
                }
            }
        }
        throw last;
    }

    /** The first line of a manifest and the digest of all of it. */
    private record ManifestStart(String firstLine, String digest) {
        static ManifestStart read(BundleFolder folder, long number) throws IOException {
            String name = BundleLayout.manifest(number);
            MessageDigest digest = Sha256.digest();
            byte[] head = new byte[HEX_DIGITS + 256];
            int headLength;
            try (InputStream in = folder.open(name, Limits.MANIFEST_BYTES_MAX)) {
                headLength = in.readNBytes(head, 0, head.length);
                digest.update(head, 0, headLength);
                byte[] buffer = new byte[1 << 16];
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    digest.update(buffer, 0, read);
                }
            }
            String text = new String(head, 0, headLength, StandardCharsets.ISO_8859_1);
            int end = text.indexOf('\n');
            return new ManifestStart(
                    end < 0 ? "" : text.substring(0, end), Hex.encode(digest.digest()));
        }
    }

    /** The convenience checkpoint of a log, if there is one with our signature. */
    Optional<SignedNote> convenience(TenantId tenant, AuditLog log) throws IOException {
        String name = BundleLayout.checkpoint(tenant);
        if (!Files.exists(nodeFolder.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try {
            SignedNote note =
                    SignedNote.parse(
                            new BundleFolder(nodeFolder).read(name, Limits.NOTE_BYTES_MAX));
            long size = Checkpoint.parse(note.text()).size();
            boolean ours =
                    log.keyEpochs(tenant).inForce(size).stream()
                            .filter(key -> key.type() == VerifierKey.ED25519)
                            .anyMatch(key -> note.verifies(key, Ed25519.jdk()));
            return ours ? Optional.of(note) : Optional.empty();
        } catch (NoteException e) {
            // Whatever else stands there, it is no statement of ours.
            return Optional.empty();
        }
    }
}
