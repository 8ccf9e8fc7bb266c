package dev.mapsovereign.custody;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyFilesTest {
    private static final Clock CLOCK =
            Clock.fixed(Instant.parse("2026-11-23T18:00:00Z"), ZoneOffset.UTC);
    private static final Ed25519 ED25519 = Ed25519.jdk();

    @TempDir private Path temp;

    private KeyFiles keys() {
        return new KeyFiles(temp.resolve("keys"), ED25519, CLOCK);
    }

    @Test
    void generate_newRole_writesAPrivateFile() throws IOException {
        KeyFiles.KeyInfo info = keys().generate(KeyRole.LOG);

        assertThat(info.created()).isTrue();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(info.file())))
                .isEqualTo("rw-------");
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(temp.resolve("keys"))))
                .isEqualTo("rwx------");
        try (Secret seed = keys().seed(KeyRole.LOG)) {
            assertThat(seed.use(ED25519::publicKey)).isEqualTo(info.publicKey());
        }
    }

    @Test
    void generate_again_changesNothing() throws IOException {
        Path file = keys().generate(KeyRole.DID).file();
        byte[] before = Files.readAllBytes(file);

        KeyFiles.KeyInfo again = keys().generate(KeyRole.DID);

        assertThat(again.created()).isFalse();
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
    }

    @Test
    void generate_twoRoles_areTwoKeys() {
        assertThat(keys().generate(KeyRole.DID).publicKey())
                .isNotEqualTo(keys().generate(KeyRole.PLUGIN).publicKey());
    }

    @Test
    void seed_missing_saysHowToMakeIt() {
        assertThatThrownBy(() -> keys().seed(KeyRole.LOG))
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        failure -> {
                            assertThat(failure.exit()).isEqualTo(ExitCode.ENVIRONMENT);
                            assertThat(failure.hint())
                                    .contains("make it with: map keys generate log");
                        });
    }

    @Test
    void seed_openToOthers_isRefused() throws IOException {
        Path file = keys().generate(KeyRole.LOG).file();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        assertThatThrownBy(() -> keys().seed(KeyRole.LOG))
                .isInstanceOf(OperatorException.class)
                .hasMessageContaining("couldn't read key");
    }

    @Test
    void seed_fileOfAnotherRole_isTampering() throws IOException {
        Path log = keys().generate(KeyRole.LOG).file();
        Path did = keys().generate(KeyRole.DID).file();
        Files.write(log, Files.readAllBytes(did));

        assertThatThrownBy(() -> keys().seed(KeyRole.LOG))
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        failure -> assertThat(failure.exit()).isEqualTo(ExitCode.TAMPERING));
    }

    @ParameterizedTest
    @CsvSource({
        "map-key/v1, map-key/v2",
        "format: plain, format: sealed",
        "'seed: ', 'sead: '",
        "'role: log', 'role: king'",
        "'created: 2026-11-23T18:00:00Z', 'created: yesterday'"
    })
    void seed_malformedFile_isRefusedWithoutShowingTheSeed(String from, String to)
            throws IOException {
        Path file = keys().generate(KeyRole.LOG).file();
        String text = Files.readString(file);
        assertThat(text).contains(from);
        String seed = text.lines().toList().getLast().substring("seed: ".length());
        Files.writeString(file, text.replace(from, to));

        assertThatThrownBy(() -> keys().seed(KeyRole.LOG))
                .isInstanceOf(OperatorException.class)
                .hasMessageContaining("not a key file")
                .hasMessageNotContaining(seed)
                .hasNoCause();
    }

    @Test
    void roles_haveNamesThatReadBack() {
        for (KeyRole role : KeyRole.values()) {
            assertThat(KeyRole.of(role.text())).isEqualTo(role);
        }
        assertThat(KeyRole.REGISTRY_ROOT.text()).isEqualTo("registry-root");
    }

    @Test
    void replace_nextKey_takesThePlaceAndTheOldBytesAreOverwritten() throws IOException {
        KeyFiles.KeyInfo old = keys().generate(KeyRole.LOG);
        // A second name for the same blocks shows what becomes of them.
        Path blocks = Files.createLink(temp.resolve("blocks"), old.file());
        keys().generateNext(KeyRole.LOG);
        KeyFiles.KeyInfo next = keys().nextInfo(KeyRole.LOG).orElseThrow();
        assertThat(next.publicKey()).isNotEqualTo(old.publicKey());
        assertThat(seeds()).containsExactly(hex(old), hex(next));

        keys().replace(KeyRole.LOG);

        assertThat(Files.readAllBytes(blocks)).hasSizeGreaterThan(100).containsOnly(0);
        assertThat(keys().info(KeyRole.LOG).orElseThrow().publicKey()).isEqualTo(next.publicKey());
        assertThat(keys().nextInfo(KeyRole.LOG)).isEmpty();
        assertThat(seeds()).containsExactly(hex(next));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(old.file())))
                .isEqualTo("rw-------");
    }

    @Test
    void seeds_diedBetweenOverwritingAndRenaming_areTheNextOneAlone() throws IOException {
        KeyFiles.KeyInfo old = keys().generate(KeyRole.LOG);
        keys().generateNext(KeyRole.LOG);
        KeyFiles.KeyInfo next = keys().nextInfo(KeyRole.LOG).orElseThrow();
        byte[] half = Files.readAllBytes(old.file());
        java.util.Arrays.fill(half, half.length / 2, half.length, (byte) 0);
        Files.write(old.file(), half);

        assertThat(seeds()).containsExactly(hex(next));
        assertThat(keys().info(KeyRole.LOG)).isEmpty();
        assertThatThrownBy(() -> keys().generate(KeyRole.LOG))
                .isInstanceOf(OperatorException.class)
                .hasMessageContaining("is being replaced");

        keys().replace(KeyRole.LOG);
        assertThat(seeds()).containsExactly(hex(next));
    }

    @Test
    void seeds_brokenKeyWithoutANextOne_isAnError() throws IOException {
        KeyFiles.KeyInfo old = keys().generate(KeyRole.LOG);
        Files.write(old.file(), new byte[100]);
        assertThatThrownBy(this::seeds).isInstanceOf(OperatorException.class);
    }

    @Test
    void discardNext_neverUsed_leavesTheKeyAsItWas() throws IOException {
        KeyFiles.KeyInfo old = keys().generate(KeyRole.LOG);
        keys().generateNext(KeyRole.LOG);
        Path blocks =
                Files.createLink(
                        temp.resolve("blocks"), keys().nextInfo(KeyRole.LOG).orElseThrow().file());
        assertThatThrownBy(() -> keys().generateNext(KeyRole.LOG))
                .isInstanceOf(OperatorException.class);

        keys().discardNext(KeyRole.LOG);

        assertThat(Files.readAllBytes(blocks)).containsOnly(0);
        assertThat(seeds()).containsExactly(hex(old));
    }

    private List<String> seeds() {
        return keys().seeds(KeyRole.LOG).stream()
                .map(seed -> Hex.encode(seed.use(ED25519::publicKey)))
                .toList();
    }

    private static String hex(KeyFiles.KeyInfo info) {
        return Hex.encode(info.publicKey());
    }
}
