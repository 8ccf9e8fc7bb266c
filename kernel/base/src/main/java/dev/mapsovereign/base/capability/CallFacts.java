package dev.mapsovereign.base.capability;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a capability's terms are held against.
 *
 * @param tenant in whose scope the call runs
 * @param now when
 * @param jurisdictions those that this site lies in, such as {@code eu}
 * @param call what is known only of a call that is made; empty where somebody asks beforehand
 */
public record CallFacts(
        String tenant, Instant now, Set<String> jurisdictions, Optional<Call> call) {
    /** Copies the set. */
    public CallFacts {
        jurisdictions = Set.copyOf(jurisdictions);
    }

    /**
     * One call.
     *
     * @param protocolVersion of the implementation that serves it, such as {@code v1.0.0}
     * @param readOnly whether its operation changes nothing
     * @param inputBytes length of the request's body
     * @param maxTokens member {@code max_tokens} of its input, when that is a whole number
     */
    public record Call(
            String protocolVersion, boolean readOnly, long inputBytes, OptionalLong maxTokens) {}
}
