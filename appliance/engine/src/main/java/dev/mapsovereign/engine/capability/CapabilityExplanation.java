package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.capability.CallFacts;
import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Why a set allows a capability, or why not: each entry that covers it, with what is the matter
 * with it. How often it was used already is not looked at.
 *
 * @param wanted an exact name
 * @param considered every entry that covers it
 * @param revocations every revocation that covers it
 */
public record CapabilityExplanation(
        CapabilityName wanted,
        List<Considered> considered,
        List<CapabilitySet.Revocation> revocations) {
    /**
     * One entry.
     *
     * @param entry what covers the capability
     * @param obstacle why it does not allow it; empty when it does
     */
    public record Considered(CapabilitySet.Entry entry, Optional<String> obstacle) {
        /** Whether this entry allows the call. */
        public boolean allows() {
            return obstacle.isEmpty();
        }

        private String words() {
            Instant since = entry.since();
            return entry.name()
                    + ", "
                    + entry.source()
                    + by()
                    + (since.equals(Instant.MIN) ? "" : " since " + since)
                    + (entry.capability().isPlain() ? "" : ", on terms");
        }

        private String by() {
            return switch (entry.origin()) {
                case CapabilitySet.Origin.Own() -> "";
                case CapabilitySet.Origin.Delegated delegated -> " by " + delegated.delegator();
                case CapabilitySet.Origin.Treaty treaty -> " " + treaty.id();
            };
        }

        private JsonObject json() {
            JsonObject.Builder json =
                    JsonObject.builder()
                            .put("capability", entry.name().value())
                            .put("source", entry.source());
            if (!entry.since().equals(Instant.MIN)) {
                json.put("since", entry.since().toString());
            }
            putOrigin(entry, json);
            entry.capability().expires().ifPresent(end -> json.put("expires_at", end.toString()));
            entry.capability().terms().members().forEach(json::put);
            return json.put("allows", allows()).putIfPresent("obstacle", obstacle).build();
        }
    }

    /** Copies the lists. */
    public CapabilityExplanation {
        considered = List.copyOf(considered);
        revocations = List.copyOf(revocations);
    }

    /** Explains whether {@code did} may call {@code wanted}, an exact name, in that tenant. */
    public static CapabilityExplanation of(
            CapabilitySets sets,
            TenantId tenant,
            AgentDid did,
            CapabilityName wanted,
            CallFacts facts) {
        CapabilitySet set = sets.of(tenant, did);
        List<Considered> considered = new ArrayList<>();
        for (CapabilitySet.Entry entry : set.covering(wanted)) {
            CapabilitySearch search =
                    new CapabilitySearch(sets, tenant, wanted, facts, _ -> Optional.empty());
            Optional<String> revoked =
                    set.revocation(entry, wanted).map(CapabilityExplanation::words);
            boolean allows = revoked.isEmpty() && search.anyAllows(did, List.of(entry));
            considered.add(
                    new Considered(entry, allows ? Optional.empty() : revoked.or(search::unmet)));
        }
        return new CapabilityExplanation(
                wanted,
                considered,
                set.revocations().stream()
                        .filter(revocation -> revocation.name().covers(wanted))
                        .toList());
    }

    private static void putOrigin(CapabilitySet.Entry entry, JsonObject.Builder json) {
        switch (entry.origin()) {
            case CapabilitySet.Origin.Own() -> {}
            case CapabilitySet.Origin.Delegated delegated ->
                    json.put("delegation", delegated.id())
                            .put("delegator", delegated.delegator().text());
            case CapabilitySet.Origin.Treaty treaty -> {
                json.put("treaty", treaty.id());
                treaty.whole()
                        .ifPresent(whole ->
                                json.put(
                                        "rate_limits",
                                        whole.terms().object("limits").orElse(JsonObject.EMPTY)));
            }
        }
    }

    private static String words(CapabilitySet.Revocation revocation) {
        return revocation.name() + " was revoked at " + revocation.at();
    }

    /** Whether anything allows it. */
    public boolean allowed() {
        return deciding().isPresent();
    }

    /** What allows it: without terms before with terms, and what lasts longest. */
    private Optional<Considered> deciding() {
        return considered.stream()
                .filter(Considered::allows)
                .max(
                        Comparator.comparing(
                                        (Considered each) -> each.entry().capability().isPlain())
                                .thenComparing(each -> each.entry().expiresAt()));
    }

    /** In one line: what allows it, or why nothing does. */
    public String rule() {
        return deciding()
                .map(Considered::words)
                .or(this::nearest)
                .or(() ->
                        revocations.stream()
                                .max(Comparator.comparing(CapabilitySet.Revocation::at))
                                .map(CapabilityExplanation::words))
                .orElseGet(() ->
                        "nothing configured, declared, granted, delegated or agreed covers "
                                + wanted);
    }

    /** The obstacle of the entry that would last longest. */
    private Optional<String> nearest() {
        return considered.stream()
                .max(Comparator.comparing(each -> each.entry().expiresAt()))
                .map(each -> each.words() + ": " + each.obstacle().orElse(""));
    }

    /** The verdict: {@code allowed}, {@code rule}, and what decided. */
    public JsonObject.Builder verdict() {
        JsonObject.Builder json =
                JsonObject.builder().put("allowed", allowed()).put("rule", rule());
        deciding()
                .map(Considered::entry)
                .ifPresent(entry -> {
                    Capability capability = entry.capability();
                    json.put("covered_by", entry.name().value()).put("source", entry.source());
                    putOrigin(entry, json);
                    capability.expires().ifPresent(end -> json.put("expires_at", end.toString()));
                    capability.terms().object("limits").ifPresent(it -> json.put("limits", it));
                    if (!capability.caveats().isEmpty()) {
                        json.put("caveats", JsonArray.ofStrings(capability.caveatTexts()));
                    }
                });
        return json;
    }

    /** Everything that was considered. */
    public JsonObject json() {
        return verdict()
                .put("capability", wanted.value())
                .put(
                        "considered",
                        new JsonArray(
                                considered.stream().<JsonValue>map(Considered::json).toList()))
                .put(
                        "revocations",
                        new JsonArray(
                                revocations.stream()
                                        .<JsonValue>map(revocation ->
                                                JsonObject.builder()
                                                        .put(
                                                                "capability",
                                                                revocation.name().value())
                                                        .put("at", revocation.at().toString())
                                                        .build())
                                        .toList()))
                .build();
    }
}
