package dev.mapsovereign.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * What a power cut would take: of each file the pages written since its last sync with their old
 * content, of each folder the changes of names since its last sync. All methods take turns.
 */
final class UnsyncedFiles {
    private static final int PAGE = 4096;

    private final Map<Path, Written> written = new HashMap<>();
    private final Map<Path, List<NameChange>> names = new HashMap<>();

    /**
     * Of one file: its length at the last sync, and old content by page; empty beyond that length.
     */
    private static final class Written {
        final long length;
        final Map<Long, byte[]> pages = new TreeMap<>();

        Written(long length) {
            this.length = length;
        }
    }

    private interface NameChange {
        void undo() throws IOException;
    }

    /** A write is about to happen. */
    synchronized void writing(Path file, FileChannel channel, long from, long length)
            throws IOException {
        Written before = written.get(file);
        if (before == null) {
            before = new Written(channel.size());
            written.put(file, before);
        }
        for (long page = from / PAGE; page <= (from + Math.max(1, length) - 1) / PAGE; page++) {
            if (!before.pages.containsKey(page)) {
                before.pages.put(page, old(file, page));
            }
        }
    }

    /** A file was made shorter; as good as written. */
    synchronized void truncating(Path file, FileChannel channel, long to) throws IOException {
        writing(file, channel, to, Math.max(1, channel.size() - to));
    }

    /** A file or folder was synced. */
    synchronized void synced(Path path) {
        written.remove(path);
        names.remove(path);
    }

    /** A file or folder was created. */
    synchronized void created(Path path) {
        change(path, () -> deleteAll(path));
    }

    /** A file is about to be removed. */
    synchronized void deleting(Path path) throws IOException {
        if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            byte[] content = Files.readAllBytes(path);
            change(path, () -> Files.write(path, content));
        }
        written.remove(path);
    }

    /** A file is about to be renamed, in place of another perhaps. */
    synchronized void renaming(Path from, Path to) throws IOException {
        Optional<byte[]> replaced =
                Files.isRegularFile(to, LinkOption.NOFOLLOW_LINKS)
                        ? Optional.of(Files.readAllBytes(to))
                        : Optional.empty();
        change(
                to,
                () -> {
                    Files.move(to, from, StandardCopyOption.REPLACE_EXISTING);
                    if (replaced.isPresent()) {
                        Files.write(to, replaced.get());
                    }
                });
        Written moved = written.remove(from);
        written.remove(to);
        if (moved != null) {
            written.put(to, moved);
        }
    }

    /** Takes what a power cut takes. */
    synchronized void lose(RandomGenerator random) throws IOException {
        for (Map.Entry<Path, Written> file : written.entrySet()) {
            lose(file.getKey(), file.getValue(), random);
        }
        for (List<NameChange> changes : names.values()) {
            int kept = random.nextInt(changes.size() + 1);
            for (NameChange change : changes.subList(kept, changes.size()).reversed()) {
                change.undo();
            }
        }
        written.clear();
        names.clear();
    }

    private static void lose(Path file, Written before, RandomGenerator random) throws IOException {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        // Sometimes nothing arrived, sometimes all, mostly a mixture.
        int inHundred = random.nextInt(5) == 0 ? random.nextInt(2) * 100 : random.nextInt(101);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (Map.Entry<Long, byte[]> page : before.pages.entrySet()) {
                if (random.nextInt(100) >= inHundred) {
                    channel.write(ByteBuffer.wrap(page.getValue()), page.getKey() * PAGE);
                }
            }
            if (random.nextBoolean() && channel.size() > before.length) {
                channel.truncate(before.length);
            }
        }
    }

    private void change(Path path, NameChange undo) {
        Path folder = path.getParent();
        if (folder != null) {
            names.computeIfAbsent(folder, any -> new ArrayList<>()).add(undo);
        }
    }

    /** The page as it is now; zeros where the file is shorter. */
    private static byte[] old(Path file, long page) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(PAGE);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            int count = 0;
            while (content.hasRemaining() && count >= 0) {
                count = channel.read(content, page * PAGE + content.position());
            }
        }
        return content.array();
    }

    private static void deleteAll(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> below = Files.walk(path)) {
            for (Path each : below.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
