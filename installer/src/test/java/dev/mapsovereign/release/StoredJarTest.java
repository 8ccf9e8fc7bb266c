package dev.mapsovereign.release;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.TimeZone;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredJarTest {
    private static final Instant TIME = Instant.parse("2026-11-29T14:48:14Z");

    @TempDir Path folder;
    private final TimeZone zone = TimeZone.getDefault();

    @AfterEach
    void restoreZone() {
        TimeZone.setDefault(zone);
    }

    @Test
    void rewrite_otherOrderAndTimeZone_isTheSameBytes() throws IOException {
        Path one = jar("one.jar", "b.class", "META-INF/MANIFEST.MF", "a.class");
        Path other = jar("other.jar", "META-INF/MANIFEST.MF", "a.class", "b.class");
        TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kathmandu"));
        StoredJar.rewrite(one, folder.resolve("1"), TIME);
        TimeZone.setDefault(TimeZone.getTimeZone("America/St_Johns"));
        StoredJar.rewrite(other, folder.resolve("2"), TIME);
        assertThat(folder.resolve("1")).hasSameBinaryContentAs(folder.resolve("2"));

        try (ZipFile jar = new ZipFile(folder.resolve("1").toFile())) {
            assertThat(Collections.list(jar.entries()))
                    .extracting(ZipEntry::getName)
                    .containsExactly("META-INF/MANIFEST.MF", "a.class", "b.class");
            assertThat(jar.getEntry("a.class").getTimeLocal()).hasToString("2026-11-29T14:48:14");
        }
    }

    private Path jar(String name, String... entries) throws IOException {
        Path jar = folder.resolve(name);
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
            for (String entry : entries) {
                out.putNextEntry(new ZipEntry(entry));
                out.write(entry.getBytes(java.nio.charset.StandardCharsets.UTF_8));
                out.closeEntry();
            }
        }
        return jar;
    }
}
