package dev.mapsovereign.engine.agreement;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.capability.Caveat;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.time.UtcSeconds;
import dev.mapsovereign.engine.Limits;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An agent lets another agent do, in one tenant, some of what it may do itself. Signed by who
 * delegates; the form is in {@code docs/reference/agreements.md}.
 *
 * @param text as it was signed
 * @param tenant where it holds
 * @param delegator who gives
 * @param delegate who gets
 * @param capabilities what, with everything that bounds it: their own terms, and the delegation's
 *     dates
 * @param expiresAt when all of it ends
 * @param mayDelegate whether the delegate may pass it on
 */
public record Delegation(
        SignedText text,
        TenantId tenant,
        AgentDid delegator,
        AgentDid delegate,
        List<Capability> capabilities,
        Instant expiresAt,
        boolean mayDelegate) {
    /** Member {@code type}. */
    public static final String TYPE = "map-delegation-v1";

    /** The list of a document's keys that may sign one. */
    static final String PURPOSE = "capabilityDelegation";

    private static final Pattern SERIAL = Pattern.compile("[0-9a-f]{16,64}");

    /** Copies the list. */
    public Delegation {
        capabilities = List.copyOf(capabilities);
    }

    /**
     * The object to be signed.
     *
     * @param serial lower-case hex of 8 to 32 random bytes, so that no two are the same
     */
    public static JsonObject unsigned(
            TenantId tenant,
            AgentDid delegator,
            AgentDid delegate,
            List<Capability> capabilities,
            Optional<Instant> notBefore,
            Instant expiresAt,
            boolean mayDelegate,
            String serial) {
        return JsonObject.builder()
                .put(
                        "capabilities",
                        new JsonArray(
                                capabilities.stream().<JsonValue>map(Capability::json).toList()))
                .put("delegate", delegate.text())
                .put("delegator", delegator.text())
                .put("expires_at", UtcSeconds.format(expiresAt))
                .put("may_delegate", mayDelegate)
                .putIfPresent("not_before", notBefore.map(UtcSeconds::format))
                .put("serial", serial)
                .put("tenant", tenant.value())
                .put("type", TYPE)
                .build();
    }

    /**
     * Reads one; whether it is signed is not looked at.
     *
     * @throws IllegalArgumentException naming the member and the rule that it breaks
     */
    public static Delegation parse(SignedText text) {
        JsonObject json = text.json();
        SignedText.onlyKnown(
                json,
                "capabilities",
                "delegate",
                "delegator",
                "expires_at",
                "may_delegate",
                "not_before",
                "serial",
                "signatures",
                "tenant",
                "type");
        SignedText.constant(json, "type", TYPE);
        if (!SERIAL.matcher(SignedText.text(json, "serial")).matches()) {
            throw new IllegalArgumentException("serial must be 16 to 64 digits of lower-case hex");
        }
        AgentDid delegator = SignedText.did(json, "delegator");
        AgentDid delegate = SignedText.did(json, "delegate");
        if (delegator.equals(delegate)) {
            throw new IllegalArgumentException("delegator and delegate must be two");
        }
        if (json.has("may_delegate") && json.bool("may_delegate").isEmpty()) {
            throw new IllegalArgumentException("may_delegate must be true or false");
        }
        Instant expiresAt = SignedText.time(json, "expires_at");
        Optional<Instant> notBefore =
                json.has("not_before")
                        ? Optional.of(SignedText.time(json, "not_before"))
                        : Optional.empty();
        if (notBefore.isPresent() && !notBefore.get().isBefore(expiresAt)) {
            throw new IllegalArgumentException("not_before must lie before expires_at");
        }
        return new Delegation(
                text,
                TenantId.of(SignedText.text(json, "tenant")),
                delegator,
                delegate,
                capabilities(json, notBefore, expiresAt),
                expiresAt,
                json.bool("may_delegate").orElse(false));
    }

    private static List<Capability> capabilities(
            JsonObject json, Optional<Instant> notBefore, Instant expiresAt) {
        List<Capability> capabilities = new ArrayList<>();
        for (JsonObject each :
                SignedText.objects(json, "capabilities", Limits.AGREEMENT_CAPABILITIES_MAX)) {
            String where = "capabilities[" + capabilities.size() + "]";
            try {
                Capability given = SignedText.understood(Capability.parse(each));
                capabilities.add(bounded(given, notBefore, expiresAt));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
            }
        }
        return capabilities;
    }

    private static Capability bounded(
            Capability capability, Optional<Instant> notBefore, Instant expiresAt) {
        List<Caveat> caveats = new ArrayList<>(capability.caveats());
        notBefore.ifPresent(time -> caveats.add(new Caveat.NotBefore(time)));
        Instant end = capability.expires().filter(expiresAt::isAfter).orElse(expiresAt);
        return new Capability(
                capability.name(), Optional.of(end), Map.copyOf(capability.limits()), caveats);
    }

    /** Its digest, by which it is named. */
    public String id() {
        return text.digest();
    }
}
