package dev.mapsovereign.release;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Finds the licence texts that third parties put into their jars. */
final class Licences {
    private static final Pattern NAMES =
            Pattern.compile(
                    "(META-INF/)?(.*/)?(LICEN[CS]E|NOTICE|COPYING)[^/]*", Pattern.CASE_INSENSITIVE);

    private Licences() {}

    /** Copies them to {@code <notice>/<jar>/}; a jar without any leaves nothing. */
    static void copy(Path jar, Path notice) throws IOException {
        String name = jar.getFileName().toString().replaceFirst("\\.jar$", "");
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            List<? extends ZipEntry> texts =
                    Collections.list(zip.entries()).stream()
                            .filter(entry -> !entry.isDirectory())
                            .filter(entry -> NAMES.matcher(entry.getName()).matches())
                            .filter(entry -> !entry.getName().endsWith(".class"))
                            .toList();
            for (ZipEntry text : texts) {
                Path target = notice.resolve(name).resolve(text.getName().replace('/', '_'));
                Files.createDirectories(target.getParent());
                try (InputStream in = zip.getInputStream(text)) {
                    Files.write(target, in.readAllBytes());
                }
            }
        }
    }
}
