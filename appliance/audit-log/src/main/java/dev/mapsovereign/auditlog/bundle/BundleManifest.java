package dev.mapsovereign.auditlog.bundle;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The files of a bundle with their SHA-256, {@code manifest.txt}: lines of 64 lower-case hex
 * digits, two spaces and a path, as {@code sha256sum -c --strict} reads them within {@code
 * MAP-AUDIT/<node>/}. Their order is the one in which a verifier needs them; which files there must
 * be follows from {@code bundle.json} and is not checked here.
 */
public record BundleManifest(List<Line> lines) {
    /** Stands for the digest of the previous manifest where there is none. */
    public static final String NO_PREVIOUS = "0".repeat(64);

    private static final int DIGEST_LENGTH = 64;
    private static final String GAP = "  ";

    /**
     * @throws BundleException for a path listed twice, be it in another case
     */
    public BundleManifest {
        lines = List.copyOf(lines);
        Set<String> folded = new HashSet<>();
        for (Line line : lines) {
            if (!folded.add(line.path().toLowerCase(Locale.ROOT))) {
                throw wrong("lists " + line.path() + " twice");
            }
        }
    }

    /**
     * One file.
     *
     * @param digest SHA-256 of its content, 64 lower-case hex digits
     * @param path relative to {@code MAP-AUDIT/<node>/}
     */
    public record Line(String digest, String path) {
        /**
         * @throws BundleException for a digest or a path that is none
         */
        public Line {
            if (!BundleLayout.isPortable(path)) {
                throw wrong("lists a path that no bundle has: " + path);
            }
            boolean right = digest.length() == DIGEST_LENGTH;
            for (int i = 0; right && i < digest.length(); i++) {
                char c = digest.charAt(i);
                right = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
            }
            if (!right) {
                throw wrong("has no digest of lower-case hex for " + path);
            }
        }
    }

    /** The file's bytes. */
    public byte[] bytes() {
        StringBuilder text = new StringBuilder();
        for (Line line : lines) {
            text.append(line.digest()).append(GAP).append(line.path()).append('\n');
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** The SHA-256 of {@link #bytes} in hex: how signature and next manifest name this one. */
    public String digest() {
        return Hex.encode(Sha256.hash(bytes()));
    }

    /**
     * The manifest of those bytes.
     *
     * @throws BundleException for any bytes that {@link #bytes} would not give
     */
    public static BundleManifest parse(byte[] bytes) {
        List<Line> lines = new ArrayList<>();
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        for (int from = 0; from < text.length(); ) {
            int end = text.indexOf('\n', from);
            if (end < from + DIGEST_LENGTH + GAP.length()) {
                throw wrong("has no whole line at byte " + from);
            }
            lines.add(
                    new Line(
                            text.substring(from, from + DIGEST_LENGTH),
                            text.substring(from + DIGEST_LENGTH + GAP.length(), end)));
            from = end + 1;
        }
        BundleManifest manifest = new BundleManifest(lines);
        byte[] again = manifest.bytes();
        if (!Arrays.equals(again, bytes)) {
            throw wrong(
                    "is not in the one form it can have, from byte "
                            + Arrays.mismatch(again, bytes));
        }
        return manifest;
    }

    /**
     * The lines of the note that signs this manifest, after its first, {@code
     * map/bundle-manifest/v1}.
     *
     * @param previous the digest of the last manifest on this medium, or {@link #NO_PREVIOUS}
     */
    public List<String> noteLines(String node, long number, String previous) {
        return List.of(node, Long.toString(number), digest(), previous);
    }

    private static BundleException wrong(String message) {
        return new BundleException("manifest.txt " + message);
    }
}
