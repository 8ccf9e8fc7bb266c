package dev.mapsovereign.engine.context;

import dev.mapsovereign.engine.request.Caller;
import dev.mapsovereign.engine.request.Refusal;

/** What came of looking at a credential. */
public sealed interface Identification {
    /**
     * It is good.
     *
     * @param caller whose it is
     */
    record Verified(Caller caller) implements Identification {}

    /**
     * There is none.
     *
     * @param refusal what to say where one is needed
     */
    record Nobody(Refusal refusal) implements Identification {}

    /**
     * It is not good.
     *
     * @param refusal what to say
     */
    record NotAccepted(Refusal refusal) implements Identification {}
}
