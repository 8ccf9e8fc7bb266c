package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.record.KeyEpochs;
import dev.mapsovereign.base.identity.TenantId;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Whether what the media show continues what the auditor has seen: not less (older, shorter), not
 * other (forked), and with nothing left out in between (gap).
 */
final class StateCheck {
    private static final String SOURCE = "the state file";

    private final String node;
    private final List<BundleHeader> bundles;
    private final Coverage coverage;
    private final Facts facts;
    private final Report report;

    /**
     * @param bundles by ascending number
     */
    StateCheck(
            String node,
            List<BundleHeader> bundles,
            Coverage coverage,
            Facts facts,
            Report report) {
        this.node = node;
        this.bundles = bundles;
        this.coverage = coverage;
        this.facts = facts;
        this.report = report;
    }

    /** Compares the headers; sizes within ranges are compared when the records are read. */
    void check(SortedMap<TenantId, VerifierState.Seen> logs) throws VerificationException {
        for (Map.Entry<TenantId, VerifierState.Seen> log : logs.entrySet()) {
            check(log.getKey(), log.getValue());
        }
        report.checked("continuity with the state file for " + logs.size() + " logs of " + node);
    }

    private void check(TenantId tenant, VerifierState.Seen seen) throws VerificationException {
        BundleHeader newest = bundles.getLast();
        Path file = newest.descriptionFile();
        Optional<BundleDescription.Log> log =
                newest.description().logs().stream()
                        .filter(each -> each.tenant().equals(tenant))
                        .findFirst();
        if (log.isEmpty()) {
            throw VerificationException.refused(
                    file, tenant, 0, "shorter: the log is gone, of which the state has records");
        }
        if (log.get().size() < seen.size()) {
            throw VerificationException.refused(
                    file,
                    tenant,
                    log.get().size(),
                    "older: ends at size %d, the state is at %d"
                            .formatted(log.get().size(), seen.size()));
        }
        facts.state(
                tenant,
                seen.size(),
                new Facts.Fact(seen.root(), Optional.of(seen.lastRecordHash()), SOURCE),
                file);
        requireNoGap(tenant, seen, file);
        requireKeys(tenant, seen);
    }

    private void requireNoGap(TenantId tenant, VerifierState.Seen seen, Path file)
            throws VerificationException {
        long reached = coverage.reachedFrom(tenant, seen.size());
        if (reached < coverage.end(tenant)) {
            throw VerificationException.refused(
                    file,
                    tenant,
                    reached,
                    "gap: records %d to %d are on none of the media given"
                            .formatted(reached, coverage.nextFrom(tenant, reached) - 1));
        }
    }

    private void requireKeys(TenantId tenant, VerifierState.Seen seen)
            throws VerificationException {
        for (BundleHeader bundle : bundles) {
            Optional<BundleDescription.Range> range = bundle.description().range(tenant);
            if (range.isEmpty() || range.get().to() < seen.size()) {
                continue;
            }
            KeyEpochs keys = bundle.keys().getOrDefault(tenant, new KeyEpochs(List.of()));
            if (!new HashSet<>(keys.inForce(seen.size())).equals(new HashSet<>(seen.keys()))) {
                throw VerificationException.refused(
                        bundle.descriptionFile(),
                        tenant,
                        seen.size(),
                        "the log had other keys at the state's size");
            }
        }
    }
}
