package dev.mapsovereign.engine.request;

import java.util.Locale;

/** The eight stages of a call, in the order in which they run; the order never changes. */
public enum StageName {
    /** 1: which implementation of the protocol is meant. */
    VERSION_RESOLUTION(1),
    /** 2: who calls, for which tenant, until when. */
    CONTEXT_ENRICHMENT(2),
    /** 3: whether the tenant may call this often. */
    RATE_LIMITING(3),
    /** 4: whether the caller may do this. */
    SECURITY_GATING(4),
    /** 5: whether the target is believed to work. */
    CIRCUIT_BREAKING(5),
    /** 6: which endpoint of the target is used. */
    LOAD_BALANCING(6),
    /** 7: the call itself. */
    ROUTER_INVOCATION(7),
    /** 8: the record, durable, and only then the answer. */
    RESULT_HANDLING(8);

    private final int number;
    private final String wire = name().toLowerCase(Locale.ROOT);

    StageName(int number) {
        this.number = number;
    }

    /** Its place in the order, 1 to 8. */
    public int number() {
        return number;
    }

    /** The name in answers, records and metrics. */
    public String wire() {
        return wire;
    }
}
