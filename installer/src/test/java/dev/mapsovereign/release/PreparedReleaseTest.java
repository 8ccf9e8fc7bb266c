package dev.mapsovereign.release;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A release whose classes are prepared, and of which something is replaced then: old code must not
 * run, whatever size and date the new file has (JDK-8377932).
 */
class PreparedReleaseTest {
    private static final String OLD = "MAP Sovereign";
    private static final String NEW = "MAP replaced!";

    @TempDir private static Path folder;

    private static Path jar = Path.of("");
    private static Path original = Path.of("");

    @BeforeAll
    static void unpack() throws Exception {
        try (Stream<Path> stages = Files.list(Path.of("target/stage"))) {
            Path release =
                    stages.filter(path ->
                                    path.getFileName().toString().matches("map-sovereign-[0-9].*"))
                            .findFirst()
                            .orElseThrow();
            Shell.Result copied =
                    Shell.run(
                            release,
                            "cp",
                            "-Rp",
                            "bin",
                            "lib",
                            "runtime",
                            "release.json",
                            folder.toString());
            assertThat(copied.status()).as(copied.text()).isZero();
        }
        try (Stream<Path> jars = Files.list(folder.resolve("lib"))) {
            jar =
                    jars.filter(path -> path.getFileName().toString().matches("node-[0-9].*"))
                            .findFirst()
                            .orElseThrow();
        }
        original = Files.copy(jar, folder.resolve("original.jar"));
    }

    @BeforeEach
    void prepare() throws Exception {
        Files.copy(
                original,
                jar,
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.COPY_ATTRIBUTES);
        assertThat(run("map-prepare", "--quick").status()).isZero();
        assertThat(run("map-prepare", "--check").status()).isZero();
        assertThat(run("map", "version").text()).contains(OLD);
    }

    @Test
    void jarReplaced_sizeAndDateTheSame_newCodeRuns() throws Exception {
        FileTime date = Files.getLastModifiedTime(jar);
        long size = Files.size(jar);
        replace();
        Files.setLastModifiedTime(jar, date);

        assertThat(Files.size(jar)).isEqualTo(size);
        assertThat(run("map", "version").text()).contains(NEW).doesNotContain(OLD);
        assertThat(run("map-prepare", "--check").status()).isOne();
        assertThat(run("map-prepare", "--quick").status()).isZero();
        assertThat(run("map", "version").text()).contains(NEW);
        assertThat(run("map-prepare", "--check").status()).isZero();
    }

    @Test
    void jarReplaced_otherSizeAndDate_newCodeRuns() throws Exception {
        replace();
        // A comment at the end of the archive: whoever reads it finds the same classes.
        byte[] content = Files.readAllBytes(jar);
        content[content.length - 2] = 1;
        Files.write(jar, content);
        Files.writeString(jar, "x", java.nio.file.StandardOpenOption.APPEND);

        assertThat(run("map", "version").text()).contains(NEW).doesNotContain(OLD);
        assertThat(run("map-prepare", "--check").status()).isOne();
    }

    @Test
    void otherProcessor_cache_isPassedOver() throws Exception {
        Path madeOf = folder.resolve("runtime/lib/map.aot.of");
        String text = Files.readString(madeOf);
        assertThat(text).containsPattern("(?m)^flags\t*: .+");
        Files.writeString(madeOf, text.stripTrailing() + " avx1024\n");

        assertThat(run("map-prepare", "--check").status()).isOne();
        assertThat(options()).contains("-Xshare:auto").doesNotContain("-XX:AOTCache=");
        assertThat(run("map", "version").text()).contains(OLD);
    }

    @Test
    void nothingReplaced_cache_isUsed() throws Exception {
        assertThat(options()).contains("-XX:AOTCache=" + folder.toRealPath());
    }

    @Test
    void preparedInFull_cacheKnowsTheNode_nothingElseIsLeft() throws Exception {
        Path cache = folder.resolve("runtime/lib/map.aot");
        long quick = Files.size(cache);

        assertThat(run("map-prepare").text()).isEmpty();

        assertThat(Files.size(cache)).isGreaterThan(2 * quick);
        assertThat(run("map-prepare", "--check").status()).isZero();
        assertThat(run("map", "version").text()).contains(OLD);
        try (Stream<Path> files = Files.list(cache.resolveSibling("."))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .noneMatch(name -> name.startsWith(".map.aot"));
        }
    }

    /** How bin/map calls Java, by a shell that shows what it runs. */
    private static String options() throws Exception {
        return Shell.run(folder, "sh", "-x", folder.resolve("bin/map").toString(), "version")
                .text();
    }

    private static Shell.Result run(String program, String... arguments) throws Exception {
        return Shell.run(
                folder,
                Stream.concat(
                                Stream.of(folder.resolve("bin").resolve(program).toString()),
                                Stream.of(arguments))
                        .toList());
    }

    /** One text of one class becomes another, in a new file with a right check sum. */
    private static void replace() throws IOException {
        Path changed = folder.resolve("changed.jar");
        Files.copy(original, changed, StandardCopyOption.REPLACE_EXISTING);
        String name = "dev/mapsovereign/node/cli/Version.class";
        byte[] before;
        try (ZipFile zip = new ZipFile(changed.toFile())) {
            before = zip.getInputStream(zip.getEntry(name)).readAllBytes();
        }
        String text = new String(before, StandardCharsets.ISO_8859_1);
        assertThat(text).contains(OLD);
        byte[] after = text.replace(OLD, NEW).getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = Files.readAllBytes(changed);
        Map<byte[], byte[]> pieces = Map.of(before, after, checkSum(before), checkSum(after));
        try (RandomAccessFile file = new RandomAccessFile(changed.toFile(), "rw")) {
            for (Map.Entry<byte[], byte[]> piece : pieces.entrySet()) {
                String whole = new String(all, StandardCharsets.ISO_8859_1);
                String wanted = new String(piece.getKey(), StandardCharsets.ISO_8859_1);
                for (int at = whole.indexOf(wanted); at >= 0; at = whole.indexOf(wanted, at + 1)) {
                    file.seek(at);
                    file.write(piece.getValue());
                }
            }
        }
        Files.move(changed, jar, StandardCopyOption.REPLACE_EXISTING);
    }

    private static byte[] checkSum(byte[] content) {
        CRC32 crc = new CRC32();
        crc.update(content);
        long value = crc.getValue();
        return new byte[] {
            (byte) value, (byte) (value >> 8), (byte) (value >> 16), (byte) (value >> 24)
        };
    }
}
