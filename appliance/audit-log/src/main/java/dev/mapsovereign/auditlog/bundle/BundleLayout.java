package dev.mapsovereign.auditlog.bundle;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.Tiles;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of every file that an export puts on a medium; no other class spells one.
 *
 * <pre>
 * MAP-AUDIT/&lt;node&gt;/
 *   logs/&lt;tenant&gt;/tile/&lt;L&gt;/…  tile/entries/…  checkpoint
 *   bundle-&lt;n&gt;/manifest.txt  manifest.sig  bundle.json
 *             checkpoints/&lt;tenant&gt;/&lt;size&gt;
 *             rotations/&lt;tenant&gt;/&lt;size&gt;  rotations/_node/&lt;size&gt;.tlog-proof
 *             proofs/&lt;index&gt;.tlog-proof
 *             VERIFY.txt  verify.py  keys/&lt;tenant&gt;.vkeys
 *   receipts/&lt;station&gt;/&lt;n&gt;/&lt;tenant&gt;
 * </pre>
 *
 * <p>Paths are relative to {@code MAP-AUDIT/<node>/}, as manifests list them, with {@code /}
 * between parts. Names survive FAT32 with long names, exFAT, ext4 and ISO 9660 with Rock Ridge. The
 * page docs/reference/audit-bundle.md says what each file holds.
 */
public final class BundleLayout {
    /** The one folder that a medium gets from us. */
    public static final String TOP = "MAP-AUDIT";

    public static final String LOGS = "logs";
    public static final String RECEIPTS = "receipts";

    /** The first line of the manifest's signed note is {@code map/<this>/v1}. */
    public static final String MANIFEST_KIND = "bundle-manifest";

    /** Appended to the name of an entry bundle that was encrypted to recipients. */
    public static final String ENCRYPTED = ".age";

    /** The largest file that FAT32 holds. */
    public static final long FILE_BYTES_MAX = (1L << 32) - 1;

    /** Behind the name of a bundle folder that is still being written. */
    public static final String UNFINISHED = ".part";

    private static final String PROOF = ".tlog-proof";

    private static final Pattern BUNDLE = Pattern.compile("bundle-([1-9][0-9]{0,17})");
    private static final Pattern COMPONENT = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,63}");
    private static final Pattern STATION = Pattern.compile("[a-z0-9][a-z0-9.-]{0,40}");

    private BundleLayout() {}

    /** {@code MAP-AUDIT/<node>}, the only path here that starts at the medium. */
    public static String nodeFolder(String node) {
        return TOP + "/" + node;
    }

    /** {@code logs/<tenant>}. */
    public static String logFolder(TenantId tenant) {
        return LOGS + "/" + tenant.value();
    }

    /** The newest checkpoint of a tenant: a convenience, replaced by every export. */
    public static String checkpoint(TenantId tenant) {
        return logFolder(tenant) + "/checkpoint";
    }

    /** A hash tile; partial when {@code width} is below 256. */
    public static String hashTile(TenantId tenant, int level, long index, int width) {
        return logFolder(tenant) + "/" + Tiles.hashTilePath(level, index, width);
    }

    /** An entry bundle; partial when {@code width} is below 256. */
    public static String entryBundle(TenantId tenant, long index, int width) {
        return logFolder(tenant) + "/" + Tiles.entryBundlePath(index, width);
    }

    /** The name of an entry bundle encrypted to recipients. */
    public static String encrypted(String entryBundlePath) {
        return entryBundlePath + ENCRYPTED;
    }

    /**
     * {@code bundle-<n>}.
     *
     * @throws IllegalArgumentException for a number below 1
     */
    public static String bundleFolder(long number) {
        if (number < 1) {
            throw new IllegalArgumentException("exports are counted from 1, not " + number);
        }
        return "bundle-" + number;
    }

    /** Where a bundle's own files are written until all of it is on the medium. */
    public static String unfinishedBundleFolder(long number) {
        return bundleFolder(number) + UNFINISHED;
    }

    /** The number of a bundle folder's name; empty for any other name. */
    public static OptionalLong bundleNumber(String folderName) {
        Matcher matcher = BUNDLE.matcher(folderName);
        return matcher.matches()
                ? OptionalLong.of(Long.parseLong(matcher.group(1)))
                : OptionalLong.empty();
    }

    public static String manifest(long number) {
        return bundleFolder(number) + "/manifest.txt";
    }

    public static String manifestSignature(long number) {
        return bundleFolder(number) + "/manifest.sig";
    }

    public static String description(long number) {
        return bundleFolder(number) + "/bundle.json";
    }

    /** The checkpoint of one of the two sizes of a log's range. */
    public static String bundleCheckpoint(long number, TenantId tenant, long size) {
        return bundleFolder(number) + "/checkpoints/" + tenant.value() + "/" + size;
    }

    /** A checkpoint with the lines of an old and a new key. */
    public static String rotationCheckpoint(long number, TenantId tenant, long size) {
        return bundleFolder(number) + "/rotations/" + tenant.value() + "/" + size;
    }

    /** The {@code KeyRotated} record of {@code _node} under that rotation checkpoint. */
    public static String rotationProof(long number, long size) {
        return rotationCheckpoint(number, TenantId.NODE, size) + PROOF;
    }

    /** A record of {@code _node} that introduces keys, with its inclusion proof. */
    public static String keyRecordProof(long number, long index) {
        return bundleFolder(number) + "/proofs/" + index + PROOF;
    }

    /** How to check a medium by hand, for people: a convenience. */
    public static String verifyText(long number) {
        return bundleFolder(number) + "/VERIFY.txt";
    }

    /** A copy of the verifier: a convenience; one from a verified release is to be run instead. */
    public static String verifyProgram(long number) {
        return bundleFolder(number) + "/verify.py";
    }

    /** A log's verifier keys, one a line: a convenience. */
    public static String keys(long number, TenantId tenant) {
        return bundleFolder(number) + "/keys/" + tenant.value() + ".vkeys";
    }

    /**
     * The off-site cosignature of a log's checkpoint in one bundle.
     *
     * @throws IllegalArgumentException for a station's name that no folder should have
     */
    public static String receipt(String station, long number, TenantId tenant) {
        if (!STATION.matcher(station).matches()) {
            throw new IllegalArgumentException(
                    "a station's name is [a-z0-9][a-z0-9.-]{0,40}, not " + station);
        }
        if (number < 1) {
            throw new IllegalArgumentException("exports are counted from 1, not " + number);
        }
        return RECEIPTS + "/" + station + "/" + number + "/" + tenant.value();
    }

    /**
     * Whether a path has only components that every file system of a medium holds: {@code
     * [A-Za-z0-9._-]{1,64}}, none that begins with {@code -} or {@code .} or ends with {@code .}.
     */
    public static boolean isPortable(String path) {
        for (String component : path.split("/", -1)) {
            if (!COMPONENT.matcher(component).matches() || component.endsWith(".")) {
                return false;
            }
        }
        return true;
    }
}
