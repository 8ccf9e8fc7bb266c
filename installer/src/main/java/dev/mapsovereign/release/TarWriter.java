package dev.mapsovereign.release;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * Writes POSIX ustar archives (IEEE Std 1003.1, pax, "ustar Interchange Format") whose bytes depend
 * on names, modes and contents alone: one time for all, numeric owners without names. Our own and
 * not the host's {@code tar}, whose versions differ in what they write. For one thread.
 */
final class TarWriter implements Closeable {
    private static final int BLOCK = 512;

    private static final int NAME_BYTES_MAX = 100;
    private static final int PREFIX_BYTES_MAX = 155;

    private final OutputStream out;
    private final long seconds;

    TarWriter(OutputStream out, Instant time) {
        this.out = out;
        this.seconds = time.getEpochSecond();
    }

    /** A folder of root's, or of {@code owner} (user and group have the same number). */
    void folder(String name, int mode, int owner) throws IOException {
        header(name + "/", '5', mode, owner, 0);
    }

    /** A file of root's. */
    void file(String name, int mode, byte[] content) throws IOException {
        header(name, '0', mode, 0, content.length);
        out.write(content);
        out.write(new byte[padding(content.length)]);
    }

    /** Everything below the folder, in the order of names, as {@code <name>/…}; "" is no folder. */
    void tree(Path folder, String name) throws IOException {
        List<Path> entries;
        try (Stream<Path> walk = Files.walk(folder)) {
            entries = walk.sorted().toList();
        }
        for (Path entry : entries) {
            String below = folder.relativize(entry).toString();
            String full = name.isEmpty() || below.isEmpty() ? name + below : name + "/" + below;
            if (full.isEmpty()) {
                continue;
            }
            if (Files.isSymbolicLink(entry)) {
                throw new IOException(entry + " is a link; a release has none");
            }
            if (Files.isDirectory(entry)) {
                folder(full, FileTree.mode(entry), 0);
            } else {
                file(full, FileTree.mode(entry), Files.readAllBytes(entry));
            }
        }
    }

    /** Two empty blocks end an archive. */
    @Override
    public void close() throws IOException {
        out.write(new byte[2 * BLOCK]);
        out.close();
    }

    private void header(String name, char type, int mode, int owner, long size) throws IOException {
        byte[] block = new byte[BLOCK];
        int split = split(name);
        text(block, 0, name.substring(split));
        octal(block, 100, 8, mode);
        octal(block, 108, 8, owner);
        octal(block, 116, 8, owner);
        octal(block, 124, 12, size);
        octal(block, 136, 12, seconds);
        block[156] = (byte) type;
        text(block, 257, "ustar\0" + "00");
        octal(block, 329, 8, 0);
        octal(block, 337, 8, 0);
        text(block, 345, split == 0 ? "" : name.substring(0, split - 1));
        text(block, 148, "        ");
        int sum = 0;
        for (byte b : block) {
            sum += b & 0xff;
        }
        text(block, 148, "%06o\0 ".formatted(sum));
        out.write(block);
    }

    /** Where the part begins that goes into the name field; 0 if all of it does. */
    private static int split(String name) throws IOException {
        if (name.getBytes(StandardCharsets.UTF_8).length != name.length()) {
            throw new IOException(name + ": names in a release are ASCII");
        }
        if (name.length() <= NAME_BYTES_MAX) {
            return 0;
        }
        int slash = name.indexOf('/', name.length() - NAME_BYTES_MAX - 1);
        if (slash < 1 || slash > PREFIX_BYTES_MAX || slash == name.length() - 1) {
            throw new IOException(name + " is too long for a ustar archive");
        }
        return slash + 1;
    }

    private static void text(byte[] block, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, block, at, bytes.length);
    }

    private static void octal(byte[] block, int at, int width, long value) {
        text(block, at, ("%0" + (width - 1) + "o").formatted(value));
    }

    private static int padding(long size) {
        return (int) ((BLOCK - size % BLOCK) % BLOCK);
    }
}
