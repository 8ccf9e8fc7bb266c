package dev.mapsovereign.engine.request;

import dev.mapsovereign.base.identity.CorrelationId;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * W3C Trace Context, header {@code traceparent}, version 00.
 *
 * @param traceId 32 lower-case hex digits, not all zero
 * @param parentId 16 lower-case hex digits, not all zero
 * @param flags 2 lower-case hex digits
 */
public record TraceParent(String traceId, String parentId, String flags) {
    private static final Pattern FORM =
            Pattern.compile("([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");
    private static final String TRACE_ZERO = "0".repeat(32);
    private static final String PARENT_ZERO = "0".repeat(16);
    private static final String SAMPLED = "01";
    private static final String NOT_SAMPLED = "00";

    /** Refuses what the standard calls invalid. */
    public TraceParent {
        if (!FORM.matcher("00-" + traceId + "-" + parentId + "-" + flags).matches()
                || traceId.equals(TRACE_ZERO)
                || parentId.equals(PARENT_ZERO)) {
            throw new IllegalArgumentException("not a trace parent");
        }
    }

    /**
     * Reads the header; empty when it is malformed, since a broken trace restarts and never fails a
     * call. A later version than 00 is read by its first four fields, as the standard asks.
     */
    public static Optional<TraceParent> parse(String header) {
        var match = FORM.matcher(header);
        if (!match.matches()) {
            return Optional.empty();
        }
        boolean versionAllows = "00".equals(match.group(1)) ? match.group(5) == null : true;
        if (!versionAllows
                || "ff".equals(match.group(1))
                || TRACE_ZERO.equals(match.group(2))
                || PARENT_ZERO.equals(match.group(3))) {
            return Optional.empty();
        }
        return Optional.of(new TraceParent(match.group(2), match.group(3), match.group(4)));
    }

    /**
     * What a call passes on to whatever it calls: the trace it came with, or one of its own, with
     * itself as the parent. Both of its ids follow from its correlation id, so that its record need
     * not hold them.
     *
     * @param sampled whether the call is traced here; the flags that it came with go on as they are
     */
    public static TraceParent onward(
            Optional<TraceParent> came, CorrelationId call, boolean sampled) {
        return new TraceParent(
                came.map(TraceParent::traceId).orElseGet(() -> traceIdOf(call)),
                spanIdOf(call),
                came.map(TraceParent::flags).orElse(sampled ? SAMPLED : NOT_SAMPLED));
    }

    /** Whether the sender may have kept it: the lowest bit of the flags. */
    public boolean sampled() {
        return (Character.digit(flags.charAt(1), 16) & 1) != 0;
    }

    /** The trace that a call begins when it came with none: the digits of its correlation id. */
    public static String traceIdOf(CorrelationId call) {
        return call.toString().replace("-", "");
    }

    /** The call itself within a trace: the last 16 digits, never all zero in a version 4 UUID. */
    public static String spanIdOf(CorrelationId call) {
        return traceIdOf(call).substring(16);
    }

    /** The header's text. */
    public String header() {
        return "00-" + traceId + "-" + parentId + "-" + flags;
    }
}
