package dev.mapsovereign.release;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/** What the assembly does with folders. */
final class FileTree {
    private FileTree() {}

    /** Every file below the folder, in the order of their names. */
    static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /**
     * Copies the files whose names have one of the endings; what was built or is a program's source
     * stays behind.
     *
     * @throws IOException if there is no such folder
     */
    static void copy(Path from, Path to, String... endings) throws IOException {
        if (!Files.isDirectory(from)) {
            throw new IOException("no folder " + from + " to copy into the release");
        }
        for (Path file : files(from)) {
            String name = from.relativize(file).toString();
            boolean wanted = Stream.of(endings).anyMatch(name::endsWith);
            if (wanted && !name.startsWith("target/") && !name.startsWith("src/")) {
                copyFile(file, to.resolve(name));
            }
        }
    }

    /** Copies what the file holds; its folder is made. */
    static void copyFile(Path from, Path to) throws IOException {
        Path folder = to.getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        Files.write(to, Files.readAllBytes(from));
        if (Files.isExecutable(from)) {
            makeExecutable(to);
        }
    }

    static void makeExecutable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** {@code 0755} or {@code 0644}, whatever the umask of who builds. */
    static int mode(Path file) {
        return Files.isDirectory(file) || Files.isExecutable(file) ? 0755 : 0644;
    }

    /** The hexadecimal digest of what the file holds. */
    static String sha256(Path file) throws IOException {
        return Hex.encode(Sha256.hash(Files.readAllBytes(file)));
    }
}
