package dev.mapsovereign.auditexport;

import dev.mapsovereign.base.age.AgeEncryption;
import dev.mapsovereign.base.age.AgeRecipient;
import dev.mapsovereign.base.crypto.Hkdf;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.crypto.Sha256;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;

/**
 * To whom one export encrypts its entries. The same file gives the same bytes as long as the seed
 * is there, so that an interrupted export can be resumed without rewriting what is good
 * (docs/internals/audit-export.md, "Encryption").
 *
 * @param recipients 1 to 32
 * @param seed 32 random bytes of this export alone
 */
record EntryEncryption(List<AgeRecipient> recipients, Secret seed) {
    static final int SEED_BYTES = 32;

    EntryEncryption {
        recipients = List.copyOf(recipients);
    }

    /** For a new export. */
    static EntryEncryption of(List<AgeRecipient> recipients) {
        byte[] seed = new byte[SEED_BYTES];
        new SecureRandom().nextBytes(seed);
        try {
            return new EntryEncryption(recipients, Secret.copyOf(seed));
        } finally {
            Arrays.fill(seed, (byte) 0);
        }
    }

    /** The age file of an entry bundle. */
    byte[] encrypt(String name, byte[] plain) {
        // The file's key and nonce, and each recipient's ephemeral secret: 32 bytes, 32 bytes each.
        int length = 32 * (1 + recipients.size());
        byte[] drawn =
                seed.use(ikm ->
                        Hkdf.sha256(
                                ikm,
                                Sha256.hash(plain),
                                name.getBytes(StandardCharsets.US_ASCII),
                                length));
        return AgeEncryption.encrypt(plain, recipients, new Drawn(drawn));
    }

    /** The length of the age file of that many plain bytes. */
    long lengthOf(long plainBytes) {
        return AgeEncryption.lengthOf(plainBytes, recipients.size());
    }

    /** Hands out bytes that were drawn before, in order. */
    private static final class Drawn extends SecureRandom {
        @Serial private static final long serialVersionUID = 1L;

        private final transient byte[] bytes;
        private int at;

        Drawn(byte[] bytes) {
            super(null, null);
            this.bytes = bytes;
        }

        @Override
        public void nextBytes(byte[] wanted) {
            if (wanted.length > bytes.length - at) {
                throw new IllegalStateException("age draws more than it did");
            }
            System.arraycopy(bytes, at, wanted, 0, wanted.length);
            Arrays.fill(bytes, at, at + wanted.length, (byte) 0);
            at += wanted.length;
        }
    }
}
