package dev.mapsovereign.base.age;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Encrypts what is written to it into an age file (C2SP age, binary form). Holds one chunk of 64
 * KiB whatever the file's length. {@link #finish} ends the file; {@link #close} without it leaves
 * one that no reader takes for whole, so an exception under way cannot make a short file a valid
 * one. For one thread.
 */
public final class AgeEncryption extends OutputStream {
    private final OutputStream out;
    private final Chunks chunks;
    private final byte[] plain = new byte[Chunks.PLAIN_BYTES];
    private final byte[] sealed = new byte[Chunks.SEALED_BYTES];
    private int held;
    private boolean finished;

    /**
     * Writes the header.
     *
     * @param recipients 1 to 32; each alone can decrypt
     * @param random of cryptographic quality: the file's key and each recipient's ephemeral secret
     *     come from it
     * @throws IllegalArgumentException for no or too many recipients
     */
    public AgeEncryption(OutputStream out, List<AgeRecipient> recipients, SecureRandom random)
            throws IOException {
        if (recipients.isEmpty() || recipients.size() > Limits.RECIPIENTS_MAX) {
            throw new IllegalArgumentException(
                    "1 to %d age recipients, not %d"
                            .formatted(Limits.RECIPIENTS_MAX, recipients.size()));
        }
        this.out = out;
        byte[] fileKey = draw(random, AgeHeader.FILE_KEY_BYTES);
        byte[] nonce = draw(random, Chunks.PAYLOAD_NONCE_BYTES);
        List<Stanza> stanzas =
                recipients.stream().map(recipient -> recipient.wrap(fileKey, random)).toList();
        out.write(AgeHeader.of(stanzas, fileKey).bytes());
        out.write(nonce);
        chunks = new Chunks(fileKey, nonce);
        Arrays.fill(fileKey, (byte) 0);
    }

    /** A whole file at once. */
    public static byte[] encrypt(byte[] plain, List<AgeRecipient> recipients, SecureRandom random) {
        ByteArrayOutputStream out =
                new ByteArrayOutputStream(
                        Math.toIntExact(lengthOf(plain.length, recipients.size())));
        try (AgeEncryption encryption = new AgeEncryption(out, recipients, random)) {
            encryption.write(plain);
            encryption.finish();
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return out.toByteArray();
    }

    /** The length of an age file in bytes; it depends on nothing else. */
    public static long lengthOf(long plainBytes, int recipients) {
        int version = AgeHeader.VERSION.length() + 1;
        int stanza = "-> X25519 ".length() + 43 + 1 + 43 + 1;
        int end = "--- ".length() + 43 + 1;
        long chunks = Math.max(1, Math.ceilDiv(plainBytes, Chunks.PLAIN_BYTES));
        return version
                + (long) recipients * stanza
                + end
                + Chunks.PAYLOAD_NONCE_BYTES
                + plainBytes
                + chunks * ChaCha.TAG_BYTES;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (finished) {
            throw new IOException("the age file is finished");
        }
        int at = offset;
        while (at < offset + length) {
            // A full chunk waits for the byte behind it: only then is it known not to be the last.
            if (held == plain.length) {
                emit(false);
            }
            int count = Math.min(plain.length - held, offset + length - at);
            System.arraycopy(bytes, at, plain, held, count);
            held += count;
            at += count;
        }
    }

    /** Writes the last chunk; nothing may be written after it. A second call does nothing. */
    public void finish() throws IOException {
        if (!finished) {
            finished = true;
            emit(true);
            Arrays.fill(plain, (byte) 0);
        }
    }

    private void emit(boolean last) throws IOException {
        chunks.seal(plain, held, last, sealed);
        out.write(sealed, 0, held + ChaCha.TAG_BYTES);
        held = 0;
    }

    /** Closes the stream below; does not finish the file. */
    @Override
    public void close() throws IOException {
        Arrays.fill(plain, (byte) 0);
        out.close();
    }

    private static byte[] draw(SecureRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
