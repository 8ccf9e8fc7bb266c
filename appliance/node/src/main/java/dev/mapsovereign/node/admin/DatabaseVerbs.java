package dev.mapsovereign.node.admin;

import dev.mapsovereign.auditstore.DatabaseFinding;
import dev.mapsovereign.auditstore.DatabaseReport;
import dev.mapsovereign.auditstore.DatabaseVerification;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.migrations.Migrator;
import dev.mapsovereign.node.NodeCore;
import java.util.List;
import java.util.function.Consumer;

/** The audit log's index in the database: compared with the log, and made anew. */
final class DatabaseVerbs {
    private DatabaseVerbs() {}

    /** Compares; the result says {@code verified} or not, and what differs. */
    static JsonObject verify(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        DatabaseVerification verification =
                new DatabaseVerification(
                        core.currentDatabase(), core.auditLog(), core.projection());
        RecordProgress lines = new RecordProgress("compared", progress);
        try {
            return facts(core, verification.run(lines::at));
        } catch (InterruptedException e) {
            throw interrupted("the comparison", e);
        }
    }

    private static JsonObject facts(NodeCore core, DatabaseReport report) {
        List<JsonValue> findings =
                report.findings().stream().<JsonValue>map(DatabaseVerbs::facts).toList();
        return JsonObject.builder()
                .put("verified", report.differences() == 0)
                .put("node", core.auditLog().node())
                .put("records", Long.toString(report.records()))
                .put("differences", Long.toString(report.differences()))
                .put("findings", new JsonArray(findings))
                .put("nodes_not_compared", JsonArray.ofStrings(report.otherNodes()))
                .build();
    }

    private static JsonObject facts(DatabaseFinding finding) {
        return JsonObject.builder()
                .put("tenant", finding.tenant())
                .put("index", Long.toString(finding.index()))
                .put("finding", finding.finding())
                .build();
    }

    /** Brings back what the schema lacks, then all rows. */
    static JsonObject rebuild(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        new Migrator(core.database())
                .restore((migration, number, total) ->
                        progress.accept("restoring what " + migration + " made"));
        RecordProgress lines = new RecordProgress("rebuilt", progress);
        try {
            core.projection().rebuild(lines::at);
        } catch (InterruptedException e) {
            throw interrupted("the rebuild", e);
        }
        return JsonObject.builder().put("rebuilt", true).build();
    }

    private static OperatorException interrupted(String what, InterruptedException e) {
        Thread.currentThread().interrupt();
        return new OperatorException(ExitCode.FAILED, what + " was interrupted; run it again", e);
    }
}
