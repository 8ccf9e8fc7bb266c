package dev.mapsovereign.registry.snapshot;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * A file read through memory mapping, so that ten million entries cost page cache and not heap. The
 * mapping ends with the last reference to it: a snapshot that was just replaced may still be read
 * by a call under way. Safe for use by several threads.
 */
final class MappedFile {
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final MemorySegment segment;

    private MappedFile(MemorySegment segment) {
        this.segment = segment;
    }

    static MappedFile open(Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            return new MappedFile(
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto()));
        }
    }

    long size() {
        return segment.byteSize();
    }

    byte[] bytes(long offset, int length) {
        byte[] bytes = new byte[length];
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
        return bytes;
    }

    long longAt(long offset) {
        return segment.get(LONG, offset);
    }

    int intAt(long offset) {
        return segment.get(INT, offset);
    }

    /**
     * Finds a 32-byte key among sorted records that each begin with theirs.
     *
     * @return the record's position, or {@code -(position where it would stand) - 1}
     */
    long search(byte[] key, int recordBytes, long count) {
        long low = 0;
        long high = count - 1;
        while (low <= high) {
            long middle = (low + high) >>> 1;
            int order = compare(key, middle * recordBytes);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                high = middle - 1;
            } else {
                low = middle + 1;
            }
        }
        return -low - 1;
    }

    private int compare(byte[] key, long offset) {
        MemorySegment wanted = MemorySegment.ofArray(key);
        for (int i = 0; i < 32; i += 8) {
            int order = Long.compareUnsigned(wanted.get(LONG, i), segment.get(LONG, offset + i));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }
}
