package dev.mapsovereign.auditlog.payload;

import dev.mapsovereign.base.crypto.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Bytes under AES-256-GCM: {@code MAPP}, 1, 12 bytes nonce, ciphertext with its tag of 16 bytes. A
 * key seals one tenant's month, some million bodies: random nonces of 96 bits are safe for 2^32.
 */
final class Sealed {
    private static final byte[] HEAD = {'M', 'A', 'P', 'P', 1};
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private Sealed() {}

    /**
     * @param label what they are; opening under another one fails
     */
    static byte[] seal(byte[] key, byte[] content, String label) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, nonce, label).doFinal(content);
            return ByteBuffer.allocate(HEAD.length + NONCE_BYTES + sealed.length)
                    .put(HEAD)
                    .put(nonce)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-256-GCM is in every JDK", e);
        }
    }

    /**
     * What was sealed.
     *
     * @throws PayloadDamageException if it is not that, under this key and label
     */
    static byte[] opened(Secret key, byte[] sealed, String label, Path file)
            throws PayloadDamageException {
        ByteBuffer in = ByteBuffer.wrap(sealed);
        byte[] head = new byte[HEAD.length];
        byte[] nonce = new byte[NONCE_BYTES];
        if (sealed.length < HEAD.length + NONCE_BYTES + TAG_BITS / Byte.SIZE) {
            throw new PayloadDamageException(file + " is too short for what it should hold");
        }
        in.get(head).get(nonce);
        if (!java.util.Arrays.equals(head, HEAD)) {
            throw new PayloadDamageException(file + " is not of a form that this version reads");
        }
        try {
            return key.use(bytes -> {
                try {
                    return cipher(Cipher.DECRYPT_MODE, bytes, nonce, label)
                            .doFinal(sealed, in.position(), in.remaining());
                } catch (GeneralSecurityException e) {
                    throw new IllegalArgumentException(e);
                }
            });
        } catch (IllegalArgumentException e) {
            throw new PayloadDamageException(
                    file + " was changed, or belongs elsewhere, or was sealed by another key");
        }
    }

    private static Cipher cipher(int mode, byte[] key, byte[] nonce, String label)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(label.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
