package dev.mapsovereign.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How many bytes each batch of a journal takes, read from the headers as
 * docs/internals/journal-format.md describes them; and a plain loop that writes and syncs as many.
 */
final class JournalBatches {
    private static final int PAGE = 4096;
    private static final int MAGIC = 0x4d415042; // MAPB
    private static final short CONTINUED = 3;
    private static final int HEADER_BYTES = 112;

    private final Path journal;
    private long segment = 1;
    private long offset = PAGE;

    /** Reads from the beginning of the journal in that folder. */
    JournalBatches(Path journal) {
        this.journal = journal;
    }

    /** The batches written since the last call. */
    List<Integer> next() throws IOException {
        List<Integer> extents = new ArrayList<>();
        while (true) {
            Path file = path(segment);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                read(channel, extents);
            }
            if (!Files.exists(path(segment + 1))) {
                return extents;
            }
            segment++;
            offset = PAGE;
        }
    }

    private void read(FileChannel channel, List<Integer> extents) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        while (offset < channel.size()) {
            channel.read(header.clear(), offset);
            if (header.getInt(0) != MAGIC || header.getShort(4) == CONTINUED) {
                return;
            }
            int extent = (header.getInt(8) + header.getInt(12) + PAGE - 1) / PAGE * PAGE;
            extents.add(extent);
            offset += extent;
        }
    }

    private Path path(long number) {
        return journal.resolve(String.format(Locale.ROOT, "%016d.segment", number));
    }

    /** A file filled with zeros, into which batches are written and synced one after the other. */
    static final class PlainLoop implements AutoCloseable {
        private static final long LENGTH = 64L << 20;

        private final FileChannel channel;
        private final ByteBuffer bytes = ByteBuffer.allocateDirect(4 << 20);
        private long at;

        PlainLoop(Path file) throws IOException {
            channel =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.DELETE_ON_CLOSE);
            for (long from = 0; from < LENGTH; from += bytes.capacity()) {
                channel.write(bytes.clear(), from);
            }
            for (int i = 0; i < bytes.capacity(); i++) {
                bytes.put(i, (byte) (i * 31));
            }
            channel.force(true);
        }

        /** Writes and syncs batches of these lengths; how many seconds that took. */
        double run(List<Integer> extents) throws IOException {
            long began = System.nanoTime();
            for (int extent : extents) {
                at = at + extent > LENGTH ? 0 : at;
                channel.write(bytes.clear().limit(extent), at);
                channel.force(false);
                at += extent;
            }
            return (System.nanoTime() - began) / 1e9;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
