package dev.mapsovereign.auditlog.bundle;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.Tiles;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of every file that an export puts on a medium; no other class spells one.
 *
 * <pre>
 * MAP-AUDIT/&lt;node&gt;/
 *   logs/&lt;tenant&gt;/tile/&lt;L&gt;/…  tile/entries/…  checkpoint       C2SP tlog-tiles, grows from export to export
 *   bundle-&lt;n&gt;/manifest.txt  manifest.sig  bundle.json
 *             checkpoints/&lt;tenant&gt;/&lt;size&gt;                       of both sizes of the exported range
 *             rotations/&lt;tenant&gt;/&lt;size&gt;                         that carry an old and a new key's lines
 *   receipts/&lt;station&gt;/&lt;n&gt;/&lt;tenant&gt;                             what comes back
 *   keys/&lt;tenant&gt;.vkeys  VERIFY.txt  verify.py                  conveniences that nobody should trust
 * </pre>
 *
 * <p>Paths in a manifest are relative to {@code MAP-AUDIT/<node>/}, with {@code /} between parts;
 * all methods here give such paths. Names use {@code [A-Za-z0-9._-]} only and stay unique when case
 * is ignored, so that FAT, exFAT, ext4 and ISO 9660 with Rock Ridge hold them alike.
 */
public final class BundleLayout {
    /** The one folder that a medium gets from us. */
    public static final String TOP = "MAP-AUDIT";

    public static final String LOGS = "logs";
    public static final String RECEIPTS = "receipts";
    public static final String KEYS = "keys";

    /** How to check a medium by hand, for people. */
    public static final String VERIFY_TEXT = "VERIFY.txt";

    /** A copy of the verifier; one from a verified release is to be run instead. */
    public static final String VERIFY_PROGRAM = "verify.py";

    /** The first line of the manifest's signed note is {@code map/<this>/v1}. */
    public static final String MANIFEST_KIND = "bundle-manifest";

    /** Appended to the name of an entry bundle that was encrypted to recipients. */
    public static final String ENCRYPTED = ".age";

    /** The largest file that FAT32 holds. */
    public static final long FILE_BYTES_MAX = (1L << 32) - 1;

    /** Added while a bundle is being written; renamed away when it is whole. */
    private static final String UNFINISHED = ".partial";

    private static final Pattern BUNDLE = Pattern.compile("bundle-([1-9][0-9]{0,17})");
    private static final Pattern PATH =
            Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*");
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

    /** The newest checkpoint of a tenant: a convenience, changed by every export. */
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

    /** {@code bundle-<n>}. */
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

    /** The checkpoint of one of the two sizes of a tenant's range. */
    public static String bundleCheckpoint(long number, TenantId tenant, long size) {
        return bundleFolder(number) + "/checkpoints/" + tenant.value() + "/" + size;
    }

    /** A checkpoint with the lines of an old and a new key. */
    public static String rotationCheckpoint(long number, TenantId tenant, long size) {
        return bundleFolder(number) + "/rotations/" + tenant.value() + "/" + size;
    }

    /**
     * The off-site cosignature of a tenant's checkpoint in one bundle.
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

    /** A tenant's verifier keys, one a line: a convenience. */
    public static String keys(TenantId tenant) {
        return KEYS + "/" + tenant.value() + ".vkeys";
    }

    /**
     * The tenant whose log a path lies in; empty for a path outside {@code logs/} or one that no
     * tenant can have.
     */
    public static Optional<TenantId> tenantOf(String path) {
        String[] parts = path.split("/", 3);
        if (parts.length < 3 || !parts[0].equals(LOGS)) {
            return Optional.empty();
        }
        try {
            return Optional.of(TenantId.of(parts[1]));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * Whether a path may stand in a manifest: plain names, no {@code ..}, nothing hidden, nothing
     * absolute, nothing that a later export changes.
     */
    public static boolean isListable(String path) {
        return PATH.matcher(path).matches() && !isConvenience(path);
    }

    /** Whether a file only helps people and proves nothing; manifests leave it out. */
    public static boolean isConvenience(String path) {
        return path.equals(VERIFY_TEXT)
                || path.equals(VERIFY_PROGRAM)
                || path.startsWith(KEYS + "/")
                || path.startsWith(RECEIPTS + "/")
                || (path.startsWith(LOGS + "/") && path.endsWith("/checkpoint"));
    }
}
