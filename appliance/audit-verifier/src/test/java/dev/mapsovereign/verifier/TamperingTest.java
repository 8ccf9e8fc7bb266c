package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.testing.SeededRandom;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A medium with two exports of a real log, and everything that somebody without the key could do to
 * it. Each case puts the medium back as it was.
 */
final class TamperingTest {
    private static final int FLIPS = 520;
    private static final int FLIPS_BY_PROGRAMS = 20;

    @TempDir static Path folder;

    private static TestNode node;
    private static Path medium;
    private static Path nodeFolder;
    private static Path trust;
    private static List<Path> evidence;

    @BeforeAll
    static void export() throws Exception {
        node = TestNode.create(folder.resolve("audit"), "alpha");
        medium = Files.createDirectories(folder.resolve("medium"));
        node.tenants("acme", "zeta").append("acme", 300).append("zeta", 7);
        node.export(medium);
        node.append("acme", 220).append("zeta", 1);
        node.export(medium);
        nodeFolder = node.nodeFolder(medium);
        trust = node.trustFile(folder);
        evidence = MediumFiles.evidence(nodeFolder);
        assertThat(Verifiers.inProcess(medium, "--trust", trust).exit()).isZero();
    }

    @AfterAll
    static void close() {
        node.close();
    }

    private static Verifiers.Outcome verify() {
        return Verifiers.inProcess(medium, "--trust", trust);
    }

    /** What both real programs say must be what the one in this process says. */
    private static void expectOfPrograms(int exit) {
        Verifiers.Outcome java = Verifiers.program(medium, "--trust", trust);
        assertThat(java.exit()).as(java.output()).isEqualTo(exit);
        expectOfPython(exit);
    }

    private static void expectOfPython(int exit) {
        Verifiers.Outcome python = Verifiers.python(medium, "--trust", trust);
        assertThat(python.exit()).as(python.output()).isEqualTo(exit);
    }

    private static void expectRefused(String... words) {
        Verifiers.Outcome java = verify();
        assertThat(java.exit()).as(java.output()).isEqualTo(4);
        for (String word : words) {
            assertThat(java.output()).contains(word);
        }
        expectOfPython(4);
    }

    @Test
    void verify_anyByteFlipped_isRefusedAndNamed() throws IOException {
        SeededRandom random = SeededRandom.create();
        for (int i = 0; i < FLIPS; i++) {
            // Each file in turn, so that small ones are not missed.
            Path file = evidence.get(i % evidence.size());
            byte[] good = MediumFiles.read(file);
            byte[] bad = good.clone();
            int at = random.nextInt(bad.length);
            bad[at] ^= (byte) (1 + random.nextInt(255));
            Files.write(file, bad);
            try {
                Verifiers.Outcome java = verify();
                assertThat(java.exit())
                        .as("seed %d: %s at %d: %s", random.seed(), file, at, java.output())
                        .isEqualTo(4);
                assertThat(java.output()).contains(nodeFolder.relativize(file).toString());
                if (i % (FLIPS / FLIPS_BY_PROGRAMS) == 0) {
                    expectOfPrograms(4);
                }
            } finally {
                Files.write(file, good);
            }
        }
        assertThat(verify().exit()).isZero();
    }

    @Test
    void verify_flippedEntry_namesItsIndex() throws IOException {
        Path file = nodeFolder.resolve("logs/acme/tile/entries/001");
        byte[] good = MediumFiles.read(file);
        byte[] bad = good.clone();
        // The second entry of the second block is record 257.
        int second = 2 + (Byte.toUnsignedInt(good[0]) << 8 | Byte.toUnsignedInt(good[1]));
        bad[second + 2 + 40] ^= 1;
        Files.write(file, bad);
        try {
            expectRefused("log acme, record 257");
        } finally {
            Files.write(file, good);
        }
    }

    @Test
    void verify_anyFileDropped_isRefusedAndNamed() throws IOException {
        int i = 0;
        for (Path file : evidence) {
            byte[] good = MediumFiles.read(file);
            Files.delete(file);
            try {
                Verifiers.Outcome java = verify();
                assertThat(java.exit()).as("%s: %s", file, java.output()).isEqualTo(4);
                assertThat(java.output()).contains(nodeFolder.relativize(file).toString());
                if (i++ % 8 == 0) {
                    expectOfPython(4);
                }
            } finally {
                Files.write(file, good);
            }
        }
    }

