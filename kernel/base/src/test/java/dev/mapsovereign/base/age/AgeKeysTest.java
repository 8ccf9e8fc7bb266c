package dev.mapsovereign.base.age;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgeKeysTest {
    /** The example of C2SP age, "The X25519 recipient type". */
    private static final String IDENTITY =
            "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

    private static final String RECIPIENT =
            "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

    @TempDir Path folder;

    @Test
    void identity_ofTheSpecification_hasItsRecipient() {
        AgeIdentity identity = AgeIdentity.parse(IDENTITY.getBytes(US_ASCII));

        assertThat(identity.recipient()).hasToString(RECIPIENT);
        assertThat(identity.recipient()).isEqualTo(AgeRecipient.parse(RECIPIENT));
        assertThat(text(identity)).isEqualTo(IDENTITY);
        assertThat(identity.toString()).doesNotContain("GFPYYSJZ");
    }

    @Test
    void generate_twice_givesTwo() {
        AgeIdentity one = AgeIdentity.generate(new SecureRandom());
        AgeIdentity other = AgeIdentity.generate(new SecureRandom());

        assertThat(one.recipient()).isNotEqualTo(other.recipient());
        assertThat(AgeIdentity.parse(text(one).getBytes(US_ASCII)).recipient())
                .isEqualTo(one.recipient());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "age1",
                "age",
                "AGE1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ",
                "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwk",
                "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujw",
                "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwjj",
                "age1Zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJlq",
                "agé1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
                IDENTITY
            })
    void recipient_anyOtherText_isRefused(String text) {
        assertThatThrownBy(() -> AgeRecipient.parse(text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void recipient_ofSmallOrder_isRefused() {
        String text = new String(Bech32.encode("age", new byte[32]), US_ASCII);

        assertThatThrownBy(() -> AgeRecipient.parse(text)).hasMessageContaining("protects nothing");
    }

    @Test
    void recipient_ofOtherLength_isRefused() {
        String text = new String(Bech32.encode("age", new byte[33]), US_ASCII);

        assertThatThrownBy(() -> AgeRecipient.parse(text)).hasMessageContaining("33 bytes");
    }

    @Test
    void bech32_bitsLeftOver_areRefused() {
        // 31 bytes are 248 bits, 50 words less 2 bits; the last word of this one has one of them.
        byte[] text = Bech32.encode("age", new byte[31]);
        byte[] other = withLastWordChanged(text);

        assertThat(Bech32.decode("age", text)).hasSize(31);
        assertThatThrownBy(() -> Bech32.decode("age", other)).hasMessageContaining("last bits");
    }

    /**
     * Bech32's checksum is linear: a 1 added to the last word of the data adds the generator's
     * lowest entry to the checksum.
     */
    private static byte[] withLastWordChanged(byte[] text) {
        String alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
        byte[] changed = text.clone();
        int last = text.length - 7;
        changed[last] = (byte) alphabet.charAt(alphabet.indexOf(text[last]) ^ 1);
        for (int i = 0; i < 6; i++) {
            int at = last + 1 + i;
            int word = alphabet.indexOf(text[at]) ^ (0x3b6a57b2 >> (5 * (5 - i)) & 31);
            changed[at] = (byte) alphabet.charAt(word);
        }
        return changed;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "age-secret-key-1gfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpq4egaex",
                "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEY",
                "AGE-SECRET-KEY-PQ-1GFPYYSJZGFPYYSJZ",
                RECIPIENT
            })
    void identity_anyOtherText_isRefusedWithoutBeingShown(String text) {
        assertThatThrownBy(() -> AgeIdentity.parse(text.getBytes(US_ASCII)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("FPYYSJZ");
    }

    @Test
    void readFile_asAgeKeygenWritesIt_givesTheIdentities() throws IOException {
        Path file = secretFile("# created: today\n# public key: x\n\n" + IDENTITY + "\r\n");

        List<AgeIdentity> identities = AgeIdentity.readFile(file);

        assertThat(identities).extracting(i -> i.recipient().toString()).containsExactly(RECIPIENT);
    }

    @Test
    void readFile_anythingElse_isRefusedByLine() throws IOException {
        Path file = secretFile("# mine\n" + IDENTITY + "\nGFPYYSJZ\n");

        assertThatThrownBy(() -> AgeIdentity.readFile(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("line 3")
                .hasMessageNotContaining("GFPYYSJZ");
        Path empty = secretFile("# nothing\n");
        assertThatThrownBy(() -> AgeIdentity.readFile(empty))
                .hasMessageContaining("no age identity");
    }

    @Test
    void readFile_readableByAll_isRefused() throws IOException {
        Path file = secretFile(IDENTITY);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        assertThatThrownBy(() -> AgeIdentity.readFile(file)).hasMessageContaining("mode");
    }

    private Path secretFile(String content) throws IOException {
        Path file = Files.createTempFile(folder, "identity", ".txt");
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    private static String text(AgeIdentity identity) {
        try (Secret text = identity.text()) {
            return text.use(bytes -> new String(bytes, US_ASCII));
        }
    }
}
