package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.drain.Readiness;
import java.util.List;

/** Readiness as the control socket answers it; the same members as {@code GET /ready}. */
public final class ReadyReport {
    private ReadyReport() {}

    /** The report's members. */
    public static JsonObject json(Readiness.Report report) {
        return JsonObject.builder()
                .put("ready", report.notReady().isEmpty())
                .put("not_ready", notices(report.notReady()))
                .put("warnings", notices(report.warnings()))
                .build();
    }

    private static JsonArray notices(List<Readiness.Notice> notices) {
        return new JsonArray(
                notices.stream()
                        .<JsonValue>map(notice ->
                                JsonObject.builder()
                                        .put("component", notice.component())
                                        .put("reason", notice.reason())
                                        .build())
                        .toList());
    }
}
