package dev.mapsovereign.node;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.config.ConfigSection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;

/**
 * Where a node keeps what.
 *
 * @param data everything that must survive: {@code /var/lib/map}
 * @param audit the audit log ({@code MAP_AUDIT_BUFFER_DIR})
 * @param keys private keys: {@code /etc/map/keys}
 * @param identity the site's own identity documents and their keys: {@code /etc/map/identity}
 * @param run the control socket: {@code /run/map}
 */
public record NodeFolders(Path data, Path audit, Path keys, Path identity, Path run) {
    private static final Path DATA_DEFAULT = Path.of("/var/lib/map");
    private static final Path KEYS_DEFAULT = Path.of("/etc/map/keys");
    private static final Path RUN_DEFAULT = Path.of("/run/map");

    /** A tmpfs on every Linux (shm_overview(7)). */
    private static final Path MEMORY = Path.of("/dev/shm");

    private static final int MEMORY_NAME_DIGITS = 16;

    /** Belongs to the user of this process (proc(5)). */
    private static final Path OWN_PROCESS = Path.of("/proc/self");

    static NodeFolders read(ConfigSection node, ConfigSection audit) {
        Path data = node.path("data").orElse(DATA_DEFAULT);
        Path keys = node.path("keys").orElse(KEYS_DEFAULT);
        Path beside = keys.toAbsolutePath().getParent();
        return new NodeFolders(
                data,
                audit.path("folder").env("MAP_AUDIT_BUFFER_DIR").orElse(data.resolve("audit")),
                keys,
                node.path("identity").orElse((beside == null ? keys : beside).resolve("identity")),
                node.path("run").orElse(RUN_DEFAULT));
    }

    /**
     * The same with the audit log in memory, on the file system that Linux has for that: it
     * outlives the node and not the machine. Each data folder has one of its own.
     */
    NodeFolders auditInMemory() {
        String data = data().toAbsolutePath().normalize().toString();
        String name = Hex.encode(Sha256.hash(data.getBytes(StandardCharsets.UTF_8)));
        Path folder = MEMORY.resolve("map-audit-" + name.substring(0, MEMORY_NAME_DIGITS));
        return new NodeFolders(data(), folder, keys, identity, run);
    }

    /**
     * Makes the audit folder where it lies in memory. Everybody may make names there, so one that
     * is not this user's alone is refused: whoever made it could change the log.
     *
     * @throws OperatorException if it is somebody else's, or others may use it
     */
    void requireOwnMemory() {
        if (!audit.startsWith(MEMORY)) {
            return;
        }
        try {
            DurableFiles.createDirectories(audit, Mode.PRIVATE);
            PosixFileAttributes found =
                    Files.readAttributes(
                            audit, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (found.owner().equals(Files.getOwner(OWN_PROCESS))
                    && found.permissions().equals(Mode.PRIVATE.folder())) {
                return;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make " + audit, e);
        }
        throw new OperatorException(
                ExitCode.ENVIRONMENT,
                audit + " is not this user's alone",
                "remove it, or leave audit.sink as it is");
    }

    /** The certificate authority. */
    public Path ca() {
        return data.resolve("ca");
    }

    /** Seals the root's key on small sites. */
    public Path caPassphrase() {
        return keys.resolve("ca-root.passphrase");
    }

    /** The publisher's side of the site's own registry. */
    public Path publisher() {
        return identity.resolve("registry");
    }

    /** The control socket. */
    public Path controlSocket() {
        return run.resolve("control.sock");
    }
}
