package dev.mapsovereign.engine.module;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.capability.CapabilitySet;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.request.Origin;
import dev.mapsovereign.engine.request.TraceParent;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a protocol module may know about the call it serves, and the notes it leaves for the record.
 * Used by one thread.
 */
public final class InvokeContext {
    private final TenantId tenant;
    private final Optional<AgentDid> caller;
    private final CredentialKind credentialKind;
    private final CorrelationId correlationId;
    private final Origin origin;
    private final Optional<TraceParent> trace;
    private final boolean sampled;
    private final Optional<String> requestedTenant;
    private final Deadline deadline;
    private final CapabilitySet effectiveCapabilities;
    private Map<String, JsonValue> notes = Map.of();

    private InvokeContext(Builder builder) {
        tenant = builder.tenant;
        caller = builder.caller;
        credentialKind = builder.credentialKind;
        correlationId = builder.correlationId;
        origin = builder.origin;
        trace = builder.trace;
        sampled = builder.sampled;
        requestedTenant = builder.requestedTenant;
        deadline = builder.deadline;
        effectiveCapabilities = builder.effectiveCapabilities;
    }

    /** A context in {@code tenant}: anonymous, without capabilities, 30 s to go. */
    public static Builder builder(TenantId tenant) {
        return new Builder(tenant);
    }

    /** The tenant in whose scope the call runs; {@link TenantId#NODE} for anonymous calls. */
    public TenantId tenant() {
        return tenant;
    }

    /** The verified caller; empty for anonymous calls. */
    public Optional<AgentDid> caller() {
        return caller;
    }

    /** How the caller proved who it is. */
    public CredentialKind credentialKind() {
        return credentialKind;
    }

    /** The call's id, made by this node. */
    public CorrelationId correlationId() {
        return correlationId;
    }

    /** Where the call came from and which authority it addressed. */
    public Origin origin() {
        return origin;
    }

    /** The peer's address. */
    public String source() {
        return origin.source();
    }

    /** The caller's trace. */
    public Optional<TraceParent> trace() {
        return trace;
    }

    /** What this call passes on: its trace, with the call itself as the parent. */
    public TraceParent onwardTrace() {
        return TraceParent.onward(trace, correlationId, sampled);
    }

    /**
     * The tenant that header or body named. For verified callers it equals {@link #tenant()}; for
     * anonymous ones it is a wish and nothing more.
     */
    public Optional<String> requestedTenant() {
        return requestedTenant;
    }

    /** When nobody waits any more; every wait in a module ends by then. */
    public Deadline deadline() {
        return deadline;
    }

    /** What the caller may do in this tenant, as stage 4 saw it. */
    public CapabilitySet effectiveCapabilities() {
        return effectiveCapabilities;
    }

    /**
     * Adds a member to the record's {@code meta}; a second note of the same name replaces the
     * first.
     *
     * @param name {@code [a-z0-9_]{1,64}}; names that start with {@code map_} are the engine's
     * @param value small and without payload: notes go off site
     */
    public void note(String name, JsonValue value) {
        if (notes.isEmpty()) {
            notes = new LinkedHashMap<>();
        }
        notes.put(name, value);
    }

    /** As {@link #note(String, JsonValue)}, for text. */
    public void note(String name, String value) {
        note(name, new JsonString(value));
    }

    /** All notes so far, in order. */
    public JsonObject notes() {
        return notes.isEmpty() ? JsonObject.EMPTY : new JsonObject(notes);
    }

    /** Makes a context; the engine does, and tests of modules. */
    public static final class Builder {
        private final TenantId tenant;
        private Optional<AgentDid> caller = Optional.empty();
        private CredentialKind credentialKind = CredentialKind.ANONYMOUS;
        private CorrelationId correlationId = CorrelationId.random();
        private Origin origin = new Origin("local", "localhost", "POST", "/v1/dispatch");
        private Optional<TraceParent> trace = Optional.empty();
        private boolean sampled;
        private Optional<String> requestedTenant = Optional.empty();
        private Deadline deadline = Deadline.after(Duration.ofSeconds(30));
        private CapabilitySet effectiveCapabilities = CapabilitySet.NOTHING;

        private Builder(TenantId tenant) {
            this.tenant = tenant;
        }

        /** Sets the verified caller and how it was verified. */
        public Builder caller(AgentDid did, CredentialKind kind) {
            caller = Optional.of(did);
            credentialKind = kind;
            return this;
        }

        /** Sets a caller that may have no DID: an operator on this host. */
        public Builder caller(Optional<AgentDid> did, CredentialKind kind) {
            caller = did;
            credentialKind = kind;
            return this;
        }

        /** Sets the call's id. */
        public Builder correlationId(CorrelationId id) {
            correlationId = id;
            return this;
        }

        /** Sets where the call came from. */
        public Builder origin(Origin value) {
            origin = value;
            return this;
        }

        /** Sets the trace. */
        public Builder trace(Optional<TraceParent> value) {
            trace = value;
            return this;
        }

        /** Sets whether the call is traced here. */
        public Builder sampled(boolean value) {
            sampled = value;
            return this;
        }

        /** Sets the tenant that header or body named. */
        public Builder requestedTenant(Optional<String> value) {
            requestedTenant = value;
            return this;
        }

        /** Sets the deadline. */
        public Builder deadline(Deadline value) {
            deadline = value;
            return this;
        }

        /** Sets what the caller may do. */
        public Builder effectiveCapabilities(CapabilitySet value) {
            effectiveCapabilities = value;
            return this;
        }

        /** The context. */
        public InvokeContext build() {
            return new InvokeContext(this);
        }
    }
}
