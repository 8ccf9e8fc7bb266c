package dev.mapsovereign.registry.tuf;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A chain of roots that begins at a pinned one; each is signed by a threshold of the one before and
 * by a threshold of itself (TUF 1.0, 5.3). Immutable; {@link #extend} gives a longer chain.
 */
public final class TrustedRoots {
    private final Ed25519 ed25519;
    private final List<RootFile> chain;

    /**
     * One verified root.
     *
     * @param metadata what it says
     * @param bytes the file as it was signed
     */
    public record RootFile(RootMetadata metadata, byte[] bytes) {}

    private TrustedRoots(Ed25519 ed25519, List<RootFile> chain) {
        this.ed25519 = ed25519;
        this.chain = List.copyOf(chain);
    }

    /**
     * The chain that holds the pinned root alone. Its own signatures are checked too: a root file
     * damaged on its way into the configuration is noticed here.
     */
    public static TrustedRoots pinned(String file, byte[] bytes, Ed25519 ed25519) {
        SignedMetadata metadata = SignedMetadata.parse(file, bytes, Limits.ROOT_BYTES_MAX);
        RootMetadata root = RootMetadata.parse(file, metadata.signed());
        metadata.verify(file, RoleName.ROOT, root.keys(RoleName.ROOT), ed25519);
        return new TrustedRoots(ed25519, List.of(new RootFile(root, bytes)));
    }

    /** The newest root. */
    public RootMetadata newest() {
        return chain.getLast().metadata();
    }

    /** All roots from the pinned one on. */
    public List<RootFile> chain() {
        return chain;
    }

    /** This chain with every following root that {@code source} has. */
    public TrustedRoots extend(MetadataSource source) {
        List<RootFile> longer = new ArrayList<>(chain);
        while (longer.size() < Limits.ROOT_VERSIONS_MAX) {
            RootMetadata last = longer.getLast().metadata();
            String file = fileName(last.version() + 1);
            Optional<byte[]> bytes = source.read(file, Limits.ROOT_BYTES_MAX);
            if (bytes.isEmpty()) {
                return new TrustedRoots(ed25519, longer);
            }
            longer.add(next(file, bytes.get(), last));
        }
        throw new RegistryException(
                RegistryFault.OVERSIZE, "more than " + Limits.ROOT_VERSIONS_MAX + " roots");
    }

    private RootFile next(String file, byte[] bytes, RootMetadata last) {
        SignedMetadata metadata = SignedMetadata.parse(file, bytes, Limits.ROOT_BYTES_MAX);
        RootMetadata root = RootMetadata.parse(file, metadata.signed());
        if (root.version() != last.version() + 1) {
            throw new RegistryException(
                    RegistryFault.ROOT_GAP,
                    file + ": holds version " + root.version() + " after " + last.version());
        }
        metadata.verify(file, RoleName.ROOT, last.keys(RoleName.ROOT), ed25519);
        metadata.verify(file, RoleName.ROOT, root.keys(RoleName.ROOT), ed25519);
        return new RootFile(root, bytes);
    }

    /**
     * {@code floors} without those of roles whose keys changed in a root newer than {@code since}:
     * otherwise a thief who signed an absurdly high version could lock the role for ever (TUF 1.0,
     * 5.3.11).
     */
    public RoleFloors resetFloors(RoleFloors floors, long since) {
        RoleFloors kept = floors;
        for (int i = 1; i < chain.size(); i++) {
            RootMetadata before = chain.get(i - 1).metadata();
            RootMetadata after = chain.get(i).metadata();
            if (after.version() <= since) {
                continue;
            }
            for (RoleName role : List.of(RoleName.TIMESTAMP, RoleName.SNAPSHOT, RoleName.TARGETS)) {
                if (!before.keys(role).sameKeys(after.keys(role))) {
                    kept = kept.without(role);
                }
            }
        }
        return kept;
    }

    /** The name of a root file: {@code 3.root.json}. */
    public static String fileName(long version) {
        return version + ".root.json";
    }
}
