package dev.mapsovereign.auditlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Hmac;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.testing.ManualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigestKeysTest {
    private static final TenantId ACME = TenantId.of("acme");
    private static final CorrelationId CALL = CorrelationId.random();
    private static final byte[] BODY = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);

    private final ManualClock clock = new ManualClock(Instant.parse("2026-11-30T23:59:59Z"));

    @TempDir private Path temp;

    @Test
    void hmac_isTheTwoStepsOfTheContract() throws IOException {
        String digest = DigestKeys.open(temp.resolve("k"), clock).hmac(ACME, CALL, BODY);

        byte[] key = Arrays.copyOf(Files.readAllBytes(temp.resolve("k/acme/2026-11")), 32);
        byte[] recordKey =
                Hmac.sha256(key, ("map-digest/v1\n" + CALL).getBytes(StandardCharsets.US_ASCII));
        assertThat(digest).isEqualTo(Hex.encode(Hmac.sha256(recordKey, BODY)));
    }

    @Test
    void hmac_afterReopening_isTheSame() {
        String before = DigestKeys.open(temp.resolve("k"), clock).hmac(ACME, CALL, BODY);

        assertThat(DigestKeys.open(temp.resolve("k"), clock).hmac(ACME, CALL, BODY))
                .isEqualTo(before);
    }

    @Test
    void hmac_otherTenantCallOrMonth_isAnother() {
        DigestKeys keys = DigestKeys.open(temp.resolve("k"), clock);
        String one = keys.hmac(ACME, CALL, BODY);

        assertThat(keys.hmac(TenantId.of("other"), CALL, BODY)).isNotEqualTo(one);
        assertThat(keys.hmac(ACME, CorrelationId.random(), BODY)).isNotEqualTo(one);
        clock.advance(Duration.ofSeconds(2));
        assertThat(keys.hmac(ACME, CALL, BODY)).isNotEqualTo(one);
        assertThat(temp.resolve("k/acme/2026-12")).exists();
    }

    @Test
    void keyFiles_arePrivate_andRefusedWhenTheyAreNot() throws IOException {
        DigestKeys.open(temp.resolve("k"), clock).hmac(ACME, CALL, BODY);
        Path file = temp.resolve("k/acme/2026-11");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");

        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> DigestKeys.open(temp.resolve("k"), clock).hmac(ACME, CALL, BODY))
                .isInstanceOf(OperatorException.class)
                .hasMessageContaining("digest key of acme");
    }

    @Test
    void keyFile_truncated_isRefused() throws IOException {
        DigestKeys.open(temp.resolve("k"), clock).hmac(ACME, CALL, BODY);
        Path file = temp.resolve("k/acme/2026-11");
        Files.write(file, new byte[31]);

        assertThatThrownBy(() -> DigestKeys.open(temp.resolve("k"), clock).hmac(ACME, CALL, BODY))
                .hasMessageContaining("31 bytes instead of 36");
    }

    @Test
    void keyFile_anyBitFlipped_isRefused() throws IOException {
        DigestKeys.open(temp.resolve("k"), clock).hmac(ACME, CALL, BODY);
        Path file = temp.resolve("k/acme/2026-11");
        byte[] good = Files.readAllBytes(file);
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] flipped = good.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            Files.write(file, flipped);
            assertThatThrownBy(
                            () -> DigestKeys.open(temp.resolve("k"), clock).hmac(ACME, CALL, BODY))
                    .as("bit %d", bit)
                    .hasMessageContaining("its checksum says that it was changed");
        }
    }
}
