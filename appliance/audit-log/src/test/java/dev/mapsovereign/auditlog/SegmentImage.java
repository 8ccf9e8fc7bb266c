package dev.mapsovereign.auditlog;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A segment's bytes as the format's page describes them, read without the code under test. */
final class SegmentImage {
    private static final int PAGE = 4096;

    private final Path file;
    private final byte[] bytes;

    /** A batch: where, how many bytes of header and body, its kind. */
    record Found(int offset, int length, int kind) {
        int end() {
            return (offset + length + PAGE - 1) / PAGE * PAGE;
        }
    }

    private SegmentImage(Path file, byte[] bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    static SegmentImage read(Path folder, int segment) {
        try {
            Path file = path(folder, segment);
            return new SegmentImage(file, Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path path(Path folder, int segment) {
        return folder.resolve("journal")
                .resolve(String.format(Locale.ROOT, "%016d.segment", segment));
    }

    List<Found> batches() {
        List<Found> found = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        for (int at = PAGE; at < bytes.length && in.getInt(at) == 0x4d415042; ) {
            Found batch =
                    new Found(at, in.getInt(at + 8) + in.getInt(at + 12), in.getShort(at + 4));
            found.add(batch);
            at = batch.end();
        }
        return found;
    }

    /** The last batch that holds entries. */
    Found lastData() {
        return batches().stream().filter(batch -> batch.kind() == 1).toList().getLast();
    }

    byte[] bytes() {
        return bytes;
    }

    /** The bytes of a batch. */
    byte[] bytes(Found batch) {
        return Arrays.copyOfRange(bytes, batch.offset(), batch.offset() + batch.length());
    }

    /** Writes a part straight into the file. */
    void patch(int offset, byte[] part) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(part), offset);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Zeros from there on. */
    SegmentImage zeroFrom(int offset) {
        Arrays.fill(bytes, offset, bytes.length, (byte) 0);
        return this;
    }

    SegmentImage flip(int offset, int bit) {
        bytes[offset] ^= (byte) (1 << bit);
        return this;
    }

    void write() {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
