package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.auditlog.record.KeyEpochs;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.TenantId;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All bundles of one node that were given in one call, from whatever media: first what their
 * headers say of each other and of the auditor's state, then every record of every range.
 */
final class NodeVerifier {
    private final String node;
    private final List<BundleHeader> bundles;

    /** Folders of which every bundle is here, so that a missing one is missing. */
    private final Set<MediumFolder> wholeFolders;

    private final Optional<SortedMap<TenantId, VerifierState.Seen>> seen;
    private final Facts facts = new Facts();
    private final Coverage coverage;
    private final Report report;

    /**
     * @param bundles of this node, verified headers
     * @param wholeFolders those whose bundles were all to be verified
     * @param seen the auditor's state of this node; empty when none was given
     */
    NodeVerifier(
            String node,
            List<BundleHeader> bundles,
            Set<MediumFolder> wholeFolders,
            Optional<SortedMap<TenantId, VerifierState.Seen>> seen,
            Report report) {
        this.node = node;
        this.bundles =
                bundles.stream().sorted(Comparator.comparingLong(BundleHeader::number)).toList();
        this.wholeFolders = wholeFolders;
        this.seen = seen;
        this.coverage = new Coverage(this.bundles);
        this.report = report;
    }

    /** Records in all ranges, for whoever shows progress. */
    long records() {
        return bundles.stream()
                .flatMap(bundle -> bundle.description().ranges().stream())
                .mapToLong(range -> range.to() - range.from())
                .sum();
    }

    /** Checks the headers against each other and against the state. */
    void verifyContinuity() throws VerificationException {
        stateFacts();
        requireSameNumbersSame();
        requirePrevious();
        requireKeysContinue();
        if (seen.isPresent()) {
            new StateCheck(node, bundles, coverage, facts, report).check(seen.get());
        }
        coverage.gaps(this::seenSize).forEach(report::notChecked);
    }

    private long seenSize(TenantId tenant) {
        return seen.flatMap(logs -> Optional.ofNullable(logs.get(tenant)))
                .map(VerifierState.Seen::size)
                .orElse(0L);
    }

    /** Verifies every record of every range. */
    void verifyRecords(Reading reading) throws VerificationException {
        for (BundleHeader bundle : bundles) {
            String manifestName = BundleLayout.manifest(bundle.number());
            try (ManifestReader manifest = ManifestReader.open(bundle.folder(), manifestName)) {
                for (String own : bundle.description().ownFiles()) {
                    byte[] digest = manifest.expect(own);
                    if (reading.sink().wantsOwnFiles()) {
                        reading.sink().file(bundle, own, readAgain(bundle, own, digest));
                    }
                }
                for (BundleDescription.Range range : bundle.description().ranges()) {
                    verified(
                            bundle,
                            range,
                            RangeVerifier.verify(bundle, range, manifest, facts, reading));
                }
                manifest.finish(bundle.manifestDigest());
            }
        }
        for (MediumFolder folder : folders()) {
            List<BundleDescription> here =
                    bundles.stream()
                            .filter(bundle -> bundle.folder() == folder)
                            .map(BundleHeader::description)
                            .toList();
            Strays.walk(folder, here).forEach(report::notChecked);
        }
    }

    private Set<MediumFolder> folders() {
        Set<MediumFolder> folders = new HashSet<>();
        bundles.forEach(bundle -> folders.add(bundle.folder()));
        return folders;
    }

    /** A file that {@link HeaderReader} has judged, if it is still the same. */
    private static byte[] readAgain(BundleHeader bundle, String name, byte[] digest)
            throws VerificationException {
        byte[] content = bundle.folder().read(name, BundleDescription.BYTES_MAX);
        if (!MessageDigest.isEqual(Sha256.hash(content), digest)) {
            throw VerificationException.refused(
                    bundle.folder().at(name), "changed while the medium was being read");
        }
        return content;
    }

    private void verified(
            BundleHeader bundle, BundleDescription.Range range, RangeVerifier.Outcome outcome) {
        if (outcome.unread() > 0) {
            report.unread(
                    "%s: %d records of %s, which are encrypted; their hashes were checked"
                            .formatted(bundle.name(), outcome.unread(), range.origin()));
        }
        report.add(
                new Report.VerifiedRange(
                        node,
                        bundle.folder().at(bundle.name()).toString(),
                        range.tenant(),
                        range.origin(),
                        range.from(),
                        range.to(),
                        range.toRoot(),
                        range.lastRecordHash()));
        boolean elsewhere =
                coverage.reachedBefore(range.tenant(), range.from()) == range.from()
                        || seenSize(range.tenant()) >= range.from();
        if (range.from() < range.to() && !outcome.linkSeen() && !elsewhere) {
            report.notChecked(
                    "%s: that record %d of %s follows the one before it, which is not here"
                            .formatted(bundle.name(), range.from(), range.origin()));
        }
    }

