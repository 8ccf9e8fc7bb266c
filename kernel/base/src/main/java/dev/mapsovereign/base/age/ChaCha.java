package dev.mapsovereign.base.age;

import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** ChaCha20-Poly1305 (RFC 8439) without associated data, by the JDK's provider. */
final class ChaCha {
    static final int KEY_BYTES = 32;
    static final int NONCE_BYTES = 12;
    static final int TAG_BYTES = 16;

    private ChaCha() {}

    static byte[] seal(byte[] key, byte[] nonce, byte[] plain) {
        byte[] sealed = new byte[plain.length + TAG_BYTES];
        new Stream(key).seal(nonce, plain, plain.length, sealed);
        return sealed;
    }

    /** The plain bytes; empty where the tag is wrong. */
    static Optional<byte[]> open(byte[] key, byte[] nonce, byte[] sealed) {
        byte[] plain = new byte[sealed.length - TAG_BYTES];
        return new Stream(key).open(nonce, sealed, sealed.length, plain)
                ? Optional.of(plain)
                : Optional.empty();
    }

    /** Many calls under one key, into arrays of the caller's; to be used by one thread. */
    static final class Stream {
        private final SecretKeySpec key;
        private final Cipher cipher;

        Stream(byte[] key) {
            try {
                this.key = new SecretKeySpec(key, "ChaCha20");
                this.cipher = Cipher.getInstance("ChaCha20-Poly1305");
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("the JDK has no ChaCha20-Poly1305", e);
            }
        }

        void seal(byte[] nonce, byte[] plain, int length, byte[] sealed) {
            try {
                cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(nonce));
                cipher.doFinal(plain, 0, length, sealed, 0);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("the JDK refuses ChaCha20-Poly1305", e);
            }
        }

        /** False where the tag is wrong; then {@code plain} holds nothing that may be used. */
        boolean open(byte[] nonce, byte[] sealed, int length, byte[] plain) {
            try {
                cipher.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(nonce));
                cipher.doFinal(sealed, 0, length, plain, 0);
                return true;
            } catch (AEADBadTagException e) {
                return false;
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("the JDK refuses ChaCha20-Poly1305", e);
            }
        }
    }
}
