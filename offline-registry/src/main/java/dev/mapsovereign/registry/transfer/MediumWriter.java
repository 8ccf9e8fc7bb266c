package dev.mapsovereign.registry.transfer;

import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.registry.snapshot.IssueDescription;
import dev.mapsovereign.registry.snapshot.IssueDescription.Packed;
import dev.mapsovereign.registry.snapshot.SnapshotNames;
import dev.mapsovereign.registry.tuf.TrustedRoots;
import dev.mapsovereign.registry.tuf.VerifiedIssue;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * Lays an issue on a medium. The timestamp, which makes an issue the newest one, is written last: a
 * stick pulled before it still holds the issue it held. A second run goes on where the first ended.
 */
public final class MediumWriter {
    private static final String PARTIAL = "partial.tmp";

    private final Path layout;

    /** Writes below {@code medium}, in its folder {@code MAP-REGISTRY}. */
    public MediumWriter(Path medium) {
        layout = medium.resolve(SnapshotNames.MEDIUM_FOLDER);
    }

    /**
     * Writes roots, metadata and target files.
     *
     * @param targets where the target files lie
     * @return bytes written
     */
    public long write(TrustedRoots roots, VerifiedIssue issue, Path targets) throws IOException {
        Path metadataFolder = layout.resolve(SnapshotNames.METADATA_FOLDER);
        Path targetsFolder = layout.resolve(SnapshotNames.TARGETS_FOLDER);
        DurableFiles.createDirectories(metadataFolder, Mode.PUBLIC);
        DurableFiles.createDirectories(targetsFolder, Mode.PUBLIC);
        long written = 0;
        for (Packed target : all(IssueDescription.of(issue.targets()))) {
            written += copy(target, targets, targetsFolder);
        }
        for (TrustedRoots.RootFile root : roots.chain()) {
            String name = TrustedRoots.fileName(root.metadata().version());
            written += write(metadataFolder.resolve(name), root.bytes());
        }
        for (String name :
                List.of(
                        VerifiedIssue.targetsFile(issue.number()),
                        VerifiedIssue.snapshotFile(issue.number()),
                        VerifiedIssue.TIMESTAMP_JSON)) {
            written += write(metadataFolder.resolve(name), issue.file(name));
        }
        return written;
    }

    private static List<Packed> all(IssueDescription issue) {
        List<Packed> all = new ArrayList<>(issue.parts());
        all.add(issue.index());
        all.add(issue.revocations().packed());
        return all;
    }

    private static long write(Path file, byte[] bytes) throws IOException {
        DurableFiles.write(file, bytes, Mode.PUBLIC);
        return bytes.length;
    }

    /** Names hold the digest, so a file that is there and has it need not be written again. */
    private static long copy(Packed target, Path from, Path to) throws IOException {
        String name = target.file().carriedName(target.name());
        Path place = to.resolve(name);
        if (Files.exists(place, LinkOption.NOFOLLOW_LINKS) && holds(place, target)) {
            return 0;
        }
        Path partial = to.resolve(PARTIAL);
        Files.deleteIfExists(partial);
        Path copy = TargetFiles.copyAs(target, List.of(from), partial);
        DurableFiles.move(copy, place);
        return target.file().length();
    }

    private static boolean holds(Path file, Packed target) throws IOException {
        if (Files.size(file) != target.file().length()) {
            return false;
        }
        MessageDigest digest = Sha256.digest();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return MessageDigest.isEqual(digest.digest(), target.file().sha256());
    }
}
