package dev.mapsovereign.registry.transfer;

import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import dev.mapsovereign.registry.snapshot.IssueDescription.Packed;
import dev.mapsovereign.registry.snapshot.LineReader;
import dev.mapsovereign.registry.snapshot.SnapshotNames;
import dev.mapsovereign.registry.snapshot.Unpacking;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The documents of all parts as one run of lines; each part is asked only for its own keys. */
final class DocumentLines implements Closeable {
    private final List<Packed> parts;
    private final List<Path> files;
    private Optional<LineReader> open = Optional.empty();
    private int part = -1;

    DocumentLines(List<Packed> parts, List<Path> files) {
        this.parts = parts;
        this.files = files;
    }

    /** The line of the document that stands under {@code key}: the next one of the key's part. */
    byte[] next(byte[] key) throws IOException {
        int wanted = SnapshotNames.partOf(key, parts.size());
        while (part < wanted) {
            openNext();
        }
        String name = parts.get(wanted).name();
        return open.orElseThrow()
                .next()
                .orElseThrow(() ->
                        new RegistryException(
                                RegistryFault.LEAF, name + ": fewer documents than leaves"));
    }

    /** After the last leaf: nothing may be left over. */
    void end() throws IOException {
        while (part < parts.size() - 1) {
            openNext();
        }
        requireEnd();
    }

    private void openNext() throws IOException {
        requireEnd();
        part++;
        open =
                Optional.of(
                        new LineReader(
                                Unpacking.open(files.get(part), parts.get(part)),
                                Limits.DOCUMENT_BYTES_MAX));
    }

    private void requireEnd() throws IOException {
        if (open.isEmpty()) {
            return;
        }
        try (LineReader reader = open.get()) {
            if (reader.next().isPresent()) {
                throw new RegistryException(
                        RegistryFault.LEAF,
                        parts.get(part).name() + ": more documents than leaves");
            }
        }
        open = Optional.empty();
    }

    @Override
    public void close() throws IOException {
        if (open.isPresent()) {
            open.get().close();
        }
    }
}
