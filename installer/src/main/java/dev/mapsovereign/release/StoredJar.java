package dev.mapsovereign.release;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Rewrites a jar without compression, in one fixed order and with one fixed time.
 *
 * <p>Stored jars inside a compressed tarball make the whole smaller than compressed jars do,
 * because the outer compression sees the classes of all jars at once; and fixed order and time make
 * two builds of one commit the same bytes. The contents of the entries do not change, so signatures
 * inside a signed jar stay valid.
 */
final class StoredJar {
    private static final String MANIFEST = "META-INF/MANIFEST.MF";

    private StoredJar() {}

    /**
     * Writes {@code source} to {@code target}.
     *
     * @throws IOException if either cannot be read or written
     */
    static void rewrite(Path source, Path target, Instant time) throws IOException {
        try (ZipFile jar = new ZipFile(source.toFile());
                OutputStream file = Files.newOutputStream(target);
                ZipOutputStream out = new ZipOutputStream(file)) {
            out.setMethod(ZipOutputStream.STORED);
            for (ZipEntry entry : inOrder(jar)) {
                byte[] content = content(jar, entry);
                CRC32 checksum = new CRC32();
                checksum.update(content);
                ZipEntry stored = new ZipEntry(entry.getName());
                stored.setMethod(ZipEntry.STORED);
                stored.setSize(content.length);
                stored.setCompressedSize(content.length);
                stored.setCrc(checksum.getValue());
                // As local time: an instant would be written in the time zone of who builds.
                stored.setTimeLocal(LocalDateTime.ofInstant(time, ZoneOffset.UTC));
                out.putNextEntry(stored);
                out.write(content);
                out.closeEntry();
            }
        }
    }

    /** The manifest first, as readers of jar streams expect, then by name; folders left out. */
    private static List<ZipEntry> inOrder(ZipFile jar) {
        return Collections.list(jar.entries()).stream()
                .<ZipEntry>map(entry -> entry)
                .filter(entry -> !entry.isDirectory())
                .filter(entry -> !entry.getName().startsWith("META-INF/maven/"))
                .sorted(
                        Comparator.comparing((ZipEntry entry) -> !entry.getName().equals(MANIFEST))
                                .thenComparing(ZipEntry::getName))
                .toList();
    }

    private static byte[] content(ZipFile jar, ZipEntry entry) throws IOException {
        try (InputStream in = jar.getInputStream(entry)) {
            return in.readAllBytes();
        }
    }
}
