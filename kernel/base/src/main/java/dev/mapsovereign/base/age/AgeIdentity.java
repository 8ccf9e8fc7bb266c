package dev.mapsovereign.base.age;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.crypto.X25519;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Whoever can decrypt what was encrypted to his recipient: a scalar of X25519, {@code
 * AGE-SECRET-KEY-1…} in text. Safe for use by several threads.
 */
public final class AgeIdentity implements AutoCloseable {
    private static final String KIND = "age-secret-key-";

    private final Secret scalar;
    private final AgeRecipient recipient;

    private AgeIdentity(byte[] scalar) {
        this.scalar = Secret.copyOf(scalar);
        this.recipient = new AgeRecipient(X25519.publicKey(scalar));
    }

    /** A new identity. */
    public static AgeIdentity generate(SecureRandom random) {
        byte[] scalar = new byte[X25519.BYTES];
        random.nextBytes(scalar);
        try {
            return new AgeIdentity(scalar);
        } finally {
            Arrays.fill(scalar, (byte) 0);
        }
    }

    /**
     * The identity that a text is, in upper case as {@code age-keygen} writes it; wiping {@code
     * text} stays the caller's duty.
     *
     * @throws IllegalArgumentException for any other text; the message holds nothing of it
     */
    public static AgeIdentity parse(byte[] text) {
        byte[] lower = new byte[text.length];
        byte[] scalar = {};
        try {
            for (int i = 0; i < text.length; i++) {
                if (text[i] >= 'a' && text[i] <= 'z') {
                    throw new IllegalArgumentException("an age identity is in upper case");
                }
                lower[i] = text[i] >= 'A' && text[i] <= 'Z' ? (byte) (text[i] + 32) : text[i];
            }
            scalar = Bech32.decode(KIND, lower);
            if (scalar.length != X25519.BYTES) {
                throw new IllegalArgumentException("not an X25519 identity: not of 32 bytes");
            }
            return new AgeIdentity(scalar);
        } finally {
            Arrays.fill(lower, (byte) 0);
            Arrays.fill(scalar, (byte) 0);
        }
    }

    /**
     * The identities of a file as {@code age-keygen -o} makes it: one a line, empty lines and lines
     * that begin with {@code #} passed over.
     *
     * @throws IOException if it is no file that {@link Secret#readFile} reads, holds anything else,
     *     or no identity at all; the message names the line and nothing that stands in it
     */
    public static List<AgeIdentity> readFile(Path file) throws IOException {
        try (Secret content = Secret.readFile(file)) {
            List<AgeIdentity> identities = new ArrayList<>();
            Optional<String> problem = content.use(bytes -> parseLines(bytes, identities));
            if (problem.isPresent()) {
                identities.forEach(AgeIdentity::close);
                throw new FileSystemException(file.toString(), null, problem.get());
            }
            return List.copyOf(identities);
        }
    }

    /**
     * The identities of the file that somebody named to a program; none without a file.
     *
     * @throws OperatorException with exit code 3 if it cannot be read or is none
     */
    public static List<AgeIdentity> readNamed(Optional<Path> file) {
        if (file.isEmpty()) {
            return List.of();
        }
        try {
            return readFile(file.get());
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "cannot read the identity file " + file.get() + ": " + IoReason.of(e),
                    e);
        }
    }

    private static Optional<String> parseLines(byte[] bytes, List<AgeIdentity> identities) {
        int number = 0;
        int start = 0;
        while (start < bytes.length) {
            int end = start;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            number++;
            int length = end > start && bytes[end - 1] == '\r' ? end - 1 - start : end - start;
            if (length > 0 && bytes[start] != '#') {
                byte[] line = Arrays.copyOfRange(bytes, start, start + length);
                try {
                    identities.add(parse(line));
                } catch (IllegalArgumentException e) {
                    return Optional.of("line " + number + ": " + e.getMessage());
                } finally {
                    Arrays.fill(line, (byte) 0);
                }
                if (identities.size() > Limits.IDENTITIES_MAX) {
                    return Optional.of("more than " + Limits.IDENTITIES_MAX + " identities");
                }
            }
            start = end + 1;
        }
        return identities.isEmpty()
                ? Optional.of("holds no age identity (AGE-SECRET-KEY-1…)")
                : Optional.empty();
    }

    /** To whom one encrypts for this identity. */
    public AgeRecipient recipient() {
        return recipient;
    }

    /** The text that {@link #parse} reads. */
    public Secret text() {
        byte[] lower = scalar.use(bytes -> Bech32.encode(KIND, bytes));
        byte[] upper = lower.clone();
        for (int i = 0; i < upper.length; i++) {
            upper[i] = upper[i] >= 'a' && upper[i] <= 'z' ? (byte) (upper[i] - 32) : upper[i];
        }
        try {
            return Secret.copyOf(upper);
        } finally {
            Arrays.fill(lower, (byte) 0);
            Arrays.fill(upper, (byte) 0);
        }
    }

    /** The file key, when this stanza wraps it for this identity. */
    Optional<byte[]> unwrap(Stanza stanza) throws AgeException {
        if (!stanza.kind().equals(AgeRecipient.STANZA)) {
            return Optional.empty();
        }
        byte[] share = share(stanza);
        byte[] secret =
                scalar.use(bytes -> X25519.agree(bytes, share))
                        .orElseThrow(() -> AgeHeader.refused("an X25519 share of small order"));
        byte[] wrapKey = recipient.wrapKey(secret, share);
        try {
            return ChaCha.open(wrapKey, new byte[ChaCha.NONCE_BYTES], stanza.body());
        } finally {
            Arrays.fill(secret, (byte) 0);
            Arrays.fill(wrapKey, (byte) 0);
        }
    }

    private static byte[] share(Stanza stanza) throws AgeException {
        if (stanza.arguments().size() != 2) {
            throw AgeHeader.refused("an X25519 stanza has two arguments");
        }
        byte[] share = Stanza.decode(stanza.arguments().get(1));
        if (share.length != X25519.BYTES) {
            throw AgeHeader.refused("an X25519 share has 32 bytes");
        }
        // Another length would let one ciphertext open under several keys.
        if (stanza.body().length != AgeHeader.FILE_KEY_BYTES + ChaCha.TAG_BYTES) {
            throw AgeHeader.refused("the body of an X25519 stanza has 32 bytes");
        }
        return share;
    }

    /** Wipes the scalar. */
    @Override
    public void close() {
        scalar.close();
    }

    @Override
    public String toString() {
        return "AgeIdentity[of " + recipient + "]";
    }
}
