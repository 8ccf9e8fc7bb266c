package dev.mapsovereign.registry;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.FolderLock;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.registry.snapshot.SnapshotNames;
import dev.mapsovereign.registry.transfer.FolderSource;
import dev.mapsovereign.registry.transfer.Issuance;
import dev.mapsovereign.registry.transfer.MediumWriter;
import dev.mapsovereign.registry.tuf.RoleKeys;
import dev.mapsovereign.registry.tuf.RoleName;
import dev.mapsovereign.registry.tuf.RootMetadata;
import dev.mapsovereign.registry.tuf.SignedMetadata;
import dev.mapsovereign.registry.tuf.TrustedRoots;
import dev.mapsovereign.registry.tuf.VerifiedIssue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The publisher's side: keeps a registry in a folder and signs one issue after another. It works
 * where the publisher's keys are, never on a node that only mirrors. The folder can be carried as
 * it is: it holds the layout of a medium.
 *
 * <p>Not safe for use by several threads; a lock keeps other processes out.
 */
public final class RegistryPublisher {
    /** A stick a month, and a few days for the road. */
    public static final Duration VALIDITY_DEFAULT = Duration.ofDays(35);

    /** Roots are signed at ceremonies; a site must outlast several of them. */
    public static final Duration ROOT_VALIDITY_DEFAULT = Duration.ofDays(5 * 365);

    private final Path folder;
    private final Path metadata;
    private final Path targets;
    private final Ed25519 ed25519;
    private final Clock clock;

    /**
     * What one issue is made of.
     *
     * @param documents a folder of {@code *.json} files, one document each; all of the registry
     * @param revocations a file with a JSON array of new revocations, added to those before
     * @param signers keys for {@code targets}, {@code snapshot} and {@code timestamp}
     * @param validity how long the issue is good
     */
    public record IssueOrder(
            Path documents,
            Optional<Path> revocations,
            Map<RoleName, List<SigningKey>> signers,
            Duration validity) {
        public IssueOrder {
            signers = Map.copyOf(signers);
        }
    }

    /** A publisher that keeps its registry below {@code folder}. */
    public RegistryPublisher(Path folder, Ed25519 ed25519, Clock clock) {
        this.folder = folder;
        Path layout = folder.resolve(SnapshotNames.MEDIUM_FOLDER);
        this.metadata = layout.resolve(SnapshotNames.METADATA_FOLDER);
        this.targets = layout.resolve(SnapshotNames.TARGETS_FOLDER);
        this.ed25519 = ed25519;
        this.clock = clock;
    }

    /** The first root's file, which mirrors pin. */
    public Path rootFile() {
        return metadata.resolve(TrustedRoots.fileName(1));
    }

    /** Whether there is a root. */
    public boolean hasRoot() {
        return source().read(TrustedRoots.fileName(1), Limits.ROOT_BYTES_MAX).isPresent();
    }

    private FolderSource source() {
        return new FolderSource(metadata);
    }

    /** The newest root. */
    public RootMetadata root() {
        return roots().newest();
    }

    private TrustedRoots roots() {
        byte[] first =
                source().read(TrustedRoots.fileName(1), Limits.ROOT_BYTES_MAX)
                        .orElseThrow(() ->
                                new RegistryException(
                                        RegistryFault.NO_PINNED_ROOT,
                                        folder + " has no registry root yet"));
        return TrustedRoots.pinned(rootFile().toString(), first, ed25519).extend(source());
    }

    /**
     * Signs and writes the next root: version 1 in an empty folder, else one more than the newest.
     *
     * @param next its version must be that one
     * @param signers enough keys for the thresholds of the root before and of this one
     * @throws RegistryException {@code THRESHOLD}, {@code ROOT_GAP}
     */
    public void signRoot(RootMetadata next, List<SigningKey> signers) {
        alone(() -> {
            DurableFiles.createDirectories(metadata, Mode.PUBLIC);
            DurableFiles.createDirectories(targets, Mode.PUBLIC);
            byte[] bytes = SignedMetadata.sign(next.json(), signers).bytes();
            String name = TrustedRoots.fileName(next.version());
            requireNextRoot(next, name, bytes);
            DurableFiles.writeNew(metadata.resolve(name), bytes, Mode.PUBLIC);
            return name;
        });
    }

    /** Judges a root as a mirror would, before it is written. */
    private void requireNextRoot(RootMetadata next, String name, byte[] bytes) {
        long expected = hasRoot() ? root().version() + 1 : 1;
        if (next.version() != expected) {
            throw new RegistryException(
                    RegistryFault.ROOT_GAP,
                    "the next root has version " + expected + ", not " + next.version());
        }
        if (expected == 1) {
            TrustedRoots.pinned(name, bytes, ed25519);
        } else {
            roots().extend((wanted, max) ->
                    wanted.equals(name) ? Optional.of(bytes) : Optional.empty());
        }
    }

    /**
     * Makes the next issue. Everything a mirror would refuse is refused here before anything is
     * visible.
     *
     * @throws RegistryException {@code ORDER} if the order cannot be carried out, else what a
     *     mirror would say
     */
    public PublishReport issue(IssueOrder order) {
        return alone(() ->
                new Issuance(metadata, targets, ed25519, root(), newest())
                        .make(order, clock.instant()));
    }

    /** The newest issue, verified; empty before the first. */
    public Optional<VerifiedIssue> newest() {
        if (source().read(VerifiedIssue.TIMESTAMP_JSON, Limits.TIMESTAMP_BYTES_MAX).isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(readNewest());
    }

    /**
     * A root that was just signed may have given the roles other keys than signed the last issue.
     */
    private VerifiedIssue readNewest() {
        List<TrustedRoots.RootFile> newestFirst = roots().chain().reversed();
        for (TrustedRoots.RootFile root : newestFirst) {
            try {
                return VerifiedIssue.read(root.metadata(), source(), ed25519);
            } catch (RegistryException e) {
                if (e.fault() != RegistryFault.UNKNOWN_KEY
                        && e.fault() != RegistryFault.THRESHOLD) {
                    throw e;
                }
            }
        }
        throw new RegistryException(
                RegistryFault.UNKNOWN_KEY,
                "no root of " + folder + " vouches for its newest issue");
    }

    /**
     * Writes the newest issue to {@code medium}; what lies there already is not written again.
     *
     * @return bytes written
     */
    public long exportTo(Path medium) {
        return alone(() ->
                new MediumWriter(medium)
                        .write(
                                roots(),
                                newest().orElseThrow(() ->
                                        new RegistryException(
                                                RegistryFault.NO_SNAPSHOT,
                                                "no issue was made yet")),
                                targets));
    }

    /** A root that gives each role one key of its own; the usual beginning. */
    public static RootMetadata firstRoot(Map<RoleName, RoleKeys> roles, Instant now) {
        return new RootMetadata(1, now.plus(ROOT_VALIDITY_DEFAULT), roles, List.of());
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    private <T> T alone(Work<T> work) {
        try {
            DurableFiles.createDirectories(folder, Mode.PUBLIC);
            FolderLock lock = FolderLock.tryAcquire(folder).orElseThrow(this::busy);
            try {
                return work.run();
            } finally {
                lock.close();
            }
        } catch (IOException | UncheckedIOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "the registry in " + folder + " is not usable: " + e, e);
        }
    }

    private RegistryException busy() {
        return new RegistryException(
                RegistryFault.BUSY, "another process works on the registry in " + folder);
    }
}
