package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.node.NodeConfig;
import dev.mapsovereign.node.admin.BackupVerbs;
import dev.mapsovereign.node.backup.Restore;
import dev.mapsovereign.node.backup.RestoreReport;
import dev.mapsovereign.node.backup.RestoreRequest;
import dev.mapsovereign.node.control.ControlClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map restore}: a site again from its backup. */
@Command(
        name = "restore",
        description = {
            "Says what a restore from a backup would do, and with --yes does it. The node must not"
                    + " run.",
            "Everything is verified first, then written beside what is there, then renamed;"
                    + " interrupted anywhere, the same command goes on. The restored audit log must"
                    + " not go on: map audit new-log begins another one. With --database-only the"
                    + " audit log stays, and the database catches up from it."
        },
        footer = {
            "",
            "Example:",
            "  map restore --from /media/backup/map-backup-node1.0123abcd-20270101T000000Z",
            "  map restore --from /media/backup/map-backup-node1.0123abcd-20270101T000000Z --yes"
        })
final class RestoreSite extends Verb {
    private static final Duration ANSWER_MAX = Duration.ofSeconds(10);
    private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{64}");

    @Option(
            names = "--from",
            paramLabel = "DIR",
            description = "The backup's folder. Not needed to end one that was interrupted.")
    private Optional<Path> from = Optional.empty();

    @Option(
            names = "--identity",
            paramLabel = "FILE",
            description = "The age identity that decrypts it.")
    private Optional<Path> identity = Optional.empty();

    @Option(
            names = "--node-key",
            paramLabel = "SHA256",
            description = "Fingerprint of the key that must have signed it, from paper.")
    private Optional<String> nodeKey = Optional.empty();

    @Option(
            names = "--database-only",
            description =
                    "Only the embedded database; the audit log here must be the backup's, and no"
                            + " shorter.")
    private boolean databaseOnly;

    @Option(names = "--replace", description = "Renames aside what is there; nothing is deleted.")
    private boolean replace;

    @Option(names = "--yes", description = "Does it.")
    private boolean sure;

    @Option(names = "--dry-run", description = "Changes nothing; the default.")
    private boolean dryRun;

    RestoreSite(Terminal terminal) {
        super(terminal);
    }

    @Override
    ExitCode run() {
        NodeConfig config = NodeConfig.load(configFile(), terminal().environment());
        if (new ControlClient(config.folders().controlSocket(), ANSWER_MAX).nodeListens()) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "a node runs here: it listens on " + config.folders().controlSocket(),
                    "stop it first");
        }
        RestoreReport report =
                new Restore(
                                config,
                                new RestoreRequest(
                                        from.map(path -> path.toAbsolutePath().normalize()),
                                        identity,
                                        nodeKey.map(RestoreSite::fingerprint),
                                        databaseOnly,
                                        replace,
                                        sure && !dryRun),
                                BackupVerbs.lines(terminal()::say))
                        .run();
        terminal().show(facts(report), output());
        return ExitCode.DONE;
    }

    /** As people copy it from paper, in groups and in either case. */
    static String fingerprint(String text) {
        String digits = text.replaceAll("[\\s:]", "").toLowerCase(Locale.ROOT);
        if (!FINGERPRINT.matcher(digits).matches()) {
            throw new OperatorException(
                    ExitCode.USAGE,
                    "--node-key takes a fingerprint of 64 hex digits, not '" + text + "'",
                    "as map audit status printed it");
        }
        return digits;
    }

    private static JsonObject facts(RestoreReport report) {
        return JsonObject.builder()
                .put("done", report.done())
                .put("continued", report.continued())
                .put("backup", report.backup())
                .put("node", report.node())
                .putIfPresent("node_key_fingerprint", report.nodeKeyFingerprint())
                .put("database_only", report.databaseOnly())
                .put(
                        "parts",
                        new JsonArray(
                                report.targets().stream()
                                        .<JsonValue>map(RestoreSite::part)
                                        .toList()))
                .put(
                        "set_aside",
                        JsonArray.ofStrings(
                                report.setAside().stream().map(Path::toString).toList()))
                .put("next", next(report))
                .put("warnings", JsonArray.ofStrings(report.warnings()))
                .build();
    }

    private static JsonObject part(RestoreReport.Target target) {
        return JsonObject.builder()
                .put("part", target.part())
                .put("place", target.place().toString())
                .put("files", target.files())
                .put("bytes", target.bytes())
                .putIfPresent("left", target.left())
                .build();
    }

    private static String next(RestoreReport report) {
        if (!report.done()) {
            return "nothing was changed; --yes does it";
        }
        return report.databaseOnly()
                ? "start the node"
                : "map audit new-log --end "
                        + report.node()
                        + " --reason TEXT, then start the node";
    }
}
