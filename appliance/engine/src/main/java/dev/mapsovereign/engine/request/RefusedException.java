package dev.mapsovereign.engine.request;

/**
 * Carries a {@link Refusal} up the one straight line to the one place that catches. It has no stack
 * trace: a refusal is an expected answer, and under a flood the trace would be most of its cost.
 */
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Refusal refusal;

    /** Wraps a refusal. */
    public RefusedException(Refusal refusal) {
        super(refusal.message(), null, false, false);
        this.refusal = refusal;
    }

    /** What was refused, and why. */
    public Refusal refusal() {
        return refusal;
    }
}
