package dev.mapsovereign.engine.trace;

import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.StageName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When one traced call was in which stage. It notes numbers and nothing else; spans are made of
 * them when somebody wants to see them.
 *
 * <p>Times are values of {@link System#nanoTime()}. Used by the call's thread alone.
 */
public final class CallTrace {
    private static final StageName[] STAGES = StageName.values();
    private static final int NOWHERE = -1;

    /** What must be added to a monotonic time to get nanoseconds since 1970. */
    private final long toUnixNanos;

    private final long[] began = new long[STAGES.length];
    private final long[] ended = new long[STAGES.length];

    /** A bit for each stage that was entered. */
    private int entered;

    private int current = NOWHERE;
    private boolean forwarded;
    private long forwardBegan;
    private long forwardEnded;
    private AuditOutcome outcome = AuditOutcome.ERROR;
    private @Nullable Refusal refusal;

    CallTrace(long toUnixNanos) {
        this.toUnixNanos = toUnixNanos;
    }

    /** A stage begins, and with it the one before ends; one that is entered twice goes on. */
    public void enter(StageName stage, long nanos) {
        int next = placeOf(stage);
        if (next == current) {
            return;
        }
        leave(nanos);
        if ((entered & 1 << next) == 0) {
            entered |= 1 << next;
            began[next] = nanos;
        }
        current = next;
    }

    private void leave(long nanos) {
        if (current != NOWHERE) {
            ended[current] = nanos;
        }
    }

    /** The call goes to a remote process. */
    public void forwardBegan() {
        forwarded = true;
        forwardBegan = System.nanoTime();
        forwardEnded = forwardBegan;
    }

    /** The remote process answered, or the last of several that were tried did not. */
    public void forwardEnded() {
        forwardEnded = System.nanoTime();
    }

    /** It was done as asked. */
    public void succeeded() {
        outcome = AuditOutcome.SUCCESS;
    }

    /** It was refused, or failed. */
    public void refused(AuditOutcome how, Refusal why) {
        outcome = how;
        refusal = why;
    }

    private static int placeOf(StageName stage) {
        return stage.number() - 1;
    }

    void end(long nanos) {
        leave(nanos);
        current = NOWHERE;
    }

    AuditOutcome outcome() {
        return outcome;
    }

    Optional<ErrorCode> code() {
        return Optional.ofNullable(refusal).map(Refusal::code);
    }

    Optional<StageName> refusedAt() {
        return Optional.ofNullable(refusal).flatMap(Refusal::stage);
    }

    Interval interval(long from, long to) {
        return new Interval(from + toUnixNanos, to + toUnixNanos);
    }

    List<FinishedTrace.StageTime> stages() {
        List<FinishedTrace.StageTime> times = new ArrayList<>(Integer.bitCount(entered));
        for (StageName stage : STAGES) {
            int at = placeOf(stage);
            if ((entered & 1 << at) != 0) {
                times.add(new FinishedTrace.StageTime(stage, interval(began[at], ended[at])));
            }
        }
        return times;
    }

    Optional<Interval> forward() {
        return forwarded ? Optional.of(interval(forwardBegan, forwardEnded)) : Optional.empty();
    }
}