    @Test
    void verify_anyFileTruncatedOrLonger_isRefused() throws IOException {
        int i = 0;
        for (Path file : evidence) {
            byte[] good = MediumFiles.read(file);
            for (int length : new int[] {0, good.length - 1, good.length + 1}) {
                Files.write(file, java.util.Arrays.copyOf(good, length));
                try {
                    Verifiers.Outcome java = verify();
                    assertThat(java.exit()).as("%s: %s", file, java.output()).isEqualTo(4);
                    if (i++ % 25 == 0) {
                        expectOfPython(4);
                    }
                } finally {
                    Files.write(file, good);
                }
            }
        }
    }

    @Test
    void verify_anyTwoFilesSwapped_areRefused() throws IOException {
        int cases = 0;
        for (int i = 0; i < evidence.size(); i++) {
            Path one = evidence.get(i);
            Path other = evidence.get((i * 7 + 1) % evidence.size());
            byte[] first = MediumFiles.read(one);
            byte[] second = MediumFiles.read(other);
            if (java.util.Arrays.equals(first, second)) {
                continue;
            }
            Files.write(one, second);
            Files.write(other, first);
            try {
                Verifiers.Outcome java = verify();
                assertThat(java.exit()).as("%s and %s", one, other).isEqualTo(4);
                if (cases++ % 10 == 0) {
                    expectOfPython(4);
                }
            } finally {
                Files.write(one, first);
                Files.write(other, second);
            }
        }
        assertThat(cases).isGreaterThan(20);
    }

    @Test
    void verify_bundlesSwapped_areRefused() throws IOException {
        Path one = nodeFolder.resolve("bundle-1");
        Path two = nodeFolder.resolve("bundle-2");
        Path aside = nodeFolder.resolve("aside");
        Files.move(one, aside);
        Files.move(two, one);
        Files.move(aside, two);
        try {
            expectRefused("signed for export");
        } finally {
            Files.move(two, aside);
            Files.move(one, two);
            Files.move(aside, one);
        }
    }

    @Test
    void verify_firstBundleGone_isRefusedWithTheRangesLost() throws IOException {
        Path aside = folder.resolve("aside");
        Files.move(nodeFolder.resolve("bundle-1"), aside);
        try {
            expectRefused("bundle-1", "missing", "acme 0 to 299", "zeta 0 to 6");
            // Asked for by itself, the second one is sound, and says what it cannot know.
            Verifiers.Outcome alone =
                    Verifiers.inProcess(nodeFolder.resolve("bundle-2"), "--trust", trust);
            assertThat(alone.exit()).as(alone.output()).isZero();
            assertThat(alone.output()).contains("log acme: records 0 to 299");
            Verifiers.Outcome python =
                    Verifiers.python(nodeFolder.resolve("bundle-2"), "--trust", trust);
            assertThat(python.exit()).as(python.output()).isZero();
        } finally {
            Files.move(aside, nodeFolder.resolve("bundle-1"));
        }
    }

    @Test
    void verify_symbolicLinks_areRefusedWhereverTheyAre() throws IOException {
        for (String name :
                List.of(
                        "bundle-1/bundle.json",
                        "bundle-1/manifest.txt",
                        "logs/acme/tile/entries/000",
                        "logs/acme/tile",
                        "logs/zeta",
                        "bundle-2",
                        "bundle-2/checkpoints")) {
            Path file = nodeFolder.resolve(name);
            Path aside = folder.resolve("aside");
            Files.move(file, aside);
            Files.createSymbolicLink(file, aside);
            try {
                expectRefused(name, "links");
            } finally {
                Files.delete(file);
                Files.move(aside, file);
            }
        }
    }

    @Test
    void verify_plantedLinkOrPipe_isRefused() throws IOException {
        Path link = nodeFolder.resolve("logs/acme/note");
        Files.createSymbolicLink(link, Path.of("/etc/hostname"));
        try {
            expectRefused("logs/acme/note");
        } finally {
            Files.delete(link);
        }
        Path pipe = nodeFolder.resolve("bundle-1/pipe");
        assertThat(Verifiers.run(List.of("mkfifo", pipe.toString())).exit()).isZero();
        try {
            expectRefused("bundle-1/pipe");
        } finally {
            Files.delete(pipe);
        }
    }

