package dev.mapsovereign.engine.agreement;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.Limits;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Two organizations let each other's agents call something (MOAT). Signed by a representative of
 * each; the form is in {@code docs/reference/agreements.md}.
 *
 * @param text as it was signed
 * @param id its name, chosen by the parties
 * @param parties two
 * @param grants what the agents of each party may call in the other's tenant, with everything that
 *     bounds it
 * @param rateLimits how often all agents of a party together may call in the other's tenant; see
 *     {@link Capability#COUNTED}
 * @param effectiveFrom when it begins
 * @param expiresAt when it ends
 */
public record Treaty(
        SignedText text,
        String id,
        List<Party> parties,
        Map<TenantId, List<Capability>> grants,
        Map<String, Long> rateLimits,
        Instant effectiveFrom,
        Instant expiresAt) {
    /** Member {@code type}. */
    public static final String TYPE = "map-treaty-v1";

    /** The list of a document's keys that may sign one. */
    static final String PURPOSE = "assertionMethod";

    private static final String GRANTS = "grants_to_";
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final Set<String> MEMBERS =
            Set.of(
                    "dispute_resolution",
                    "effective_from",
                    "expires_at",
                    "id",
                    "parties",
                    "rate_limits",
                    "settlement",
                    "signatures",
                    "type");

    /**
     * One organization.
     *
     * @param tenant its name on either side
     * @param representedBy who signs for it
     * @param agents its agents: DIDs, or {@code did:oas:NAMESPACE:*} for all of a namespace
     */
    public record Party(TenantId tenant, AgentDid representedBy, List<String> agents) {
        /** Copies the list. */
        public Party {
            agents = List.copyOf(agents);
        }

        /** Whether that is one of its agents. */
        public boolean has(AgentDid did) {
            return agents.contains(did.text()) || agents.contains(wholeNamespace(did.namespace()));
        }

        private static String wholeNamespace(String namespace) {
            return "did:oas:" + namespace + ":*";
        }

        private static Party parse(JsonObject json) {
            SignedText.onlyKnown(json, "agents", "represented_by", "tenant");
            List<String> agents = new ArrayList<>();
            for (JsonValue value : json.array("agents").orElse(JsonArray.EMPTY).values()) {
                agents.add(agent(value));
            }
            if (agents.isEmpty() || agents.size() > Limits.TREATY_AGENTS_MAX) {
                throw new IllegalArgumentException(
                        "agents must have 1 to " + Limits.TREATY_AGENTS_MAX + " entries");
            }
            return new Party(
                    TenantId.of(SignedText.text(json, "tenant")),
                    SignedText.did(json, "represented_by"),
                    agents);
        }

        private static String agent(JsonValue value) {
            if (value instanceof JsonString(String text) && isAgent(text)) {
                return text;
            }
            throw new IllegalArgumentException("agents must be DIDs, or did:oas:NAMESPACE:*");
        }

        private static boolean isAgent(String text) {
            boolean whole = text.endsWith(":*");
            try {
                // A namespace alone is no DID; with a kind and a name behind it, it has to be one.
                AgentDid did =
                        AgentDid.parse(
                                whole ? text.substring(0, text.length() - 1) + "agent:any" : text);
                return !whole || text.equals(wholeNamespace(did.namespace()));
            } catch (IllegalArgumentException notOne) {
                return false;
            }
        }
    }

    /** Copies the collections. */
    public Treaty {
        parties = List.copyOf(parties);
        grants = Map.copyOf(grants);
        rateLimits = Map.copyOf(rateLimits);
    }

    /**
     * Reads one; whether it is signed is not looked at.
     *
     * @throws IllegalArgumentException naming the member and the rule that it breaks
     */
    public static Treaty parse(SignedText text) {
        JsonObject json = text.json();
        SignedText.constant(json, "type", TYPE);
        String id = SignedText.text(json, "id");
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("id must be 1 to 64 of A-Z, a-z, 0-9, '_' and '-'");
        }
        List<Party> parties = parties(json);
        Instant effectiveFrom = SignedText.time(json, "effective_from");
        Instant expiresAt = SignedText.time(json, "expires_at");
        if (!effectiveFrom.isBefore(expiresAt)) {
            throw new IllegalArgumentException("effective_from must lie before expires_at");
        }
        requireKnown(json, parties);
        Map<TenantId, List<Capability>> grants = new HashMap<>();
        for (Party party : parties) {
            String member = GRANTS + party.tenant();
            if (json.has(member)) {
                grants.put(party.tenant(), grants(json, member, expiresAt));
            }
        }
        if (grants.isEmpty()) {
            throw new IllegalArgumentException(
                    "it grants nothing: " + GRANTS + parties.getFirst().tenant() + " is missing");
        }
        return new Treaty(text, id, parties, grants, rateLimits(json), effectiveFrom, expiresAt);
    }

    private static List<Party> parties(JsonObject json) {
        List<Party> parties = new ArrayList<>();
        for (JsonObject each : SignedText.objects(json, "parties", 2)) {
            try {
                parties.add(Party.parse(each));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "parties[" + parties.size() + "]: " + e.getMessage(), e);
            }
        }
        if (parties.size() != 2
                || parties.getFirst().tenant().equals(parties.getLast().tenant())
                || parties.getFirst().representedBy().equals(parties.getLast().representedBy())) {
            throw new IllegalArgumentException(
                    "parties must be two tenants, represented by two people");
        }
        return parties;
    }

    private static void requireKnown(JsonObject json, List<Party> parties) {
        for (String member : json.members().keySet()) {
            boolean grants =
                    parties.stream().anyMatch(party -> member.equals(GRANTS + party.tenant()));
            if (!grants && !MEMBERS.contains(member)) {
                throw new IllegalArgumentException("no member " + member + " is known");
            }
        }
        for (String member : List.of("settlement", "dispute_resolution", "rate_limits")) {
            if (json.has(member) && json.object(member).isEmpty()) {
                throw new IllegalArgumentException(member + " must be an object");
            }
        }
    }

    private static List<Capability> grants(JsonObject json, String member, Instant end) {
        List<Capability> grants = new ArrayList<>();
        for (JsonObject each :
                SignedText.objects(json, member, Limits.AGREEMENT_CAPABILITIES_MAX)) {
            String where = member + "[" + grants.size() + "]";
            try {
                SignedText.onlyKnown(each, "capability", "caveats", "limits");
                JsonObject named =
                        each.without("capability")
                                .with("name", new JsonString(SignedText.text(each, "capability")));
                Capability granted = SignedText.understood(Capability.parse(named));
                grants.add(
                        new Capability(
                                granted.name(),
                                Optional.of(end),
                                granted.limits(),
                                granted.caveats()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
            }
        }
        return grants;
    }

    private static Map<String, Long> rateLimits(JsonObject json) {
        JsonObject object = json.object("rate_limits").orElse(JsonObject.EMPTY);
        Map<String, Long> limits = new TreeMap<>();
        for (String member : object.members().keySet()) {
            // The reference calls it per_hour here, and max_per_hour at a capability.
            String limit = member.equals("per_hour") ? "max_per_hour" : member;
            long value = object.integer(member).orElse(-1);
            if (value < 0
                    || !Capability.COUNTED.containsKey(limit)
                    || limits.put(limit, value) != null) {
                throw new IllegalArgumentException(
                        "rate_limits."
                                + member
                                + " must be a whole number from 0, and one of"
                                + " calls_per_minute, per_hour, calls_per_day");
            }
        }
        return limits;
    }

    /** The party that this agent belongs to; empty where it is none's, or both'. */
    public Optional<Party> partyOf(AgentDid agent) {
        List<Party> of = parties.stream().filter(party -> party.has(agent)).toList();
        return of.size() == 1 ? Optional.of(of.getFirst()) : Optional.empty();
    }

    /** The other one. */
    public Party other(Party party) {
        return parties.getFirst().equals(party) ? parties.getLast() : parties.getFirst();
    }

    /** Whether it is in force then. */
    public boolean holds(Instant now) {
        return !now.isBefore(effectiveFrom) && now.isBefore(expiresAt);
    }

    /** What bounds every call by it together; empty without {@code rate_limits}. */
    public Optional<Capability> whole() {
        return rateLimits.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Capability(
                                new CapabilityName("map.*.*"),
                                Optional.empty(),
                                rateLimits,
                                List.of()));
    }
}
