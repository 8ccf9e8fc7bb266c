package dev.mapsovereign.protocols.macs;

import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.capability.CapabilitySet;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Whether a set allows a capability, and which of its rules says so. The verdict is always the
 * set's own, the one that stage 4 asks; the rule only explains it.
 *
 * @param allowed the set's verdict
 * @param rule for people
 * @param entry what allows it
 */
record Authorization(boolean allowed, String rule, Optional<CapabilitySet.Entry> entry) {

    static Authorization of(CapabilitySet set, CapabilityName wanted, Instant now) {
        List<CapabilitySet.Entry> covering =
                // From the beginning of time on, nothing has expired yet.
                set.entries(Instant.MIN).stream()
                        .filter(entry -> entry.name().covers(wanted))
                        .toList();
        if (!set.allows(wanted, now)) {
            return new Authorization(false, refusal(set, covering, wanted, now), Optional.empty());
        }
        Optional<CapabilitySet.Entry> deciding =
                covering.stream()
                        .filter(entry -> now.isBefore(entry.expiresAt()))
                        .filter(entry -> revocation(set, entry, wanted).isEmpty())
                        .max(Comparator.comparing(CapabilitySet.Entry::expiresAt));
        return new Authorization(
                true, deciding.map(Authorization::words).orElse("allowed"), deciding);
    }

    private static String words(CapabilitySet.Entry entry) {
        String since = entry.since().equals(Instant.MIN) ? "" : " since " + entry.since();
        return entry.name() + ", " + entry.source() + since;
    }

    private static String refusal(
            CapabilitySet set,
            List<CapabilitySet.Entry> covering,
            CapabilityName wanted,
            Instant now) {
        Optional<CapabilitySet.Entry> expired =
                covering.stream()
                        .filter(entry -> !now.isBefore(entry.expiresAt()))
                        .filter(entry -> revocation(set, entry, wanted).isEmpty())
                        .max(Comparator.comparing(CapabilitySet.Entry::expiresAt));
        if (expired.isPresent()) {
            return words(expired.get()) + ", expired at " + expired.get().expiresAt();
        }
        return set.revocations().stream()
                .filter(revocation -> revocation.name().covers(wanted))
                .max(Comparator.comparing(CapabilitySet.Revocation::at))
                .map(revocation -> revocation.name() + " was revoked at " + revocation.at())
                .orElse("nothing configured, declared or granted covers " + wanted);
    }

    private static Optional<CapabilitySet.Revocation> revocation(
            CapabilitySet set, CapabilitySet.Entry entry, CapabilityName wanted) {
        return set.revocations().stream()
                .filter(revocation -> revocation.name().covers(wanted))
                .filter(revocation -> !revocation.at().isBefore(entry.since()))
                .findFirst();
    }

    /** The members of an answer that speak of the verdict. */
    JsonObject.Builder json() {
        JsonObject.Builder json = JsonObject.builder().put("allowed", allowed).put("rule", rule);
        entry.ifPresent(it -> {
            json.put("covered_by", it.name().value()).put("source", it.source());
            if (!it.expiresAt().equals(Instant.MAX)) {
                json.put("expires_at", it.expiresAt().toString());
            }
        });
        return json;
    }
}
