package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.node.NodeCore;
import dev.mapsovereign.node.time.Expiry;
import dev.mapsovereign.node.time.SiteDates;
import dev.mapsovereign.node.time.TimeFloor;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Every date that can stop this site. */
final class ExpiryVerbs {
    private ExpiryVerbs() {}

    static JsonObject expiry(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        Instant now = core.clock().instant().truncatedTo(ChronoUnit.SECONDS);
        Instant at = Arguments.time(arguments, "at").orElse(now);
        SiteDates.Found found = new SiteDates(core).all(now);
        List<SiteDates.NotRead> notRead = new ArrayList<>(found.notRead());
        unreadableFloor(core.timeFloor()).ifPresent(notRead::add);
        TimeFloor.Floor floor = core.timeFloor().readable();
        return JsonObject.builder()
                .put("at", at.toString())
                .put("clock", now.toString())
                .put("time_floor", floor.time().toString())
                .put("stopped", count(found.dates(), at, true))
                .put("soon", count(found.dates(), at, false))
                .put("dates", rows(found.dates(), at))
                .put(
                        "not_read",
                        new JsonArray(
                                notRead.stream()
                                        .<JsonValue>map(each ->
                                                JsonObject.builder()
                                                        .put("what", each.what())
                                                        .put("reason", each.reason())
                                                        .build())
                                        .toList()))
                .build();
    }

    /** The other two sources still give a floor, and the other dates are still of use. */
    private static Optional<SiteDates.NotRead> unreadableFloor(TimeFloor floor) {
        try {
            floor.now();
            return Optional.empty();
        } catch (OperatorException e) {
            return Optional.of(new SiteDates.NotRead("time floor", String.valueOf(e.getMessage())));
        }
    }

    private static long count(List<Expiry> dates, Instant at, boolean stopped) {
        return dates.stream()
                .map(each -> each.state(at))
                .filter(state -> stopped ? state.stopped() : state == Expiry.State.SOON)
                .count();
    }

    private static JsonArray rows(List<Expiry> dates, Instant at) {
        return new JsonArray(dates.stream().<JsonValue>map(each -> each.json(at)).toList());
    }
}
