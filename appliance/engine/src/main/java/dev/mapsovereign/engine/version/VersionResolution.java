package dev.mapsovereign.engine.version;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.ProtocolVersion;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.Envelope;
import dev.mapsovereign.engine.request.InboundRequest;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.request.StageName;
import dev.mapsovereign.engine.request.VersionedRequest;
import dev.mapsovereign.engine.route.Operation;
import dev.mapsovereign.engine.route.Route;
import dev.mapsovereign.engine.route.RouteTable;
import dev.mapsovereign.engine.route.Routes;
import dev.mapsovereign.engine.route.VersionDates;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Stage 1: which implementation of which protocol is meant, and which of its operations. */
public final class VersionResolution {
    /** What the caller typed is repeated to it only so far. */
    private static final int QUOTED_MAX = 64;

    private final Routes routes;
    private final VersionDates dates;
    private final Clock clock;

    /** Resolves by the table of the moment, without the versions that have ended by then. */
    public VersionResolution(Routes routes, VersionDates dates, Clock clock) {
        this.routes = routes;
        this.dates = dates;
        this.clock = clock;
    }

    /**
     * Finds the route and the operation.
     *
     * @throws RefusedException {@code unknown_protocol}, {@code unknown_version}, {@code
     *     unknown_operation}
     */
    public VersionedRequest resolve(Call call, InboundRequest request) {
        call.enter(StageName.VERSION_RESOLUTION);
        Envelope envelope = request.envelope();
        RouteTable table = routes.current();
        Route route =
                table.find(envelope.protocol(), envelope.version())
                        .orElseThrow(() -> unknownRoute(table, envelope));
        Optional<VersionDates.Ending> ending = dates.of(route);
        if (ending.isPresent()) {
            Instant now = clock.instant();
            if (ending.get().isRetired(now)) {
                route = stillServed(table, envelope, route, now);
                ending = dates.of(route);
            }
            ending.filter(end -> end.isDeprecated(now)).ifPresent(call::ending);
        }
        return resolve(call, request, route);
    }

    /** The same among the versions that have not ended. */
    private Route stillServed(RouteTable table, Envelope envelope, Route ended, Instant now) {
        RouteTable left =
                new RouteTable(
                        table.routes().stream()
                                .filter(route -> route.protocol().equals(envelope.protocol()))
                                .filter(route ->
                                        !dates.of(route)
                                                .map(end -> end.isRetired(now))
                                                .orElse(false))
                                .toList());
        return left.find(envelope.protocol(), envelope.version())
                .orElseThrow(() -> ended(ended, left));
    }

    private RefusedException ended(Route route, RouteTable left) {
        String when =
                dates.of(route)
                        .flatMap(VersionDates.Ending::sunset)
                        .map(Instant::toString)
                        .orElse("its end");
        return refused(
                ErrorCode.UNKNOWN_VERSION,
                route.protocol() + " " + route.version() + " is served no more, since " + when,
                "versions",
                left.versions(route.protocol()).stream().map(ProtocolVersion::toString).toList());
    }

    private static VersionedRequest resolve(Call call, InboundRequest request, Route route) {
        Envelope envelope = request.envelope();
        Operation operation =
                route.operation(envelope.operation())
                        .orElseThrow(() -> unknownOperation(route, envelope));
        call.routed(route, operation);
        return new VersionedRequest(call, request, route, operation);
    }

    private static RefusedException unknownRoute(RouteTable table, Envelope envelope) {
        return table.serves(envelope.protocol())
                ? unknownVersion(table, envelope)
                : unknownProtocol(table, envelope);
    }

    private static RefusedException unknownProtocol(RouteTable table, Envelope envelope) {
        String asked = envelope.protocol();
        String upper = asked.toUpperCase(Locale.ROOT);
        String hint = table.serves(upper) ? "; did you mean " + upper + "?" : "";
        return refused(
                ErrorCode.UNKNOWN_PROTOCOL,
                "no protocol " + quoted(asked) + " is served here" + hint,
                "protocols",
                table.protocols());
    }

    private static RefusedException unknownVersion(RouteTable table, Envelope envelope) {
        String protocol = envelope.protocol();
        String what =
                envelope.version()
                        .map(version -> "no version " + quoted(version) + " of " + protocol)
                        .orElse("no stable version of " + protocol);
        return refused(
                ErrorCode.UNKNOWN_VERSION,
                what + " is served here; write v1.0.0 for one version or v1 for its major",
                "versions",
                table.versions(protocol).stream().map(ProtocolVersion::toString).toList());
    }

    private static RefusedException unknownOperation(Route route, Envelope envelope) {
        return refused(
                ErrorCode.UNKNOWN_OPERATION,
                route.protocol()
                        + " "
                        + route.version()
                        + " has no operation "
                        + quoted(envelope.operation()),
                "operations",
                List.copyOf(route.operations().keySet()));
    }

    private static RefusedException refused(
            ErrorCode code, String message, String listName, List<String> list) {
        JsonObject details = JsonObject.builder().put(listName, JsonArray.ofStrings(list)).build();
        return new RefusedException(Refusal.of(code, message).withDetails(details));
    }

    private static String quoted(String text) {
        return text.length() <= QUOTED_MAX
                ? "'" + text + "'"
                : "'" + text.substring(0, QUOTED_MAX) + "…'";
    }
}
