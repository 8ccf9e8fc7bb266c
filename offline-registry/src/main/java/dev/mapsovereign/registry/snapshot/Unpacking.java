package dev.mapsovereign.registry.snapshot;

import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The inside of a compressed file whose length and digest were compared before: exactly as many
 * bytes as were signed, and never one more, whatever a small file would unfold to.
 */
public final class Unpacking extends FilterInputStream {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final String name;
    private final long expected;
    private long count;

    private Unpacking(String name, InputStream in, long expected) {
        super(in);
        this.name = name;
        this.expected = expected;
    }

    /** Opens {@code file}, which is the target {@code packed}. */
    public static Unpacking open(Path file, IssueDescription.Packed packed) throws IOException {
        InputStream raw = Files.newInputStream(file);
        try {
            return new Unpacking(
                    packed.name(), new GZIPInputStream(raw, BUFFER_BYTES), packed.unpacked());
        } catch (ZipException e) {
            raw.close();
            throw new RegistryException(
                    RegistryFault.MALFORMED, packed.name() + ": " + e.getMessage(), e);
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int read;
        try {
            read = super.read(into, offset, length);
        } catch (ZipException | EOFException e) {
            throw new RegistryException(RegistryFault.MALFORMED, name + ": " + e.getMessage(), e);
        }
        if (read < 0) {
            if (count != expected) {
                throw new RegistryException(
                        RegistryFault.TRUNCATED,
                        name + ": unpacks to " + count + " bytes, " + expected + " signed");
            }
            return -1;
        }
        count += read;
        if (count > expected) {
            throw new RegistryException(
                    RegistryFault.BOMB,
                    name + ": unpacks to more than the " + expected + " bytes signed");
        }
        return read;
    }

    @Override
    public long skip(long length) {
        throw new UnsupportedOperationException("bytes that are skipped are not counted");
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
