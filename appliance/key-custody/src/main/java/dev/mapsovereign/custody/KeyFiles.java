package dev.mapsovereign.custody;

import dev.mapsovereign.base.crypto.ConstantTime;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
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
            return info(role)
                    .orElseThrow(() ->
                            new OperatorException(
                                    ExitCode.FAILED,
                                    "key " + file(role) + " is being replaced",
                                    "start the node, which finishes that"));
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
            write(file(role), key);
            return info(role).map(info -> withCreated(info)).orElseThrow();
        } finally {
            Arrays.fill(seed, (byte) 0);
        }
    }

    private static KeyInfo withCreated(KeyInfo info) {
        return new KeyInfo(info.role(), info.file(), info.createdAt(), info.publicKey(), true);
    }

    private void write(Path file, KeyFile key) {
        byte[] bytes = key.bytes();
        try {
            DurableFiles.createDirectories(folder, Mode.PRIVATE);
            DurableFiles.writeNew(file, bytes, Mode.PRIVATE);
        } catch (FileAlreadyExistsException e) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "another process made the key " + file + " at the same moment");
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "couldn't write key " + file + ": " + IoReason.of(e), e);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** What is known of the key of {@code role}; empty when there is none, or none any more. */
    public Optional<KeyInfo> info(KeyRole role) {
        if (!Files.exists(file(role)) || isReplaced(role)) {
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

    /** What may be shown of the key that is to follow; empty unless a rotation is under way. */
    public Optional<KeyInfo> nextInfo(KeyRole role) {
        if (!Files.exists(nextFile(role))) {
            return Optional.empty();
        }
        KeyFile key = read(role, nextFile(role));
        try (Secret _ = key.seed()) {
            return Optional.of(
                    new KeyInfo(role, nextFile(role), key.created(), key.publicKey(), false));
        }
    }

    /**
     * Makes the key that is to follow the one of {@code role}, beside it: {@code <role>.next.key}.
     * From then until {@link #replace} both exist.
     *
     * @throws OperatorException if there is one already
     */
    public void generateNext(KeyRole role) {
        byte[] seed = new byte[SEED_BYTES];
        RANDOM.nextBytes(seed);
        try (Secret secret = Secret.copyOf(seed)) {
            Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
            write(nextFile(role), new KeyFile(role, now, ed25519.publicKey(seed), secret));
        } finally {
            Arrays.fill(seed, (byte) 0);
        }
    }

    /**
     * The seeds of {@code role} that exist: one, or two in the course of a rotation, or only the
     * next one if the other was overwritten when the process died. The caller closes them.
     *
     * @throws OperatorException if there is none, or a file is open to others or malformed
     */
    public List<Secret> seeds(KeyRole role) {
        Path next = nextFile(role);
        if (!Files.exists(next)) {
            return List.of(seed(role));
        }
        Secret following = read(role, next).seed();
        return Files.exists(file(role)) && !isReplaced(role)
                ? List.of(read(role).seed(), following)
                : List.of(following);
    }

    /**
     * The seed of the key that is to follow; the caller closes it.
     *
     * @throws OperatorException if there is none
     */
    public Secret nextSeed(KeyRole role) {
        return read(role, nextFile(role)).seed();
    }

    /** Whether only the renaming of the next key is outstanding. */
    private boolean isReplaced(KeyRole role) {
        return Files.exists(nextFile(role)) && isOverwritten(file(role));
    }

    /**
     * Destroys the key of {@code role} and puts the next one in its place: the file is overwritten
     * where it lies and synced, then its name goes to the next one. Can be repeated after a crash.
     */
    public void replace(KeyRole role) {
        try {
            if (Files.exists(file(role))) {
                overwrite(file(role));
            }
            DurableFiles.move(nextFile(role), file(role));
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "couldn't replace key "
                            + file(role)
                            + ": "
                            + e.getMessage()
                            + "; nothing is lost, the node's next start does it",
                    e);
        }
    }

    /** Destroys the key that was to follow and was never used. */
    public void discardNext(KeyRole role) {
        try {
            overwrite(nextFile(role));
            DurableFiles.delete(nextFile(role));
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "couldn't destroy key " + nextFile(role) + ": " + IoReason.of(e),
                    e);
        }
    }

    /**
     * Zeros over the bytes of a file, in its own blocks. That is as far as a program can go: what
     * lies below (copy on write, flash that remaps, snapshots) may keep them.
     */
    private static void overwrite(Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            ByteBuffer zeros = ByteBuffer.allocate(Math.toIntExact(channel.size()));
            while (zeros.hasRemaining()) {
                channel.write(zeros);
            }
            channel.force(true);
        }
    }

    /** A key file is text: where zeros stand, it was overwritten or was about to be. */
    private static boolean isOverwritten(Path file) {
        try (Secret content = Secret.readFile(file)) {
            return content.use(bytes -> {
                for (byte each : bytes) {
                    if (each == 0) {
                        return true;
                    }
                }
                return false;
            });
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "couldn't read key " + file + ": " + IoReason.of(e), e);
        }
    }

    private KeyFile read(KeyRole role) {
        return read(role, file(role));
    }

    private KeyFile read(KeyRole role, Path file) {
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
                    ExitCode.ENVIRONMENT, "couldn't read key " + file + ": " + IoReason.of(e), e);
        }
    }

    /** Where the key of {@code role} lies. */
    public Path file(KeyRole role) {
        return folder.resolve(role.text() + ".key");
    }

    /** Where the key lies that is to follow. */
    private Path nextFile(KeyRole role) {
        return folder.resolve(role.text() + ".next.key");
    }
}
