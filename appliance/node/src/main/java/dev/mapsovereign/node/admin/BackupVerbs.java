package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.age.AgeRecipient;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.NodeCore;
import dev.mapsovereign.node.backup.BackupProgress;
import dev.mapsovereign.node.backup.BackupReport;
import dev.mapsovereign.node.backup.BackupRequest;
import dev.mapsovereign.node.backup.BackupWriter;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** A copy of the whole site. */
public final class BackupVerbs {
    /** A year of hourly ones. */
    private static final int KEEP_MAX = 10_000;

    private BackupVerbs() {}

    static JsonObject backup(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        List<AgeRecipient> recipients =
                Arguments.texts(arguments, "encrypt_to").stream()
                        .map(BackupVerbs::recipient)
                        .toList();
        BackupReport report =
                new BackupWriter(
                                core,
                                new BackupRequest(
                                        Arguments.path(arguments, "to"),
                                        arguments.bool("keys").orElse(!recipients.isEmpty()),
                                        recipients,
                                        keep(arguments),
                                        arguments.bool("dry_run").orElse(false)),
                                lines(progress))
                        .write();
        JsonObject.Builder facts =
                JsonObject.builder()
                        .put("backup", report.folder().toString())
                        .put("node", report.node())
                        .put("node_key_fingerprint", report.nodeKeyFingerprint())
                        .put("time", report.time().toString())
                        .put("files", report.files())
                        .put("bytes", report.bytes())
                        .put("bytes_stored", report.bytesStored())
                        .put("keys", report.keys())
                        .put("encrypted_to", JsonArray.ofStrings(report.encryptedTo()))
                        .put("database", report.database())
                        .put("dry_run", report.dryRun());
        if (!report.manifestSha256().isEmpty()) {
            facts.put("manifest_sha256", report.manifestSha256());
        }
        return facts.put("warnings", JsonArray.ofStrings(report.warnings())).build();
    }

    /** What a backup or a restore says on its way, as lines for people. */
    public static BackupProgress lines(Consumer<String> progress) {
        ProgressLines lines = new ProgressLines(progress);
        return new BackupProgress() {
            @Override
            public void at(String step, long done, long total) {
                lines.at(step, done, total);
            }

            @Override
            public void say(String line) {
                progress.accept(line);
            }
        };
    }

    private static AgeRecipient recipient(String text) {
        try {
            return AgeRecipient.parse(text);
        } catch (IllegalArgumentException e) {
            throw new OperatorException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    private static OptionalInt keep(JsonObject arguments) {
        if (arguments.integer("keep").isEmpty()) {
            return OptionalInt.empty();
        }
        long keep = arguments.integer("keep").getAsLong();
        if (keep < 1 || keep > KEEP_MAX) {
            throw new OperatorException(
                    ExitCode.USAGE, "keep is a number from 1 to " + KEEP_MAX + ", not " + keep);
        }
        return OptionalInt.of((int) keep);
    }
}
