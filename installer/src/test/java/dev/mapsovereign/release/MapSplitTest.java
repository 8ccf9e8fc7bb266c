package dev.mapsovereign.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code map-split} and {@code map-join} by the shells and programs that bare hosts have. */
class MapSplitTest {
    private static final Path SCRIPTS = Path.of("src/main/sh").toAbsolutePath();
    private static final int HEAD = 512;

    /** Three parts of 1000 bytes, two full. */
    private static final int EACH = HEAD + 1000;

    enum Host {
        DASH,
        /** Nothing but busybox: its shell, and its own head, tail, sha256sum, find, df. */
        BUSYBOX
    }

    @TempDir Path folder;
    private Path medium;
    private Path out;
    private byte[] content;

    @BeforeEach
    void makeFile() throws IOException {
        medium = Files.createDirectories(folder.resolve("a medium"));
        out = Files.createDirectories(folder.resolve("out"));
        content = new byte[2400];
        new Random(5).nextBytes(content);
        Files.write(folder.resolve("release-1.0.tar.zst"), content);
    }

    @ParameterizedTest
    @EnumSource
    void join_partsOfTwoMediaInAnyOrder_givesTheFile(Host host) throws Exception {
        split(host);
        Path other = Files.createDirectories(folder.resolve("other"));
        Files.move(part(2), other.resolve("renamed by a door"));

        Shell.Result joined =
                join(host, other.resolve("renamed by a door").toString(), medium.toString());
        assertThat(joined.status()).as(joined.text()).isZero();
        assertThat(out.resolve("release-1.0.tar.zst")).hasBinaryContent(content);
        assertThat(FileTree.files(out)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void join_byHandWithoutTheScript_givesTheFile(Host host) throws Exception {
        split(host);
        Shell.Result joined =
                run(
                        host,
                        "-c",
                        "for n in 1 2 3; do tail -c +513 \"$0/release-1.0.tar.zst.$n-of-3.map-part\";"
                                + " done > \"$1/by-hand\"",
                        medium.toString(),
                        out.toString());
        assertThat(joined.status()).as(joined.text()).isZero();
        assertThat(out.resolve("by-hand")).hasBinaryContent(content);
    }

    @ParameterizedTest
    @EnumSource
    void join_aPartDropped_isNamed(Host host) throws Exception {
        split(host);
        Files.delete(part(2));
        assertRefused(host, 1, "missing: part 2 of 3 of release-1.0.tar.zst");
    }

    @ParameterizedTest
    @EnumSource
    void join_aPartTruncated_isNamed(Host host) throws Exception {
        split(host);
        byte[] whole = Files.readAllBytes(part(3));
        Files.write(part(3), java.util.Arrays.copyOf(whole, whole.length - 1));
        assertRefused(host, 4, "its content is 399 bytes, not 400", "part 3 of 3");
    }

    @ParameterizedTest
    @EnumSource
    void join_oneBitOfContentChanged_isNamed(Host host) throws Exception {
        split(host);
        flip(part(1), HEAD + 500);
        assertRefused(host, 4, "its content is damaged", "part 1 of 3");
    }

    @ParameterizedTest
    @EnumSource
    void join_oneBitOfAHeadChanged_isNamed(Host host) throws Exception {
        split(host);
        // The digit of "part 2".
        String head = Files.readString(part(2), StandardCharsets.ISO_8859_1);
        flip(part(2), head.indexOf("\npart 2") + 6);
        assertRefused(host, 4, "2-of-3.map-part", "its head is damaged", "part 2 of 3");
    }

    @ParameterizedTest
    @EnumSource
    void join_contentsOfTwoPartsSwapped_areNamed(Host host) throws Exception {
        split(host);
        byte[] first = Files.readAllBytes(part(1));
        byte[] second = Files.readAllBytes(part(2));
        byte[] swapped = first.clone();
        System.arraycopy(second, HEAD, swapped, HEAD, 1000);
        System.arraycopy(first, HEAD, second, HEAD, 1000);
        Files.write(part(1), swapped);
        Files.write(part(2), second);
        assertRefused(host, 4, "part 1 2 of 3");
    }

    @ParameterizedTest
    @EnumSource
    void join_aBadCopyBesideAGoodOne_isSaidAndNotUsed(Host host) throws Exception {
        split(host);
        Path copy = Files.createDirectories(folder.resolve("copy"));
        Files.copy(part(2), copy.resolve("2.map-part"));
        flip(part(2), HEAD + 1);
        for (List<String> order : List.of(paths(medium, copy), paths(copy, medium))) {
            Shell.Result joined = join(host, order.toArray(String[]::new));
            assertThat(joined.status()).as(joined.text()).isZero();
            assertThat(joined.text()).contains("its content is damaged");
            assertThat(out.resolve("release-1.0.tar.zst")).hasBinaryContent(content);
            Files.delete(out.resolve("release-1.0.tar.zst"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void join_partsOfAnotherFileBeside_areNotMixedIn(Host host) throws Exception {
        split(host);
        byte[] other = content.clone();
        other[0]++;
        Files.write(folder.resolve("other-1.0.tar.zst"), other);
        Shell.Result written = split(host, "other-1.0.tar.zst");
        assertRefused(host, 2, "release-1.0.tar.zst, 2400 bytes", "other-1.0.tar.zst, 2400 bytes");

        String id = written.text().replaceFirst("(?s).*set ([0-9a-f]{16}):.*", "$1");
        Shell.Result joined = join(host, "--set", id, medium.toString());
        assertThat(joined.status()).as(joined.text()).isZero();
        assertThat(out.resolve("other-1.0.tar.zst")).hasBinaryContent(other);
    }

    @ParameterizedTest
    @EnumSource
    void join_theFileIsThere_isLeftAlone(Host host) throws Exception {
        split(host);
        assertThat(join(host, medium.toString()).status()).isZero();
        assertThat(join(host, medium.toString()).text()).contains("already, and whole");
        Files.writeString(out.resolve("release-1.0.tar.zst"), "mine");
        Shell.Result refused = join(host, medium.toString());
        assertThat(refused.status()).isEqualTo(3);
        assertThat(out.resolve("release-1.0.tar.zst")).hasContent("mine");
    }

    @ParameterizedTest
    @EnumSource
    void join_nothingButOtherFiles_isSaid(Host host) throws Exception {
        Files.writeString(medium.resolve("a.map-part"), "map-part/v2\n");
        assertRefused(host, 4, "it is no part");
        Files.delete(medium.resolve("a.map-part"));
        Files.writeString(medium.resolve("readme"), "x");
        assertRefused(host, 1, "no part");
    }

    @ParameterizedTest
    @EnumSource
    void split_aReleaseFolder_bringsWhatChecksIt(Host host) throws Exception {
        for (String name : List.of("SHA256SUMS", "SHA256SUMS.sig", "map-sovereign-1.0-join.sh")) {
            Files.writeString(folder.resolve(name), name);
        }
        split(host);
        for (String name : List.of("SHA256SUMS", "SHA256SUMS.sig", "map-sovereign-1.0-join.sh")) {
            assertThat(medium.resolve(name)).hasContent(name);
        }
    }

    @ParameterizedTest
    @EnumSource
    void split_whatCannotBe_isRefusedBeforeAnythingIsWritten(Host host) throws Exception {
        Files.write(folder.resolve("white space"), content);
        for (List<String> arguments :
                List.of(
                        List.of("release-1.0.tar.zst", "--size", "512", "--to", medium.toString()),
                        List.of("release-1.0.tar.zst", "--size", "513", "--to", medium.toString()),
                        List.of("release-1.0.tar.zst", "--size", "1X", "--to", medium.toString()),
                        List.of("white space", "--size", "1M", "--to", medium.toString()),
                        List.of("release-1.0.tar.zst", "--size", "1M"))) {
            List<String> command = new ArrayList<>(List.of(SCRIPTS + "/map-split"));
            command.addAll(arguments);
            Shell.Result refused = run(host, command.toArray(String[]::new));
            assertThat(refused.status()).as(arguments + refused.text()).isEqualTo(2);
        }
        assertThat(FileTree.files(medium)).isEmpty();
    }

    /** Says why, writes nothing, and leaves every part as it was. */
    private void assertRefused(Host host, int status, String... said) throws Exception {
        Map<Path, String> before = digests();
        Shell.Result refused = join(host, medium.toString());
        assertThat(refused.status()).as(refused.text()).isEqualTo(status);
        assertThat(refused.text()).contains(said);
        assertThat(FileTree.files(out)).isEmpty();
        assertThat(digests()).isEqualTo(before);
    }

    private Map<Path, String> digests() throws IOException {
        Map<Path, String> digests = new TreeMap<>();
        for (Path file : FileTree.files(medium)) {
            digests.put(file, FileTree.sha256(file));
        }
        return digests;
    }

    private Path part(int number) {
        return medium.resolve("release-1.0.tar.zst." + number + "-of-3.map-part");
    }

    private static List<String> paths(Path... paths) {
        return List.of(paths).stream().map(Path::toString).toList();
    }

    private static void flip(Path file, int at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= 1;
        Files.write(file, bytes);
    }

    private void split(Host host) throws Exception {
        split(host, "release-1.0.tar.zst");
    }

    private Shell.Result split(Host host, String file) throws Exception {
        Shell.Result done =
                run(
                        host,
                        SCRIPTS + "/map-split",
                        file,
                        "--size",
                        Integer.toString(EACH),
                        "--to",
                        medium.toString());
        assertThat(done.status()).as(done.text()).isZero();
        return done;
    }

    private Shell.Result join(Host host, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(SCRIPTS + "/map-join"));
        command.addAll(List.of("--to", out.toString()));
        command.addAll(List.of(arguments));
        return run(host, command.toArray(String[]::new));
    }

    private Shell.Result run(Host host, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("env", "-i"));
        switch (host) {
            case DASH -> command.addAll(List.of("PATH=/usr/bin:/bin", "sh"));
            case BUSYBOX -> {
                Path programs = Files.createDirectories(Path.of("target/busybox").toAbsolutePath());
                if (Files.notExists(programs.resolve("sh"))) {
                    assumeTrue(
                            Program.answer("busybox", "--install", "-s", programs.toString())
                                    .isPresent(),
                            "busybox is not installed");
                }
                command.addAll(List.of("PATH=" + programs, programs.resolve("sh").toString()));
            }
        }
        command.addAll(List.of(arguments));
        return Shell.run(folder, command);
    }
}
