package dev.mapsovereign.registry.transfer;

import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import dev.mapsovereign.registry.snapshot.Leaf;
import dev.mapsovereign.registry.snapshot.LineReader;
import dev.mapsovereign.registry.snapshot.Revocation;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/** Walks through a revocation list in the order of keys, beside a walk through leaves. */
final class RevocationCursor implements Closeable {
    private final LineReader lines;
    private Optional<Revocation> current = Optional.empty();
    private byte[] key = new byte[0];
    private long count;

    /** At the first line of {@code in}, which is closed with this. */
    RevocationCursor(InputStream in) throws IOException {
        lines = new LineReader(in, Limits.REVOCATION_LINE_BYTES_MAX);
        advance();
    }

    /** The line here; empty behind the last. */
    Optional<Revocation> current() {
        return current;
    }

    /** The key of the line here. */
    byte[] key() {
        return key;
    }

    /** Lines read so far, the one here included. */
    long count() {
        return count;
    }

    void advance() throws IOException {
        byte[] before = key;
        current = lines.next().map(Revocation::parse);
        if (current.isEmpty()) {
            return;
        }
        count++;
        key = Leaf.keyOf(current.get().did());
        if (before.length > 0 && Arrays.compareUnsigned(before, key) >= 0) {
            throw new RegistryException(
                    RegistryFault.UNSORTED,
                    "revocations: " + current.get().did() + " is out of order or there twice");
        }
    }

    /**
     * Goes to {@code wanted} and returns its line, if there is one; refuses to pass over a line.
     */
    Optional<Revocation> takeAt(byte[] wanted) throws IOException {
        if (current.isEmpty()) {
            return Optional.empty();
        }
        int order = Arrays.compareUnsigned(key, wanted);
        if (order < 0) {
            throw new RegistryException(
                    RegistryFault.LEAF,
                    "revocations: " + current.get().did() + " has no leaf in the tree");
        }
        if (order > 0) {
            return Optional.empty();
        }
        Optional<Revocation> taken = current;
        advance();
        return taken;
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
