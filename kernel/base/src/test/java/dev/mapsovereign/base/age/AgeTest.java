package dev.mapsovereign.base.age;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgeTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int CHUNK = Chunks.PLAIN_BYTES;

    private final AgeIdentity identity = AgeIdentity.generate(RANDOM);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17})
    void decrypt_whatWasEncrypted_givesItBack(int length) throws IOException {
        byte[] plain = plain(length);

        byte[] file = AgeEncryption.encrypt(plain, List.of(identity.recipient()), RANDOM);

        assertThat(file).hasSize((int) AgeEncryption.lengthOf(length, 1));
        assertThat(AgeDecryption.decrypt(file, List.of(identity), length)).isEqualTo(plain);
    }

    @Test
    void decrypt_anyOfSeveralRecipients_givesItBack() throws IOException {
        List<AgeIdentity> identities =
                IntStream.range(0, Limits.RECIPIENTS_MAX)
                        .mapToObj(i -> AgeIdentity.generate(RANDOM))
                        .toList();
        byte[] plain = plain(1000);

        byte[] file =
                AgeEncryption.encrypt(
                        plain, identities.stream().map(AgeIdentity::recipient).toList(), RANDOM);

        assertThat(file).hasSize((int) AgeEncryption.lengthOf(1000, identities.size()));
        for (AgeIdentity each : identities) {
            assertThat(AgeDecryption.decrypt(file, List.of(identity, each), 1000)).isEqualTo(plain);
        }
    }

    @Test
    void encrypt_noOrTooManyRecipients_isRefused() {
        List<AgeRecipient> many =
                Collections.nCopies(Limits.RECIPIENTS_MAX + 1, identity.recipient());

        assertThatThrownBy(() -> AgeEncryption.encrypt(new byte[1], List.of(), RANDOM))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> AgeEncryption.encrypt(new byte[1], many, RANDOM))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void decrypt_byStranger_matchesNothing() {
        byte[] file = AgeEncryption.encrypt(plain(10), List.of(identity.recipient()), RANDOM);

        assertReason(file, AgeIdentity.generate(RANDOM), AgeException.Reason.NO_MATCH);
    }

    /** Every bit of a small file: whichever is turned, it does not decrypt. */
    @Test
    void decrypt_anyBitTurned_isRefused() {
        byte[] file = AgeEncryption.encrypt(plain(40), List.of(identity.recipient()), RANDOM);
        for (int bit = 0; bit < file.length * 8; bit++) {
            byte[] changed = file.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> AgeDecryption.decrypt(changed, List.of(identity), 1 << 20))
                    .as("bit %d", bit)
                    .isInstanceOf(AgeException.class);
        }
    }

    @Test
    void decrypt_cutAnywhereOrLengthened_isRefused() {
        byte[] file = AgeEncryption.encrypt(plain(90), List.of(identity.recipient()), RANDOM);
        for (int length = 0; length < file.length; length++) {
            byte[] cut = Arrays.copyOf(file, length);
            assertThatThrownBy(() -> AgeDecryption.decrypt(cut, List.of(identity), 1 << 20))
                    .as("cut to %d", length)
                    .isInstanceOf(AgeException.class);
        }
        byte[] longer = Arrays.copyOf(file, file.length + 1);
        assertReason(longer, identity, AgeException.Reason.PAYLOAD);
    }

    @Test
    void decrypt_cutBetweenChunks_isRefused() {
        byte[] file =
                AgeEncryption.encrypt(plain(2 * CHUNK), List.of(identity.recipient()), RANDOM);

        assertReason(
                Arrays.copyOf(file, file.length - Chunks.SEALED_BYTES),
                identity,
                AgeException.Reason.PAYLOAD);
    }

    @Test
    void decrypt_chunksExchanged_isRefused() {
        byte[] file =
                AgeEncryption.encrypt(plain(3 * CHUNK), List.of(identity.recipient()), RANDOM);
        int first = file.length - 3 * Chunks.SEALED_BYTES;
        byte[] changed = file.clone();
        System.arraycopy(file, first, changed, first + Chunks.SEALED_BYTES, Chunks.SEALED_BYTES);
        System.arraycopy(file, first + Chunks.SEALED_BYTES, changed, first, Chunks.SEALED_BYTES);

        assertReason(changed, identity, AgeException.Reason.PAYLOAD);
    }

    @Test
    void decrypt_moreThanAllowed_isRefused() {
        byte[] file = AgeEncryption.encrypt(plain(11), List.of(identity.recipient()), RANDOM);

        assertThatThrownBy(() -> AgeDecryption.decrypt(file, List.of(identity), 10))
                .isInstanceOf(AgeException.class)
                .hasMessageContaining("more than 10 bytes");
    }

    @Test
    void read_afterAnError_failsAgain() throws IOException {
        byte[] file = AgeEncryption.encrypt(plain(10), List.of(identity.recipient()), RANDOM);
        file[file.length - 1] ^= 1;
        try (AgeDecryption decryption =
                new AgeDecryption(new ByteArrayInputStream(file), List.of(identity))) {
            assertThatThrownBy(decryption::read).isInstanceOf(AgeException.class);
            assertThatThrownBy(decryption::read).isInstanceOf(AgeException.class);
        }
    }

    @Test
    void close_withoutFinish_leavesNoValidFile() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (AgeEncryption encryption =
                new AgeEncryption(out, List.of(identity.recipient()), RANDOM)) {
            encryption.write(plain(CHUNK + 5));
        }

        assertReason(out.toByteArray(), identity, AgeException.Reason.PAYLOAD);
    }

    @Test
    void write_afterFinish_isRefused() throws IOException {
        try (AgeEncryption encryption =
                new AgeEncryption(
                        OutputStream.nullOutputStream(), List.of(identity.recipient()), RANDOM)) {
            encryption.finish();
            encryption.finish();
            assertThatThrownBy(() -> encryption.write(1)).isInstanceOf(IOException.class);
        }
    }

    /** 32 MiB pass through a pipe of 64 KiB while they are read: nothing waits for the whole. */
    @Test
    void stream_longerThanAllBuffers_passesThrough() throws Exception {
        int pieces = 512;
        try (PipedInputStream in = new PipedInputStream(CHUNK);
                PipedOutputStream out = new PipedOutputStream(in)) {
            Thread writer = Thread.ofPlatform().start(() -> writePieces(out, pieces));
            try (AgeDecryption decryption = new AgeDecryption(in, List.of(identity))) {
                for (int i = 0; i < pieces; i++) {
                    assertThat(decryption.readNBytes(CHUNK)).isEqualTo(piece(i));
                }
                assertThat(decryption.read()).isEqualTo(-1);
            }
            writer.join();
        }
    }

    private void writePieces(OutputStream out, int pieces) {
        try (AgeEncryption encryption =
                new AgeEncryption(out, List.of(identity.recipient()), RANDOM)) {
            for (int i = 0; i < pieces; i++) {
                encryption.write(piece(i));
            }
            encryption.finish();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] piece(int number) {
        byte[] piece = new byte[CHUNK];
        Arrays.fill(piece, (byte) number);
        return piece;
    }

    @Test
    void header_endlessOrCrowded_isRefusedInBoundedMemory() {
        String version = AgeHeader.VERSION + "\n";
        InputStream endless = new Repeating(version + "-> x\n", "A".repeat(64) + "\n");
        assertThatThrownBy(() -> new AgeDecryption(endless, List.of(identity)))
                .isInstanceOf(AgeException.class)
                .hasMessageContaining("bytes");
        InputStream crowded = new Repeating(version, "-> x y\n\n");
        assertThatThrownBy(() -> new AgeDecryption(crowded, List.of(identity)))
                .isInstanceOf(AgeException.class)
                .hasMessageContaining("stanzas");
    }

    /** First one text, then another for ever. */
    @SuppressWarnings("InputStreamSlowMultibyteRead")
    private static final class Repeating extends InputStream {
        private final byte[] first;
        private final byte[] then;
        private long at;

        Repeating(String first, String then) {
            this.first = first.getBytes(US_ASCII);
            this.then = then.getBytes(US_ASCII);
        }

        @Override
        public int read() {
            long position = at++;
            return position < first.length
                    ? first[(int) position]
                    : then[(int) ((position - first.length) % then.length)];
        }
    }

    private void assertReason(byte[] file, AgeIdentity by, AgeException.Reason reason) {
        assertThatThrownBy(() -> AgeDecryption.decrypt(file, List.of(by), 1 << 24))
                .isInstanceOfSatisfying(
                        AgeException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    private static byte[] plain(int length) {
        byte[] plain = new byte[length];
        new Random(length).nextBytes(plain);
        return plain;
    }
}