    @Test
    void verify_pipeInPlaceOfAFile_isRefusedWithoutWaiting() throws IOException {
        Path file = nodeFolder.resolve("bundle-1/manifest.sig");
        Path aside = folder.resolve("aside");
        Files.move(file, aside);
        assertThat(Verifiers.run(List.of("mkfifo", file.toString())).exit()).isZero();
        try {
            expectRefused("bundle-1/manifest.sig");
        } finally {
            Files.delete(file);
            Files.move(aside, file);
        }
    }

    @Test
    void verify_extraFiles_areCountedAndDoNoHarm() throws IOException {
        List<Path> extra =
                List.of(
                        nodeFolder.resolve("logs/acme/tile/0/007"),
                        nodeFolder.resolve("bundle-1/._manifest.txt"),
                        nodeFolder.resolve("bundle-1/json.py"),
                        nodeFolder.resolve("bundle-3.part"),
                        medium.resolve("Thumbs.db"),
                        medium.resolve("MAP-AUDIT/.DS_Store"));
        for (Path file : extra) {
            Files.write(file, new byte[] {1});
        }
        try {
            Verifiers.Outcome java = verify();
            assertThat(java.exit()).as(java.output()).isZero();
            assertThat(java.output()).contains("4 files that no manifest read here lists");
            Verifiers.Outcome python = Verifiers.python(medium, "--trust", trust);
            assertThat(python.exit()).as(python.output()).isZero();
            assertThat(python.output()).contains("4 files that no manifest read here lists");
        } finally {
            for (Path file : extra) {
                Files.delete(file);
            }
        }
    }

    @Test
    void verify_hostileConveniences_areNotBelieved() throws IOException {
        Path program = nodeFolder.resolve("bundle-1/verify.py");
        Path keys = nodeFolder.resolve("bundle-1/keys/_node.vkeys");
        byte[] goodProgram = MediumFiles.read(program);
        byte[] goodKeys = MediumFiles.read(keys);
        Files.writeString(program, "print('VERIFIED')\n");
        Files.writeString(keys, "nonsense\n");
        Files.writeString(nodeFolder.resolve("logs/acme/checkpoint"), "nonsense\n");
        Path entries = nodeFolder.resolve("logs/acme/tile/entries/000");
        byte[] goodEntries = MediumFiles.read(entries);
        byte[] bad = goodEntries.clone();
        bad[100] ^= 1;
        try {
            assertThat(verify().exit()).isZero();
            expectOfPython(0);
            Files.write(entries, bad);
            expectRefused("logs/acme/tile/entries/000");
        } finally {
            Files.write(program, goodProgram);
            Files.write(keys, goodKeys);
            Files.write(entries, goodEntries);
        }
    }

    @Test
    void verify_base64InAnotherSpelling_isRefused() throws IOException {
        for (String name : List.of("bundle-1/manifest.sig", "bundle-1/checkpoints/acme/300")) {
            Path file = nodeFolder.resolve(name);
            String good = Files.readString(file);
            // The last base64 digit of a 68-byte signature has two unused bits.
            int end = good.indexOf("=\n");
            char digit = good.charAt(end - 1);
            String digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            char other = digits.charAt(digits.indexOf(digit) + 1);
            String bad = good.substring(0, end - 1) + other + good.substring(end);
            Files.writeString(file, bad, StandardCharsets.UTF_8);
            try {
                expectRefused(name);
            } finally {
                Files.writeString(file, good, StandardCharsets.UTF_8);
            }
        }
    }

    @Test
    void verify_spelledOtherwiseInTheTrustFile_isRefusedAsAFile() throws IOException {
        String good = Files.readString(trust);
        int end = good.indexOf("\n") - 1;
        char other = good.charAt(end) == 'A' ? 'B' : 'A';
        Path bad = folder.resolve("bad.policy");
        Files.writeString(bad, good.substring(0, end) + other + good.substring(end + 1));
        assertThat(Verifiers.inProcess(medium, "--trust", bad).exit()).isEqualTo(3);
        assertThat(Verifiers.python(medium, "--trust", bad).exit()).isEqualTo(3);
    }

    @Test
    void verify_otherTenantsFilesInPlace_areRefused() throws IOException {
        Path acme = nodeFolder.resolve("logs/acme");
        Path zeta = nodeFolder.resolve("logs/zeta");
        Path aside = nodeFolder.resolve("logs/aside");
        Files.move(acme, aside);
        Files.move(zeta, acme);
        Files.move(aside, zeta);
        try {
            expectRefused("logs/acme");
        } finally {
            Files.move(zeta, aside);
            Files.move(acme, zeta);
            Files.move(aside, acme);
        }
    }

