package dev.mapsovereign.engine.policy;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.context.ResolvedIdentity;
import dev.mapsovereign.engine.policy.cedar.Request;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A call as policies see it; docs/reference/policies.md lists every entity, attribute and member
 * that is made here.
 *
 * @param tenant in whose scope it runs
 * @param who the caller
 * @param operation what is called, by its capability
 * @param protocol canonical name, such as {@code MARKET}
 * @param readOnly whether the operation changes nothing
 * @param input its input, not checked against any schema yet
 * @param circumstances the rest
 */
public record PolicyCall(
        TenantId tenant,
        Principal who,
        CapabilityName operation,
        String protocol,
        boolean readOnly,
        JsonObject input,
        Circumstances circumstances) {
    /** Type of a caller with a DID. */
    public static final String AGENT = "Agent";

    /** Type of an operator at the control socket. */
    public static final String OPERATOR = "Operator";

    /** Type of what is called. */
    static final String OPERATION = "Operation";

    /** What a principal can have. */
    static final Set<String> PRINCIPAL_ATTRIBUTES =
            Set.of(
                    "tenant",
                    "did",
                    "namespace",
                    "kind",
                    "conformance_level",
                    "lineage_verified",
                    "name");

    /** What a context can have. */
    static final Set<String> CONTEXT_MEMBERS =
            Set.of(
                    "tenant",
                    "protocol",
                    "operation",
                    "read_only",
                    "time",
                    "jurisdictions",
                    "version",
                    "credential",
                    "source",
                    "trace_id",
                    "body_bytes");

    /** Who calls. */
    public sealed interface Principal {
        /**
         * Somebody with a DID.
         *
         * @param identity what the registry knows of it
         */
        record Agent(AgentDid did, Optional<ResolvedIdentity> identity) implements Principal {}

        /** Somebody on this host, at the control socket. */
        record Operator(String name) implements Principal {}
    }

    /**
     * Under which circumstances. What is empty is not in {@code context}.
     *
     * @param now when
     * @param jurisdictions those of this site
     * @param version of the implementation that serves the call
     * @param credential how the caller proved who it is
     * @param source the peer's address
     * @param traceId the caller's trace
     * @param bodyBytes length of the request's body
     */
    public record Circumstances(
            Instant now,
            Set<String> jurisdictions,
            Optional<String> version,
            Optional<String> credential,
            Optional<String> source,
            Optional<String> traceId,
            OptionalLong bodyBytes) {
        /** Copies the set. */
        public Circumstances {
            jurisdictions = Set.copyOf(jurisdictions);
        }

        /** When and where alone. */
        public static Circumstances at(Instant now, Set<String> jurisdictions) {
            return new Circumstances(
                    now,
                    jurisdictions,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    OptionalLong.empty());
        }
    }

    /** The request in Cedar's terms. For one thread. */
    Request request() {
        return new CedarCall(this).request();
    }
}
