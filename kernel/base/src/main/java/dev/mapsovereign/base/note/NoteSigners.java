package dev.mapsovereign.base.note;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.MlDsa44;
import dev.mapsovereign.base.crypto.Secret;
import java.time.Clock;

/**
 * Signers from 32-byte seeds. Each keeps a copy of its seed for as long as it lives; one seed
 * serves one name and one type only.
 */
public final class NoteSigners {
    private NoteSigners() {}

    /** Signs the text of any note: type 0x01. */
    public static NoteSigner ed25519(String name, byte[] seed, Ed25519 ed25519) {
        VerifierKey key = VerifierKey.ed25519(name, ed25519.publicKey(seed));
        return new Ed25519Signer(key, Secret.copyOf(seed), ed25519);
    }

    /** Signs checkpoints with the time of {@code clock}: type 0x04. */
    public static NoteSigner cosignatureEd25519(
            String name, byte[] seed, Ed25519 ed25519, Clock clock) {
        VerifierKey key = VerifierKey.cosigner(name, ed25519.publicKey(seed));
        return new Ed25519Cosigner(key, Secret.copyOf(seed), ed25519, clock);
    }

    /** Signs checkpoints with the time of {@code clock}: type 0x06. */
    public static NoteSigner mlDsa44(String name, byte[] seed, Clock clock) {
        MlDsa44.KeyPair44 pair = MlDsa44.fromSeed(seed);
        return new MlDsa44Cosigner(VerifierKey.mlDsa44(name, pair.publicKey()), pair, clock);
    }

    private record Ed25519Signer(VerifierKey key, Secret seed, Ed25519 ed25519)
            implements NoteSigner {
        @Override
        public byte[] sign(String noteText) {
            return seed.use(bytes -> ed25519.sign(bytes, NoteText.utf8(noteText)));
        }
    }

    private record Ed25519Cosigner(VerifierKey key, Secret seed, Ed25519 ed25519, Clock clock)
            implements NoteSigner {
        @Override
        public byte[] sign(String noteText) {
            Checkpoint.parse(noteText);
            long time = seconds(clock);
            byte[] message = Cosignature.messageEd25519(time, noteText);
            return new Cosignature(time, seed.use(bytes -> ed25519.sign(bytes, message))).bytes();
        }
    }

    private record MlDsa44Cosigner(VerifierKey key, MlDsa44.KeyPair44 pair, Clock clock)
            implements NoteSigner {
        @Override
        public byte[] sign(String noteText) {
            Checkpoint checkpoint = Checkpoint.parse(noteText);
            long time = seconds(clock);
            byte[] message = Cosignature.messageMlDsa44(key.name(), time, checkpoint);
            return new Cosignature(time, pair.sign(message)).bytes();
        }
    }

    /** A time of zero would say "not the newest tree", and one before 1970 cannot be written. */
    private static long seconds(Clock clock) {
        long seconds = clock.instant().getEpochSecond();
        if (seconds <= 0) {
            throw new IllegalStateException("the clock stands before 1970: " + clock.instant());
        }
        return seconds;
    }
}