    @Test
    void verify_spliceOfTwoNodes_isRefused() throws Exception {
        Path foreign = Files.createDirectories(folder.resolve("foreign"));
        try (TestNode twin = TestNode.create(folder.resolve("twin-audit"), "alpha")) {
            twin.tenants("acme", "zeta").append("acme", 300).append("zeta", 7);
            twin.export(foreign);
            Path spliced = MediumFiles.copy(medium, folder.resolve("spliced"));
            Path into = node.nodeFolder(spliced);
            for (String part : List.of("bundle-1", "logs/acme")) {
                MediumFiles.delete(into.resolve(part));
                MediumFiles.copy(twin.nodeFolder(foreign).resolve(part), into.resolve(part));
                Verifiers.Outcome java = Verifiers.inProcess(spliced, "--trust", trust);
                assertThat(java.exit()).as(java.output()).isIn(1, 4);
                Verifiers.Outcome python = Verifiers.python(spliced, "--trust", trust);
                assertThat(python.exit()).as(python.output()).isEqualTo(java.exit());
                MediumFiles.delete(into.resolve(part));
                MediumFiles.copy(nodeFolder.resolve(part), into.resolve(part));
            }
        }
    }

    @Test
    void verify_oldBundleUnderANewerNumber_isRefused() throws IOException {
        Path copy = nodeFolder.resolve("bundle-3");
        MediumFiles.copy(nodeFolder.resolve("bundle-2"), copy);
        try {
            expectRefused("bundle-3/manifest.sig", "signed for export 2");
        } finally {
            MediumFiles.delete(copy);
        }
    }

    @Test
    void verify_emptyBundleFolder_isRefused() throws IOException {
        Path empty = Files.createDirectory(nodeFolder.resolve("bundle-9"));
        try {
            expectRefused("bundle-9/manifest.sig");
        } finally {
            Files.delete(empty);
        }
    }

    @Test
    void verify_copyMadeByAFileManager_isAsGood() {
        Path copy = MediumFiles.copy(medium, folder.resolve("copy"));
        for (Path path : List.of(copy, copy.resolve("MAP-AUDIT"), node.nodeFolder(copy))) {
            assertThat(Verifiers.inProcess(path, "--trust", trust).exit()).isZero();
            assertThat(Verifiers.python(path, "--trust", trust).exit()).isZero();
        }
        MediumFiles.delete(copy);
    }

    @Test
    void sha256sum_readsEveryManifest() {
        for (int number = 1; number <= 2; number++) {
            Verifiers.Outcome sums =
                    Verifiers.run(
                            List.of(
                                    "sha256sum",
                                    "-c",
                                    "--strict",
                                    "--quiet",
                                    "bundle-" + number + "/manifest.txt"),
                            nodeFolder);
            assertThat(sums.exit()).as(sums.output()).isZero();
        }
    }

    @Test
    void verifyText_stepsByHand_verifyWithOpenssl() throws IOException {
        String text = Files.readString(nodeFolder.resolve("bundle-2/VERIFY.txt"));
        assertThat(text).startsWith("Audit bundle bundle-2").isASCII();
        List<String> script = new ArrayList<>(List.of("set -eu"));
        for (String line : text.split("\n", -1)) {
            if (line.startsWith("  ") && !line.contains("PATH-OF-THIS-MEDIUM")) {
                script.add(line.strip());
            }
        }
        String commands =
                String.join("\n", script.stream().filter(line -> !isProse(line)).toList())
                        .replaceAll("VKEY='.*'", "VKEY='" + node.log().nodeKey().vkey() + "'");
        Verifiers.Outcome shell = Verifiers.run(List.of("sh", "-c", commands), nodeFolder);
        assertThat(shell.exit()).as(commands + "\n" + shell.output()).isZero();
        assertThat(shell.output().split("Signature Verified Successfully", -1)).hasSize(3);
    }

    private static boolean isProse(String line) {
        return line.startsWith("the program")
                || line.startsWith("the key")
                || line.startsWith("('map audit")
                || line.startsWith("trust file")
                || line.startsWith("log ")
                || line.startsWith("quorum ")
                || line.startsWith("the number");
    }
}
