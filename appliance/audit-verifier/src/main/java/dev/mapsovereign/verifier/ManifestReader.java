package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;

/**
 * A manifest, line by line, in the order in which the verifier needs it; so it may list a hundred
 * million records without being held in memory. Whoever walks the files a bundle must have asks for
 * each: a line too many, too few or elsewhere is found by that alone.
 *
 * <p>The file is read twice, once for its digest and once for its lines. A medium that gives other
 * bytes the second time is caught in {@link #finish}.
 */
final class ManifestReader implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int HEX_DIGITS = 64;

    private final Path file;
    private final MessageDigest digest = Sha256.digest();
    private final InputStream in;

    private ManifestReader(Path file, InputStream in) {
        this.file = file;
        this.in = new BufferedInputStream(new DigestInputStream(in, digest), BUFFER_BYTES);
    }

    static ManifestReader open(MediumFolder folder, String name) throws VerificationException {
        return new ManifestReader(folder.at(name), folder.open(name, Limits.MANIFEST_BYTES_MAX));
    }

    /** The SHA-256 of the whole file in hex. */
    static String digest(MediumFolder folder, String name) throws VerificationException {
        try (InputStream in = folder.open(name, Limits.MANIFEST_BYTES_MAX)) {
            MessageDigest digest = Sha256.digest();
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
            return Hex.encode(digest.digest());
        } catch (IOException e) {
            throw MediumFolder.unreadable(folder.at(name), e);
        }
    }

    /**
     * The line of an entry bundle, which is there in clear or encrypted.
     *
     * @param digest of the file as it is
     */
    record Entries(boolean encrypted, byte[] digest) {}

    /** The digest on the next line, which must be the line of this file. */
    byte[] expect(String path) throws VerificationException {
        return digest(nextLine(path), path);
    }

    /** The next line, which must be that of this entry bundle, encrypted or not. */
    Entries expectEntries(String path) throws VerificationException {
        String line = nextLine(path);
        boolean encrypted = line.endsWith(BundleLayout.ENCRYPTED);
        return new Entries(
                encrypted, digest(line, encrypted ? BundleLayout.encrypted(path) : path));
    }

    private byte[] digest(String line, String path) throws VerificationException {
        if (!line.endsWith("  " + path) || line.length() != HEX_DIGITS + 2 + path.length()) {
            throw VerificationException.refused(
                    file, "the line of " + path + " is due, not " + line);
        }
        try {
            return Hex.decode(line.substring(0, HEX_DIGITS));
        } catch (IllegalArgumentException e) {
            throw VerificationException.refused(file, "no digest on the line of " + path);
        }
    }

    /** Ends here, with the digest that was signed. */
    void finish(String signedDigest) throws VerificationException {
        try {
            if (in.read() >= 0) {
                throw VerificationException.refused(file, "lists more files than the bundle has");
            }
        } catch (IOException e) {
            throw MediumFolder.unreadable(file, e);
        }
        if (!Hex.encode(digest.digest()).equals(signedDigest)) {
            throw VerificationException.refused(file, "changed while it was being read");
        }
    }

    private String nextLine(String path) throws VerificationException {
        byte[] line = new byte[Limits.MANIFEST_LINE_BYTES_MAX];
        int length = 0;
        try {
            int next = in.read();
            for (; next >= 0 && next != '\n' && length < line.length; next = in.read()) {
                line[length++] = (byte) next;
            }
            if (next != '\n') {
                throw VerificationException.refused(
                        file, "ends, or goes on without a line end, where " + path + " is due");
            }
        } catch (IOException e) {
            throw MediumFolder.unreadable(file, e);
        }
        return new String(line, 0, length, StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws VerificationException {
        try {
            in.close();
        } catch (IOException e) {
            throw MediumFolder.unreadable(file, e);
        }
    }
}
