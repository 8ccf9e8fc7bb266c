package dev.mapsovereign.verifier;

import dev.mapsovereign.base.durable.FolderTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Files on a medium, as tests look at them and spoil them. */
final class MediumFiles {
    private MediumFiles() {}

    /** All regular files below a folder, in order. */
    static List<Path> all(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those that count as evidence, so without the conveniences. */
    static List<Path> evidence(Path nodeFolder) {
        return all(nodeFolder).stream()
                .filter(file -> !isConvenience(nodeFolder.relativize(file).toString()))
                .toList();
    }

    private static boolean isConvenience(String name) {
        return name.matches(
                "logs/[^/]+/checkpoint|bundle-[0-9]+/(VERIFY\\.txt|verify\\.py|keys/.*)");
    }

    static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A copy as {@code cp -r} makes it. */
    static Path copy(Path from, Path to) {
        for (Path file : all(from)) {
            SyntheticNode.write(to.resolve(from.relativize(file).toString()), read(file));
        }
        return to;
    }

    static void delete(Path folder) {
        try {
            FolderTree.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
