package dev.mapsovereign.auditlog.bundle;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files of a bundle with their SHA-256, {@code manifest.txt}: lines of 64 lower-case hex
 * digits, two spaces and a path, in ascending order of the paths' bytes, as {@code sha256sum -c
 * --strict} reads them from within {@code MAP-AUDIT/<node>/}.
 *
 * @param digests path to SHA-256 in hex
 */
public record BundleManifest(SortedMap<String, String> digests) {
    private static final int DIGEST_LENGTH = 64;
    private static final String GAP = "  ";

    /** Stands for the digest of the previous manifest where there is none. */
    public static final String NO_PREVIOUS = "0".repeat(DIGEST_LENGTH);

    /**
     * @throws BundleException for a path that a manifest cannot list, or a digest that is none, or
     *     two paths that are one to a file system without case
     */
    public BundleManifest {
        TreeMap<String, String> folded = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (Map.Entry<String, String> file : digests.entrySet()) {
            requireFile(file.getKey(), file.getValue());
            String other = folded.putIfAbsent(file.getKey(), file.getValue());
            if (other != null) {
                throw new BundleException(
                        "manifest.txt: two paths differ in case alone: " + file.getKey());
            }
        }
        // Names are ASCII, so the order of characters is the order of bytes.
        digests = Collections.unmodifiableSortedMap(new TreeMap<>(digests));
    }

    /** The file's bytes. */
    public byte[] bytes() {
        StringBuilder text = new StringBuilder();
        digests.forEach(
                (path, digest) -> text.append(digest).append(GAP).append(path).append('\n'));
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** The SHA-256 of {@link #bytes} in hex: how the next manifest names this one. */
    public String digest() {
        return Hex.encode(Sha256.hash(bytes()));
    }

    /** The digest that a path must have; empty if the bundle does not hold it. */
    public Optional<String> digestOf(String path) {
        return Optional.ofNullable(digests.get(path));
    }

    /**
     * The manifest of those bytes.
     *
     * @throws BundleException for any bytes that {@link #bytes} would not give
     */
    public static BundleManifest parse(byte[] bytes) {
        SortedMap<String, String> digests = new TreeMap<>();
        for (String line : new String(bytes, StandardCharsets.US_ASCII).split("\n", -1)) {
            if (line.length() > DIGEST_LENGTH + GAP.length()) {
                digests.put(
                        line.substring(DIGEST_LENGTH + GAP.length()),
                        line.substring(0, DIGEST_LENGTH));
            }
        }
        BundleManifest manifest = new BundleManifest(digests);
        byte[] again = manifest.bytes();
        if (!Arrays.equals(again, bytes)) {
            throw new BundleException(
                    "manifest.txt is not in the one form it can have, from byte "
                            + Arrays.mismatch(again, bytes));
        }
        return manifest;
    }

    /**
     * The lines of the note that signs a manifest, after its first, {@code map/bundle-manifest/v1}.
     *
     * @param previous the digest of the manifest before on this medium, or {@link #NO_PREVIOUS}
     */
    public List<String> noteLines(String node, long number, String previous) {
        return List.of(node, Long.toString(number), digest(), previous);
    }

    private static void requireFile(String path, String digest) {
        if (!BundleLayout.isListable(path)) {
            throw new BundleException("manifest.txt: lists what no manifest lists: " + path);
        }
        boolean right = digest.length() == DIGEST_LENGTH;
        for (int i = 0; right && i < digest.length(); i++) {
            char c = digest.charAt(i);
            right = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        }
        if (!right) {
            throw new BundleException("manifest.txt: no digest of lower-case hex for " + path);
        }
    }
}