    private void stateFacts() throws VerificationException {
        for (BundleHeader bundle : bundles) {
            Path file = bundle.descriptionFile();
            for (BundleDescription.Range range : bundle.description().ranges()) {
                Facts.Fact from =
                        new Facts.Fact(
                                range.fromRoot(),
                                Optional.of(range.previousRecordHash()),
                                source(bundle));
                Facts.Fact to =
                        new Facts.Fact(
                                range.toRoot(),
                                Optional.of(range.lastRecordHash()),
                                source(bundle));
                facts.state(range.tenant(), range.from(), from, file);
                facts.state(range.tenant(), range.to(), to, file);
            }
            for (BundleDescription.Log log : bundle.description().logs()) {
                if (log.size() > 0) {
                    Facts.Fact newest =
                            new Facts.Fact(log.root(), Optional.empty(), source(bundle));
                    facts.state(log.tenant(), log.size(), newest, file);
                }
            }
        }
    }

    private static String source(BundleHeader bundle) {
        return bundle.folder().at(bundle.name()).toString();
    }

    /** A number is used once; two media may carry copies of one bundle, never two of them. */
    private void requireSameNumbersSame() throws VerificationException {
        for (int i = 1; i < bundles.size(); i++) {
            BundleHeader one = bundles.get(i - 1);
            BundleHeader other = bundles.get(i);
            if (one.number() == other.number()
                    && !one.manifestDigest().equals(other.manifestDigest())) {
                throw VerificationException.refused(
                        other.signatureFile(),
                        "another bundle of the same number than in " + one.folder().path());
            }
        }
    }

    /**
     * Each bundle states its log's keys by itself. Somebody with keys that were replaced could go
     * on behind a rotation as if there had been none; the bundle that states it says otherwise.
     */
    private void requireKeysContinue() throws VerificationException {
        Map<TenantId, List<BundleHeader>> byTenant = new TreeMap<>();
        for (BundleHeader bundle : bundles) {
            for (BundleDescription.Range range : bundle.description().ranges()) {
                byTenant.computeIfAbsent(range.tenant(), t -> new ArrayList<>()).add(bundle);
            }
        }
        for (Map.Entry<TenantId, List<BundleHeader>> log : byTenant.entrySet()) {
            TenantId tenant = log.getKey();
            log.getValue().sort(Comparator.comparingLong(bundle -> size(bundle, tenant)));
            for (int i = 1; i < log.getValue().size(); i++) {
                BundleHeader before = log.getValue().get(i - 1);
                BundleHeader bundle = log.getValue().get(i);
                if (!keys(bundle, tenant).continues(keys(before, tenant), size(before, tenant))) {
                    throw VerificationException.refused(
                            bundle.descriptionFile(),
                            tenant,
                            size(before, tenant),
                            "other keys of the log than " + before.name() + " states");
                }
            }
        }
    }

    private static long size(BundleHeader bundle, TenantId tenant) {
        return bundle.description().range(tenant).orElseThrow().to();
    }

    private static KeyEpochs keys(BundleHeader bundle, TenantId tenant) {
        return bundle.keys().getOrDefault(tenant, new KeyEpochs(List.of()));
    }

    private void requirePrevious() throws VerificationException {
        for (BundleHeader bundle : bundles) {
            if (bundle.description().previous().isEmpty()) {
                continue;
            }
            long number = bundle.description().previous().getAsLong();
            Optional<BundleHeader> previous =
                    bundles.stream().filter(other -> other.number() == number).findFirst();
            if (previous.isPresent()) {
                if (!previous.get().manifestDigest().equals(bundle.previousDigest())) {
                    throw VerificationException.refused(
                            bundle.signatureFile(),
                            "continues another bundle-" + number + " than the one here");
                }
            } else if (wholeFolders.contains(bundle.folder())) {
                requireNothingLost(bundle, number);
            }
        }
    }

    private void requireNothingLost(BundleHeader bundle, long missing)
            throws VerificationException {
        Path file = bundle.folder().at(BundleLayout.bundleFolder(missing));
        List<String> lost = new ArrayList<>();
        for (BundleDescription.Range range : bundle.description().ranges()) {
            long reached =
                    Math.max(
                            coverage.reachedBefore(range.tenant(), range.from()),
                            seenSize(range.tenant()));
            if (reached < range.from()) {
                lost.add("%s %d to %d".formatted(range.tenant(), reached, range.from() - 1));
            }
        }
        if (!lost.isEmpty()) {
            throw VerificationException.refused(
                    file,
                    "missing, though "
                            + bundle.name()
                            + " continues it; on none of the media given are the records: "
                            + String.join(", ", lost));
        }
        report.notChecked(file + ": missing; what it held stands in other bundles or in the state");
    }
}
