package dev.mapsovereign.node;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.config.ConfigSection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

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
