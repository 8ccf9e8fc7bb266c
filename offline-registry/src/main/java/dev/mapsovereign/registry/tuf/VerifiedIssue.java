package dev.mapsovereign.registry.tuf;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The three files of one issue, verified against a root and against each other (TUF 1.0, 5.4–5.6).
 *
 * @param root the root that vouches
 * @param timestamp the newest snapshot
 * @param snapshot the state
 * @param targets its files
 * @param files the bytes by name on the medium
 */
public record VerifiedIssue(
        RootMetadata root,
        TimestampMetadata timestamp,
        SnapshotMetadata snapshot,
        TargetsMetadata targets,
        Map<String, byte[]> files) {
    /** Name of the one metadata file without a version in its name. */
    public static final String TIMESTAMP_JSON = "timestamp.json";

    public VerifiedIssue {
        files = Map.copyOf(files);
    }

    /** The issue's number: the version of all three files. */
    public long number() {
        return timestamp.version();
    }

    /** The name of the issue's snapshot file: {@code 12.snapshot.json}. */
    public static String snapshotFile(long number) {
        return number + "." + TimestampMetadata.SNAPSHOT_JSON;
    }

    /** The name of the issue's targets file: {@code 12.targets.json}. */
    public static String targetsFile(long number) {
        return number + "." + SnapshotMetadata.TARGETS_JSON;
    }

    /**
     * Reads and verifies the issue that {@code source} holds. Dates are not judged here: a mirror
     * goes on serving what expired, an import does not take it.
     */
    public static VerifiedIssue read(RootMetadata root, MetadataSource source, Ed25519 ed25519) {
        byte[] timestampFile = required(source, TIMESTAMP_JSON, Limits.TIMESTAMP_BYTES_MAX);
        Opening opening = new Opening(root, ed25519);
        TimestampMetadata timestamp =
                TimestampMetadata.parse(
                        TIMESTAMP_JSON,
                        opening.open(RoleName.TIMESTAMP, TIMESTAMP_JSON, timestampFile));

        String snapshotName = snapshotFile(timestamp.snapshot().version());
        byte[] snapshotFile = required(source, snapshotName, Limits.SNAPSHOT_BYTES_MAX);
        timestamp.snapshot().verify(snapshotName, snapshotFile);
        SnapshotMetadata snapshot =
                SnapshotMetadata.parse(
                        snapshotName, opening.open(RoleName.SNAPSHOT, snapshotName, snapshotFile));

        String targetsName = targetsFile(snapshot.targets().version());
        byte[] targetsFile = required(source, targetsName, Limits.TARGETS_BYTES_MAX);
        snapshot.targets().verify(targetsName, targetsFile);
        TargetsMetadata targets =
                TargetsMetadata.parse(
                        targetsName, opening.open(RoleName.TARGETS, targetsName, targetsFile));

        sameIssue(snapshotName, timestamp.snapshot().version(), snapshot.version());
        sameIssue(targetsName, snapshot.targets().version(), targets.version());
        sameIssue(TIMESTAMP_JSON, timestamp.version(), snapshot.version());
        sameIssue(snapshotName, snapshot.version(), targets.version());
        Map<String, byte[]> files =
                Map.of(
                        TIMESTAMP_JSON, timestampFile,
                        snapshotName, snapshotFile,
                        targetsName, targetsFile);
        return new VerifiedIssue(root, timestamp, snapshot, targets, files);
    }

    /** Opens a file by the keys of its role. */
    private record Opening(RootMetadata root, Ed25519 ed25519) {
        JsonObject open(RoleName role, String name, byte[] bytes) {
            SignedMetadata file = SignedMetadata.parse(name, bytes, Limits.TARGETS_BYTES_MAX);
            file.verify(name, role, root.keys(role), ed25519);
            return file.signed();
        }
    }

    private static byte[] required(MetadataSource source, String name, int bytesMax) {
        return source.read(name, bytesMax)
                .orElseThrow(() ->
                        new RegistryException(
                                RegistryFault.MISSING_FILE, "metadata/" + name + " is missing"));
    }

    private static void sameIssue(String file, long expected, long actual) {
        if (expected != actual) {
            throw new RegistryException(
                    RegistryFault.MIXED,
                    file
                            + ": version "
                            + actual
                            + " beside version "
                            + expected
                            + "; one issue has one number");
        }
    }

    /**
     * Checks that nothing here is older than what was accepted before.
     *
     * @throws RegistryException {@code ROLLED_BACK}, {@code EQUIVOCATION}
     */
    public void checkFloors(RoleFloors floors) {
        floors.check(TIMESTAMP_JSON, RoleName.TIMESTAMP, number(), file(TIMESTAMP_JSON));
        floors.check(
                snapshotFile(number()), RoleName.SNAPSHOT, number(), file(snapshotFile(number())));
        floors.check(
                targetsFile(number()), RoleName.TARGETS, number(), file(targetsFile(number())));
    }

    /** {@code floors} raised to this issue. */
    public RoleFloors raise(RoleFloors floors) {
        return floors.raised(RoleName.TIMESTAMP, number(), file(TIMESTAMP_JSON))
                .raised(RoleName.SNAPSHOT, number(), file(snapshotFile(number())))
                .raised(RoleName.TARGETS, number(), file(targetsFile(number())));
    }

    /**
     * Checks the dates of all four roles.
     *
     * @throws RegistryException {@code EXPIRED} naming the role and its date
     */
    public void checkDates(Instant now) {
        checkDate(RoleName.ROOT, root.expires(), now);
        checkDate(RoleName.TIMESTAMP, timestamp.expires(), now);
        checkDate(RoleName.SNAPSHOT, snapshot.expires(), now);
        checkDate(RoleName.TARGETS, targets.expires(), now);
    }

    private static void checkDate(RoleName role, Instant expires, Instant now) {
        if (!now.isBefore(expires)) {
            throw new RegistryException(
                    RegistryFault.EXPIRED,
                    role.wire() + " expired at " + expires + "; now is " + now);
        }
    }

    /** The earliest end among the four roles. */
    public Instant expires() {
        return Stream.of(root.expires(), timestamp.expires(), snapshot.expires(), targets.expires())
                .min(Instant::compareTo)
                .orElseThrow();
    }

    /** The bytes of one of the three files. */
    public byte[] file(String name) {
        byte[] bytes = files.get(name);
        if (bytes == null) {
            throw new IllegalStateException("an issue without " + name);
        }
        return bytes;
    }
}
