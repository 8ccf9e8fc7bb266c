package dev.mapsovereign.base.age;

import dev.mapsovereign.base.crypto.Hkdf;
import dev.mapsovereign.base.crypto.X25519;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;

/**
 * Somebody to whom a file can be encrypted: a public value of X25519, {@code age1…} in text.
 * Public; equal when the values are.
 */
public final class AgeRecipient {
    static final String STANZA = "X25519";
    private static final String KIND = "age";
    private static final byte[] WRAP_INFO =
            (AgeHeader.VERSION + "/" + STANZA).getBytes(StandardCharsets.US_ASCII);

    private final byte[] publicKey;

    AgeRecipient(byte[] publicKey) {
        this.publicKey = publicKey.clone();
        // A value of small order would wrap the file key under a secret that everybody knows.
        if (X25519.agree(Arrays.copyOf(new byte[] {1}, X25519.BYTES), publicKey).isEmpty()) {
            throw new IllegalArgumentException("an age recipient that protects nothing");
        }
    }

    /**
     * The recipient that a text names, as {@code age-keygen} prints it.
     *
     * @throws IllegalArgumentException for any other text, upper case and other kinds of recipients
     *     included
     */
    public static AgeRecipient parse(String text) {
        byte[] publicKey;
        try {
            publicKey = Bech32.decode(KIND, text.getBytes(StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'%s' is no age recipient (age1…): %s".formatted(text, e.getMessage()), e);
        }
        if (publicKey.length != X25519.BYTES) {
            throw new IllegalArgumentException(
                    "'%s' is no X25519 recipient of age: %d bytes instead of 32"
                            .formatted(text, publicKey.length));
        }
        return new AgeRecipient(publicKey);
    }

    Stanza wrap(byte[] fileKey, SecureRandom random) {
        byte[] ephemeral = new byte[X25519.BYTES];
        random.nextBytes(ephemeral);
        byte[] share = X25519.publicKey(ephemeral);
        byte[] secret =
                X25519.agree(ephemeral, publicKey)
                        .orElseThrow(() -> new IllegalStateException("checked when it was made"));
        byte[] wrapKey = wrapKey(secret, share);
        try {
            byte[] body = ChaCha.seal(wrapKey, new byte[ChaCha.NONCE_BYTES], fileKey);
            return new Stanza(List.of(STANZA, Stanza.encode(share)), body);
        } finally {
            Arrays.fill(ephemeral, (byte) 0);
            Arrays.fill(secret, (byte) 0);
            Arrays.fill(wrapKey, (byte) 0);
        }
    }

    byte[] wrapKey(byte[] secret, byte[] share) {
        byte[] salt = Arrays.copyOf(share, share.length + publicKey.length);
        System.arraycopy(publicKey, 0, salt, share.length, publicKey.length);
        return Hkdf.sha256(secret, salt, WRAP_INFO, ChaCha.KEY_BYTES);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AgeRecipient recipient
                && Arrays.equals(recipient.publicKey, publicKey);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(publicKey);
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return new String(Bech32.encode(KIND, publicKey), StandardCharsets.US_ASCII);
    }
}
