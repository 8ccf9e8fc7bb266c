package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map backup}: a copy of the whole site. */
@Command(
        name = "backup",
        description = {
            "Copies the site into a folder below DIR, beside a running node or without one.",
            "Database, audit log, authority, registry, plugins, configuration, and private keys as"
                    + " the options say. It is read back and signed, and there when it is whole."
        },
        footer = {
            "",
            "Example:",
            "  map backup --to /media/backup --encrypt-to age1…",
            "  map backup verify /media/backup/map-backup-node1.0123abcd-20270101T000000Z"
        },
        subcommands = BackupVerify.class)
final class Backup extends AdministrativeVerb {
    @Option(
            names = "--to",
            paramLabel = "DIR",
            description = "Where its folder will be: a medium, or a folder of its own. Required.")
    private Optional<Path> to = Optional.empty();

    @Option(
            names = "--encrypt-to",
            paramLabel = "RECIPIENT",
            description =
                    "Encrypts everything to this age recipient (age1…), private keys included; may"
                            + " be repeated.")
    private List<String> recipients = List.of();

    @Option(
            names = "--with-keys",
            description =
                    "Takes private keys along though nothing is encrypted: whoever has the backup"
                            + " can sign as this node.")
    private boolean withKeys;

    @Option(
            names = "--without-keys",
            description =
                    "Leaves private keys out; so it is by default unless it is encrypted. Such a"
                            + " backup cannot sign.")
    private boolean withoutKeys;

    @Option(
            names = "--keep",
            paramLabel = "N",
            description = "Removes this node's older backups in DIR beyond the N newest.")
    private Optional<Integer> keep = Optional.empty();

    @Option(names = "--dry-run", description = "Says what would be copied, and writes nothing.")
    private boolean dryRun;

    Backup(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "backup";
    }

    @Override
    JsonObject arguments() {
        if (withKeys && withoutKeys) {
            throw new OperatorException(
                    ExitCode.USAGE, "--with-keys and --without-keys exclude each other");
        }
        JsonObject.Builder arguments =
                JsonObject.builder()
                        .put("to", folder().toString())
                        .put("encrypt_to", JsonArray.ofStrings(recipients))
                        .put("dry_run", dryRun);
        if (withKeys || withoutKeys) {
            arguments.put("keys", withKeys);
        }
        keep.ifPresent(number -> arguments.put("keep", number.longValue()));
        return arguments.build();
    }

    private Path folder() {
        return to.map(Path::toAbsolutePath)
                .orElseThrow(() ->
                        new OperatorException(
                                ExitCode.USAGE,
                                "Missing required option: '--to=DIR'",
                                "see map backup --help"));
    }
}
