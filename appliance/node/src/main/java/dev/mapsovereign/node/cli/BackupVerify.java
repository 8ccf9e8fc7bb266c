package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.admin.BackupVerbs;
import dev.mapsovereign.node.backup.BackupCheck;
import dev.mapsovereign.node.backup.Restore;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map backup verify}: whether a backup is what its node signed. */
@Command(
        name = "verify",
        description = {
            "Compares every file of a backup with its signed manifest; on any host, without a node"
                    + " and without a configuration.",
            "Ends with 4 and names the first file that is missing or was changed."
        },
        footer = {
            "",
            "Example:",
            "  map backup verify /media/backup/map-backup-node1.0123abcd-20270101T000000Z"
        })
final class BackupVerify extends Verb {
    @Parameters(paramLabel = "DIR", description = "The backup's folder.")
    private Path folder = Path.of("");

    @Option(
            names = "--node-key",
            paramLabel = "SHA256",
            description =
                    "Fingerprint of the node's key from paper; without it, it is printed to be"
                            + " compared.")
    private Optional<String> nodeKey = Optional.empty();

    @Option(
            names = "--identity",
            paramLabel = "FILE",
            description = "The age identity that decrypts it: then the contents are read, too.")
    private Optional<Path> identity = Optional.empty();

    BackupVerify(Terminal terminal) {
        super(terminal);
    }

    @Override
    ExitCode run() {
        BackupCheck check =
                Restore.verify(
                        folder.toAbsolutePath(),
                        nodeKey.map(RestoreSite::fingerprint),
                        identity,
                        BackupVerbs.lines(terminal()::say));
        terminal()
                .show(
                        JsonObject.builder()
                                .put("verified", true)
                                .put("node", check.node())
                                .put("node_key_fingerprint", check.nodeKeyFingerprint())
                                .put("node_key_compared", nodeKey.isPresent())
                                .put("time", check.time().toString())
                                .put("version", check.version())
                                .put("keys", check.keys())
                                .put("encrypted_to", JsonArray.ofStrings(check.encryptedTo()))
                                .put("decrypted", check.decrypted())
                                .put("database", check.database())
                                .put("files", check.files())
                                .put("bytes", check.bytes())
                                .put("strays", JsonArray.ofStrings(check.strays()))
                                .build(),
                        output());
        return ExitCode.DONE;
    }
}
