package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditexport.ExportRequest;
import dev.mapsovereign.base.age.AgeIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a person hands on is a copy: on a stick of FAT32, on a disc. It must verify as well as the
 * original, so every name and byte has to come through. The images are read and written without the
 * kernel, which need not know their file systems.
 */
@Tag("slow")
final class CopiedMediaTest {
    private static final long STICK_BYTES = 64 << 20;

    /** Alike but for the last letter: their short names on FAT differ by a number alone. */
    private static final String LONG_NAME = "a-tenant-of-the-longest-name-ok";

    private static final int BUNDLES = 4;

    /** A medium within the medium. */
    private static final String ENCRYPTED = "encrypted";

    @TempDir Path folder;

    private final AgeIdentity auditor = AgeIdentity.generate(new SecureRandom());
    private Path original;
    private Path trust;

    /**
     * With every kind of name: partial tiles, rotations, proofs, and beside them encrypted ones.
     */
    @BeforeEach
    void export() throws IOException {
        original = Files.createDirectories(folder.resolve("original"));
        try (TestNode node = TestNode.create(folder.resolve("audit"), "a-node.of-some.site")) {
            node.tenants("acme", LONG_NAME + 1, LONG_NAME + 2);
            for (int i = 1; i < BUNDLES; i++) {
                node.append("acme", 300 * i).append(LONG_NAME + (1 + i % 2), 7).export(original);
            }
            trust = node.trustFile(folder);
            node.rotate(7).append("acme", 5).export(original);
            Path encrypted = Files.createDirectories(original.resolve(ENCRYPTED));
            node.export(ExportRequest.all(encrypted).encryptedTo(List.of(auditor.recipient())));
        }
    }

    @Test
    void copy_throughFat32_verifiesAsWellAsTheOriginal() throws IOException {
        requirePrograms("mkfs.vfat", "mcopy", "mdir");
        Path image = folder.resolve("stick.img");
        Path copy = Files.createDirectories(folder.resolve("copy"));
        run("truncate", "-s", Long.toString(STICK_BYTES), image.toString());
        run("mkfs.vfat", "-F", "32", "-s", "1", image.toString());
        for (String name : List.of("MAP-AUDIT", ENCRYPTED)) {
            run("mcopy", "-s", "-i", image.toString(), original.resolve(name).toString(), "::");
            run("mcopy", "-s", "-n", "-i", image.toString(), "::" + name, copy.toString());
        }

        expectAsGoodAsTheOriginal(copy);
        // As a system sees it that knows no long names.
        assertThat(run("mdir", "-i", image.toString(), "::MAP-AUDIT/" + node() + "/logs"))
                .contains("A-TENA~1", "A-TENA~2", LONG_NAME + "2");
    }

    @Test
    void copy_throughIsoWithRockRidge_verifiesAsWellAsTheOriginal() throws IOException {
        requirePrograms("xorriso");
        Path image = folder.resolve("disc.iso");
        Path copy = folder.resolve("copy");
        run(
                "xorriso",
                "-as",
                "mkisofs",
                "-quiet",
                "-r",
                "-o",
                image.toString(),
                original.toString());

        run(
                "xorriso",
                "-osirrox",
                "on",
                "-indev",
                image.toString(),
                "-extract",
                "/",
                copy.toString());

        expectAsGoodAsTheOriginal(copy);
    }

    /** A system without cases must not take two files for one, nor one for its own device. */
    @Test
    void names_withoutCase_areStillDifferent() throws IOException {
        try (Stream<Path> all = Files.walk(original)) {
            List<String> names = all.map(each -> original.relativize(each).toString()).toList();
            assertThat(names).hasSizeGreaterThan(50);
            assertThat(names.stream().map(name -> name.toLowerCase(Locale.ROOT)))
                    .doesNotHaveDuplicates();
            assertThat(names)
                    .allSatisfy(name ->
                            assertThat(name)
                                    .doesNotMatch("(?i)(.*/)?(con|prn|aux|nul|com.|lpt.)([./].*)?")
                                    .matches("[A-Za-z0-9._/-]*")
                                    .doesNotMatch(".*\\.(/.*)?"));
        }
    }

    private String node() throws IOException {
        try (Stream<Path> nodes = Files.list(original.resolve("MAP-AUDIT"))) {
            return nodes.findAny().orElseThrow().getFileName().toString();
        }
    }

    private void expectAsGoodAsTheOriginal(Path copy) throws IOException {
        List<String> names = names(original);
        assertThat(names).anyMatch(name -> name.endsWith(".age"));
        assertThat(names(copy)).isEqualTo(names);
        for (String name : names) {
            assertThat(copy.resolve(name)).hasSameBinaryContentAs(original.resolve(name));
        }
        assertThat(Verifiers.expectManifestsHold(copy.resolve("MAP-AUDIT").resolve(node())))
                .isEqualTo(BUNDLES);
        Path identity = folder.resolve("auditor.key");
        Files.write(identity, auditor.text().use(byte[]::clone));
        Files.setPosixFilePermissions(identity, PosixFilePermissions.fromString("rw-------"));
        Path plain = copy.resolve("MAP-AUDIT");
        Path encrypted = copy.resolve(ENCRYPTED);
        for (Verifiers.Outcome outcome :
                List.of(
                        Verifiers.inProcess(plain, "--trust", trust),
                        Verifiers.program(plain, "--trust", trust),
                        Verifiers.python(plain, "--trust", trust),
                        Verifiers.program(encrypted, "--trust", trust, "--identity", identity))) {
            assertThat(outcome.exit()).as(outcome.output()).isZero();
        }
    }

    private static List<String> names(Path folder) {
        return MediumFiles.all(folder).stream()
                .map(file -> folder.relativize(file).toString())
                .toList();
    }

    private static void requirePrograms(String... names) {
        for (String name : names) {
            Assumptions.assumeTrue(
                    Verifiers.hasProgram(name), name + " is missing: copies were NOT tested");
        }
    }

    private static String run(String... command) {
        Verifiers.Outcome outcome = Verifiers.run(List.of(command));
        assertThat(outcome.exit()).as(String.join(" ", command) + outcome.output()).isZero();
        return outcome.output();
    }
}
