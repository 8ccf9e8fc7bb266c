package dev.mapsovereign.custody;

import dev.mapsovereign.base.crypto.ConstantTime;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Optional;

/**
 * The folder that holds the node's private keys, one file a role, mode 0600 in a folder of mode
 * 0700. Keys are made here and never leave: callers get a {@link Secret} and close it.
 *
 * <p>Safe for use by several threads; two processes that generate the same role at once make one
 * key, since a file that exists is never replaced.
 */
public final class KeyFiles {
    private static final int SEED_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path folder;
    private final Ed25519 ed25519;
    private final Clock clock;

    /** Keys below {@code folder}, which is made when the first key is. */
    public KeyFiles(Path folder, Ed25519 ed25519, Clock clock) {
        this.folder = folder;
        this.ed25519 = ed25519;
        this.clock = clock;
    }

    /**
     * What may be shown of a key.
     *
     * @param created whether this call made it
     */
    public record KeyInfo(
            KeyRole role, Path file, Instant createdAt, byte[] publicKey, boolean created) {}

    /** Makes the key of {@code role}; one that exists stays as it is. */
    public KeyInfo generate(KeyRole role) {
        if (Files.exists(file(role))) {
            return info(role).orElseThrow();
        }
        byte[] seed = new byte[SEED_BYTES];
        RANDOM.nextBytes(seed);
        try (Secret secret = Secret.copyOf(seed)) {
            KeyFile key =
                    new KeyFile(
                            role,
                            clock.instant().truncatedTo(ChronoUnit.SECONDS),
                            ed25519.publicKey(seed),
                            secret);
            write(role, key);
            return info(role).map(info -> withCreated(info)).orElseThrow();
        } finally {
            Arrays.fill(seed, (byte) 0);
        }
    }

    private static KeyInfo withCreated(KeyInfo info) {
        return new KeyInfo(info.role(), info.file(), info.createdAt(), info.publicKey(), true);
    }

    private void write(KeyRole role, KeyFile key) {
        byte[] bytes = key.bytes();
        try {
            DurableFiles.createDirectories(folder, Mode.PRIVATE);
            DurableFiles.writeNew(file(role), bytes, Mode.PRIVATE);
        } catch (FileAlreadyExistsException e) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "another process made the key " + file(role) + " at the same moment");
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "couldn't write key " + file(role) + ": " + e.getMessage(),
                    e);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** What is known of the key of {@code role}; empty when there is none. */
    public Optional<KeyInfo> info(KeyRole role) {
        if (!Files.exists(file(role))) {
            return Optional.empty();
        }
        KeyFile key = read(role);
        try (Secret _ = key.seed()) {
            return Optional.of(
                    new KeyInfo(role, file(role), key.created(), key.publicKey(), false));
        }
    }

    /**
     * The seed of {@code role}; the caller closes it.
     *
     * @throws OperatorException if there is none, or its file is open to others or malformed
     */
    public Secret seed(KeyRole role) {
        if (!Files.exists(file(role))) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "no key " + file(role),
                    "make it with: map keys generate " + role.text());
        }
        return read(role).seed();
    }

    private KeyFile read(KeyRole role) {
        Path file = file(role);
        try (Secret content = Secret.readFile(file)) {
            KeyFile key = content.use(bytes -> KeyFile.parse(bytes, file.toString()));
            byte[] actual = key.seed().use(ed25519::publicKey);
            if (key.role() != role || !ConstantTime.equal(actual, key.publicKey())) {
                key.seed().close();
                throw new OperatorException(
                        ExitCode.TAMPERING,
                        "key "
                                + file
                                + " is not what it says: role or public key differ from its seed");
            }
            return key;
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "couldn't read key " + file + ": " + e.getMessage(), e);
        }
    }

    /** Where the key of {@code role} lies. */
    public Path file(KeyRole role) {
        return folder.resolve(role.text() + ".key");
    }
}
