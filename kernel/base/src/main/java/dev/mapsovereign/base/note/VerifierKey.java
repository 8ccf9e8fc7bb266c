package dev.mapsovereign.base.note;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.MlDsa44;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.crypto.StrictEd25519;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * A public key by which notes are verified (C2SP signed-note, "Verifier keys"), equal by value.
 *
 * <p>The key id is always computed: a vkey whose id is another is refused, since it would name a
 * different key than it holds.
 *
 * @param name without Unicode spaces and plus signs, 1 to 255 bytes
 * @param keyId the first four bytes of SHA-256(name, line end, type, public key), big-endian
 * @param type {@link #ED25519}, {@link #COSIGNATURE_ED25519} or {@link #ML_DSA_44}
 * @param publicKey 32 bytes, or 1312 of ML-DSA-44
 */
public record VerifierKey(String name, int keyId, byte type, byte[] publicKey) {
    /** Ed25519 over the note's text. */
    public static final byte ED25519 = 0x01;

    /** Ed25519 over time and checkpoint (C2SP tlog-cosignature). */
    public static final byte COSIGNATURE_ED25519 = 0x04;

    /** ML-DSA-44 over cosigner, time, origin, size and root (C2SP tlog-cosignature). */
    public static final byte ML_DSA_44 = 0x06;

    /** Checks that the parts belong together. */
    public VerifierKey {
        NoteText.requireName(name);
        publicKey = publicKey.clone();
        requirePublicKey(type, publicKey);
        int computed = keyId(name, type, publicKey);
        if (keyId != computed) {
            throw new NoteException(
                    "key %s: its id is %08x, not %08x".formatted(name, computed, keyId));
        }
    }

    /** The key that {@code <name>+<hex id>+<base64 of type and public key>} spells. */
    public static VerifierKey parse(String vkey) {
        int first = vkey.indexOf('+');
        int second = vkey.indexOf('+', first + 1);
        if (first < 0 || second < 0) {
            throw new NoteException("a verifier key has three parts with + between them");
        }
        try {
            byte[] id = Hex.decode(vkey.substring(first + 1, second));
            byte[] material = StrictBase64.decode(vkey.substring(second + 1));
            if (id.length != 4 || material.length < 2) {
                throw new NoteException("a verifier key has an id of 8 digits and a public key");
            }
            return new VerifierKey(
                    vkey.substring(0, first),
                    ByteBuffer.wrap(id).getInt(),
                    material[0],
                    Arrays.copyOfRange(material, 1, material.length));
        } catch (NoteException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new NoteException("a verifier key's id or key: " + e.getMessage(), e);
        }
    }

    /** The key of Ed25519 signatures over a note's text. */
    public static VerifierKey ed25519(String name, byte[] publicKey) {
        return of(name, ED25519, publicKey);
    }

    /** The key of an Ed25519 cosigner of checkpoints. */
    public static VerifierKey cosigner(String name, byte[] publicKey) {
        return of(name, COSIGNATURE_ED25519, publicKey);
    }

    /** The key of an ML-DSA-44 cosigner of checkpoints. */
    public static VerifierKey mlDsa44(String name, byte[] publicKey) {
        return of(name, ML_DSA_44, publicKey);
    }

    /** A copy. */
    @Override
    public byte[] publicKey() {
        return publicKey.clone();
    }

    /** {@code <name>+<hex id>+<base64 of type and public key>}. */
    public String vkey() {
        byte[] material = new byte[1 + publicKey.length];
        material[0] = type;
        System.arraycopy(publicKey, 0, material, 1, publicKey.length);
        return "%s+%08x+%s".formatted(name, keyId, StrictBase64.encode(material));
    }

    /** What people compare on paper: the hexadecimal SHA-256 of {@link #vkey}. */
    public String fingerprint() {
        return Hex.encode(Sha256.hash(NoteText.utf8(vkey())));
    }

    /** Whether it signs checkpoints with a time rather than any text. */
    public boolean isCosigner() {
        return type != ED25519;
    }

    /** Whether the signature bears this key's name and id, so that it must verify. */
    public boolean claims(NoteSignature signature) {
        return signature.keyId() == keyId && signature.name().equals(name);
    }

    /**
     * Whether {@code signature} is this key's over the note's text; false for any other shape, and
     * for a cosignature over a text that is no checkpoint.
     */
    public boolean verifies(String noteText, byte[] signature, Ed25519 ed25519) {
        return switch (type) {
            case ED25519 -> ed25519.verify(publicKey, NoteText.utf8(noteText), signature);
            case COSIGNATURE_ED25519 -> {
                Cosignature split = Cosignature.split(signature);
                yield Checkpoint.isCheckpoint(noteText)
                        && split.time() >= 0
                        && ed25519.verify(
                                publicKey,
                                Cosignature.messageEd25519(split.time(), noteText),
                                split.signature());
            }
            case ML_DSA_44 -> {
                Cosignature split = Cosignature.split(signature);
                yield Checkpoint.isCheckpoint(noteText)
                        && split.time() > 0
                        && MlDsa44.verify(
                                publicKey,
                                Cosignature.messageMlDsa44(
                                        name, split.time(), Checkpoint.parse(noteText)),
                                split.signature());
            }
            default -> false; // the constructor admits no other
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VerifierKey key
                && keyId == key.keyId
                && type == key.type
                && name.equals(key.name)
                && Arrays.equals(publicKey, key.publicKey);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, keyId, type);
    }

    @Override
    public String toString() {
        return vkey();
    }

    private static VerifierKey of(String name, byte type, byte[] publicKey) {
        return new VerifierKey(name, keyId(name, type, publicKey), type, publicKey);
    }

    private static int keyId(String name, byte type, byte[] publicKey) {
        byte[] hash = Sha256.hash(NoteText.utf8(name), new byte[] {'\n', type}, publicKey);
        return ByteBuffer.wrap(hash).getInt();
    }

    private static void requirePublicKey(byte type, byte[] publicKey) {
        switch (type) {
            case ED25519, COSIGNATURE_ED25519 -> {
                if (!StrictEd25519.permitsKey(publicKey)) {
                    throw new NoteException("not an Ed25519 public key by the strict rule");
                }
            }
            case ML_DSA_44 -> {
                if (publicKey.length != MlDsa44.PUBLIC_KEY_BYTES) {
                    throw new NoteException(
                            "an ML-DSA-44 public key has 1312 bytes, not " + publicKey.length);
                }
            }
            default ->
                    throw new NoteException(
                            "signature type 0x%02x is none of 0x01, 0x04, 0x06".formatted(type));
        }
    }
}
