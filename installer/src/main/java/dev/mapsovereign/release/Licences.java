package dev.mapsovereign.release;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Collects the licence texts of third parties: those that they put into their jars, and those that
 * stand in the repository's {@code NOTICE/<group>/} because their jars have none.
 */
final class Licences {
    private static final Pattern NAMES =
            Pattern.compile(
                    "(META-INF/)?(.*/)?(LICEN[CS]E|NOTICE|COPYING)[^/]*", Pattern.CASE_INSENSITIVE);

    private final Path root;
    private final Path notice;

    /**
     * Reads and writes.
     *
     * @param root the repository
     * @param notice the release's {@code NOTICE}
     */
    Licences(Path root, Path notice) {
        this.root = root;
        this.notice = notice;
    }

    /**
     * Copies a library's texts to {@code NOTICE/<jar>/}.
     *
     * @throws IOException also if there is none: such a release must not be given away
     */
    void copy(Library library) throws IOException {
        Path target = notice.resolve(library.file().replaceFirst("\\.jar$", ""));
        int found = copyFromJar(library.jar(), target);
        if (found == 0 && library.licence().startsWith(Library.APACHE_2)) {
            FileTree.copyFile(root.resolve("LICENSE"), target.resolve("LICENSE"));
            found++;
        }
        Path kept = root.resolve("NOTICE").resolve(library.group());
        if (Files.isDirectory(kept)) {
            FileTree.copy(kept, target, "");
            found++;
        }
        if (found == 0) {
            throw new IOException(
                    "no licence text for %s: put it into NOTICE/%s/"
                            .formatted(library.file(), library.group()));
        }
    }

    /** Each module's own texts; what they share lies with {@code java.base}. */
    void copyJdk(Path jdk, List<String> modules) throws IOException {
        Path target = notice.resolve("jdk");
        for (String module : modules) {
            try (Stream<Path> texts = Files.list(jdk.resolve("legal").resolve(module))) {
                for (Path text : texts.filter(path -> !Files.isSymbolicLink(path)).toList()) {
                    FileTree.copyFile(text, target.resolve(module).resolve(text.getFileName()));
                }
            }
        }
        if (Files.exists(jdk.resolve("NOTICE"))) {
            FileTree.copyFile(jdk.resolve("NOTICE"), target.resolve("NOTICE"));
        }
    }

    /** The distribution's own statement, and the licence itself. */
    void copyLibraries(HostLibraries libraries) throws IOException {
        FileTree.copy(root.resolve("NOTICE/glibc"), notice.resolve("glibc"), "");
        for (HostLibraries.Origin from : libraries.packages()) {
            for (Path text : from.licences()) {
                FileTree.copyFile(
                        text,
                        notice.resolve("glibc").resolve(from.name()).resolve(text.getFileName()));
            }
        }
    }

    private static int copyFromJar(Path jar, Path target) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            List<? extends ZipEntry> texts =
                    Collections.list(zip.entries()).stream()
                            .filter(entry -> !entry.isDirectory())
                            .filter(entry -> NAMES.matcher(entry.getName()).matches())
                            .filter(entry -> !entry.getName().endsWith(".class"))
                            .toList();
            for (ZipEntry text : texts) {
                Path copy = target.resolve(text.getName().replace('/', '_'));
                Files.createDirectories(target);
                try (InputStream in = zip.getInputStream(text)) {
                    Files.write(copy, in.readAllBytes());
                }
            }
            return texts.size();
        }
    }
}
