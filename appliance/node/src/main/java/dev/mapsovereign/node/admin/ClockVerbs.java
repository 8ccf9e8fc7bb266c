package dev.mapsovereign.node.admin;

import dev.mapsovereign.auditlog.Intent;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.NodeCore;
import dev.mapsovereign.node.time.TimeFloor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.Consumer;

/** The clock, and the time floor under it. */
final class ClockVerbs {
    private static final Path UPTIME = Path.of("/proc/uptime");
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    private ClockVerbs() {}

    static JsonObject status(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        TimeFloor floors = core.timeFloor();
        TimeFloor.Floor floor = floors.now();
        Instant now = core.clock().instant().truncatedTo(ChronoUnit.SECONDS);
        return JsonObject.builder()
                .put("clock", now.toString())
                .put("floor", floor.time().toString())
                .put("floor_from", floor.source().wire())
                .put("before_floor", floor.isAfter(now))
                .put("ahead_of_floor_s", Duration.between(floor.time(), now).toSeconds())
                .put("release_built", core.build().commitTime().toString())
                .putIfPresent(
                        "registry_issued",
                        Optional.of(floors.fixed())
                                .filter(it -> it.source() == TimeFloor.Source.REGISTRY)
                                .map(it -> it.time().toString()))
                .putIfPresent("operator_set", floors.operators().map(Instant::toString))
                .putIfPresent("host_up_s", firstWord(UPTIME))
                .putIfPresent("boot_id", firstWord(BOOT_ID))
                .build();
    }

    private static Optional<String> firstWord(Path file) {
        try {
            return Optional.of(Files.readString(file).strip().split("[. ]", 2)[0]);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The record comes first: a floor that nobody recorded cannot exist. */
    static JsonObject setFloor(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        Instant time =
                Arguments.time(arguments, "time")
                        .orElseThrow(
                                () -> new OperatorException(ExitCode.USAGE, "time is missing"));
        TimeFloor floors = core.timeFloor();
        Instant now = core.clock().instant();
        floors.requireSettable(time, now);
        String before = before(floors);
        Intent intent = core.auditLog().begin(change(before, time, "time floor being set"));
        floors.set(time, now);
        intent.complete(change(before, time, "time floor set"));
        return status(core, arguments, progress)
                .with("floor_before", new dev.mapsovereign.base.json.JsonString(before));
    }

    /** This verb also mends a file that cannot be read. */
    private static String before(TimeFloor floors) {
        try {
            return floors.now().time().toString();
        } catch (OperatorException e) {
            return floors.fixed().time().toString();
        }
    }

    private static AuditDraft change(String before, Instant time, String change) {
        return AuditDraft.builder(TenantId.NODE, EventType.CONFIG_CHANGED, AuditOutcome.SUCCESS)
                .meta(
                        JsonObject.builder()
                                .put("change", change)
                                .put("floor_after", time.toString())
                                .put("floor_before", before)
                                .build())
                .build();
    }
}
