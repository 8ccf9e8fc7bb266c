package dev.mapsovereign.base.age;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Decrypts an age file (C2SP age, binary form) while it is read. Holds one chunk of 64 KiB whatever
 * the file's length, and hands out no byte that was not authenticated; that the file is whole is
 * known only when its end has been reached without an {@link AgeException}. For one thread.
 */
public final class AgeDecryption extends InputStream {
    private final InputStream in;
    private final Chunks chunks;

    /** A chunk and the first byte behind it, by which a chunk is known not to be the last. */
    private final byte[] sealed = new byte[Chunks.SEALED_BYTES + 1];

    private final byte[] plain = new byte[Chunks.PLAIN_BYTES];
    private int sealedHeld;
    private int plainAt;
    private int plainEnd;
    private boolean ended;

    /**
     * Why no more can be read, from then on: an error must not look like an end the second time.
     */
    private String problem = "";

    /**
     * Reads the header.
     *
     * @param identities tried one after the other; they may be closed once this returns
     * @throws AgeException if the header is none, is for nobody here, or was changed
     */
    public AgeDecryption(InputStream in, List<AgeIdentity> identities) throws IOException {
        this.in = new BufferedInputStream(in);
        AgeHeader header = AgeHeader.read(this.in);
        byte[] fileKey = fileKey(header, identities);
        if (!header.isUnder(fileKey)) {
            throw new AgeException(
                    AgeException.Reason.MAC, "the header of the age file was changed");
        }
        byte[] nonce = this.in.readNBytes(Chunks.PAYLOAD_NONCE_BYTES);
        if (nonce.length < Chunks.PAYLOAD_NONCE_BYTES) {
            throw AgeHeader.refused("the file ends within the nonce behind it");
        }
        chunks = new Chunks(fileKey, nonce);
        Arrays.fill(fileKey, (byte) 0);
    }

    /**
     * A whole file at once.
     *
     * @param lengthMax plain bytes; more are refused before they are held
     */
    public static byte[] decrypt(byte[] file, List<AgeIdentity> identities, int lengthMax)
            throws AgeException {
        try (AgeDecryption decryption =
                new AgeDecryption(new ByteArrayInputStream(file), identities)) {
            byte[] plain = decryption.readNBytes(lengthMax);
            if (decryption.read() >= 0) {
                throw new AgeException(
                        AgeException.Reason.PAYLOAD,
                        "the age file holds more than " + lengthMax + " bytes");
            }
            return plain;
        } catch (AgeException e) {
            throw e;
        } catch (IOException e) {
            throw new IllegalStateException("memory does not fail", e);
        }
    }

    private static byte[] fileKey(AgeHeader header, List<AgeIdentity> identities)
            throws AgeException {
        for (AgeIdentity identity : identities) {
            for (Stanza stanza : header.stanzas()) {
                Optional<byte[]> fileKey = identity.unwrap(stanza);
                if (fileKey.isPresent()) {
                    return fileKey.get();
                }
            }
        }
        throw new AgeException(
                AgeException.Reason.NO_MATCH,
                "the age file is encrypted to none of the %d identities given"
                        .formatted(identities.size()));
    }

    @Override
    public int read() throws IOException {
        return plainAt < plainEnd || fill() ? plain[plainAt++] & 0xff : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        if (plainAt == plainEnd && !fill()) {
            return -1;
        }
        int count = Math.min(length, plainEnd - plainAt);
        System.arraycopy(plain, plainAt, bytes, offset, count);
        plainAt += count;
        return count;
    }

    @Override
    public int available() {
        return plainEnd - plainAt;
    }

    /** Opens the next chunk; false at the end of the file. */
    private boolean fill() throws IOException {
        if (!problem.isEmpty()) {
            throw refused();
        }
        if (ended) {
            return false;
        }
        sealedHeld += in.readNBytes(sealed, sealedHeld, sealed.length - sealedHeld);
        if (sealedHeld == sealed.length) {
            openBefore();
        } else {
            openLast();
        }
        plainAt = 0;
        return plainEnd > 0;
    }

    /** Opens a chunk behind which there are bytes. */
    private void openBefore() throws AgeException {
        if (!chunks.open(sealed, Chunks.SEALED_BYTES, false, plain)) {
            // Said apart from other changes: somebody added to the file, or glued two together.
            if (!chunks.open(sealed, Chunks.SEALED_BYTES, true, plain)) {
                throw changed();
            }
            problem = "bytes stand behind its last chunk";
        }
        plainEnd = Chunks.PLAIN_BYTES;
        sealed[0] = sealed[Chunks.SEALED_BYTES];
        sealedHeld = 1;
    }

    /** Opens the chunk at the end of the stream, which ought to be the last one of the file. */
    private void openLast() throws AgeException {
        boolean emptyBehindOthers = sealedHeld == ChaCha.TAG_BYTES && !chunks.atFirst();
        if (sealedHeld < ChaCha.TAG_BYTES || emptyBehindOthers) {
            throw changed();
        }
        if (!chunks.open(sealed, sealedHeld, true, plain)) {
            boolean full = sealedHeld == Chunks.SEALED_BYTES;
            if (!full || !chunks.open(sealed, sealedHeld, false, plain)) {
                throw changed();
            }
            problem = "its end is missing";
        }
        ended = true;
        plainEnd = sealedHeld - ChaCha.TAG_BYTES;
    }

    private AgeException changed() {
        plainAt = 0;
        plainEnd = 0;
        problem = "it was changed or cut off";
        return refused();
    }

    private AgeException refused() {
        return new AgeException(
                AgeException.Reason.PAYLOAD, "the age file does not decrypt: " + problem);
    }

    /** Wipes what was decrypted and closes the stream below. */
    @Override
    public void close() throws IOException {
        Arrays.fill(plain, (byte) 0);
        plainAt = 0;
        plainEnd = 0;
        problem = "it was closed";
        in.close();
    }
}
