package dev.mapsovereign.base.age;

import dev.mapsovereign.base.crypto.Hkdf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The payload of an age file, chunk by chunk (C2SP age, "Payload"; the construction is STREAM, by
 * Hoang, Reyhanitabar, Rogaway and Vizár). The counter in the nonce keeps chunks in their order,
 * the last byte tells the last one from the others, so that no end can be cut off unseen.
 */
final class Chunks {
    /** Plain bytes of a chunk. */
    static final int PLAIN_BYTES = 64 * 1024;

    /** The same chunk, sealed. */
    static final int SEALED_BYTES = PLAIN_BYTES + ChaCha.TAG_BYTES;

    /** Stands before the chunks. */
    static final int PAYLOAD_NONCE_BYTES = 16;

    private final ChaCha.Stream cipher;
    private long counter;

    Chunks(byte[] fileKey, byte[] payloadNonce) {
        byte[] key =
                Hkdf.sha256(
                        fileKey,
                        payloadNonce,
                        "payload".getBytes(StandardCharsets.US_ASCII),
                        ChaCha.KEY_BYTES);
        cipher = new ChaCha.Stream(key);
        Arrays.fill(key, (byte) 0);
    }

    boolean atFirst() {
        return counter == 0;
    }

    void seal(byte[] plain, int length, boolean last, byte[] sealed) {
        cipher.seal(nonce(last), plain, length, sealed);
        counter++;
    }

    /** False where this is not the chunk due; then the next call is for the same chunk again. */
    boolean open(byte[] sealed, int length, boolean last, byte[] plain) {
        if (!cipher.open(nonce(last), sealed, length, plain)) {
            return false;
        }
        counter++;
        return true;
    }

    private byte[] nonce(boolean last) {
        byte[] nonce = new byte[ChaCha.NONCE_BYTES];
        for (int i = 0; i < Long.BYTES; i++) {
            nonce[ChaCha.NONCE_BYTES - 2 - i] = (byte) (counter >>> (8 * i));
        }
        nonce[ChaCha.NONCE_BYTES - 1] = (byte) (last ? 1 : 0);
        return nonce;
    }
}
