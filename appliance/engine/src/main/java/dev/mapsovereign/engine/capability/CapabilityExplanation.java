package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.capability.CallFacts;
import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import java.time.Instant;
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
                    + (since.equals(Instant.MIN) ? "" : " since " + since)
                    + (entry.capability().isPlain() ? "" : ", on terms");
        }

        private JsonObject json() {
            JsonObject.Builder json =
                    JsonObject.builder()
                            .put("capability", entry.name().value())
                            .put("source", entry.source());
            if (!entry.since().equals(Instant.MIN)) {
                json.put("since", entry.since().toString());
            }
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

    /** Explains what {@code set} says of {@code wanted}, an exact name. */
    public static CapabilityExplanation of(
            CapabilitySet set, CapabilityName wanted, CallFacts facts) {
        return new CapabilityExplanation(
                wanted,
                set.covering(wanted).stream()
                        .map(entry -> new Considered(entry, obstacle(set, entry, wanted, facts)))
                        .toList(),
                set.revocations().stream()
                        .filter(revocation -> revocation.name().covers(wanted))
                        .toList());
    }

    private static Optional<String> obstacle(
            CapabilitySet set, CapabilitySet.Entry entry, CapabilityName wanted, CallFacts facts) {
        Optional<String> revoked = set.revocation(entry, wanted).map(CapabilityExplanation::words);
        return revoked.isPresent() ? revoked : entry.capability().unmet(facts);
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
                .orElseGet(() -> "nothing configured, declared or granted covers " + wanted);
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
