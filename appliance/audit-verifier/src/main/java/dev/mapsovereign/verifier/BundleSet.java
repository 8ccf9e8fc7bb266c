package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.record.KeyEpochs;
import dev.mapsovereign.base.age.AgeIdentity;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The bundles of one call, from whatever media and in any order: found, their headers verified,
 * then compared with each other and the state, then read. For one thread.
 */
final class BundleSet {
    private final Trust trust;
    private final VerifierState state;
    private final Report report;
    private final List<BundleHeader> headers = new ArrayList<>();

    /** Folders of which every bundle is to be verified. */
    private final Set<MediumFolder> whole = new HashSet<>();

    private final Set<Path> taken = new HashSet<>();

    /**
     * @param state to continue from
     * @param report is filled on the way
     */
    BundleSet(Trust trust, VerifierState state, Report report) {
        this.trust = trust;
        this.state = state;
        this.report = report;
    }

    /** Bundles whose headers were verified so far. */
    List<BundleHeader> headers() {
        return List.copyOf(headers);
    }

    /** Finds the bundles at these paths and verifies their headers. */
    void read(List<Path> paths) throws VerificationException {
        for (Path path : paths) {
            for (MediumSearch.Found found : MediumSearch.at(path)) {
                read(found);
            }
        }
    }

    private void read(MediumSearch.Found found) throws VerificationException {
        List<Long> numbers =
                found.only().isPresent()
                        ? List.of(found.only().getAsLong())
                        : found.folder().bundleNumbers();
        if (numbers.isEmpty()) {
            throw VerificationException.environment(
                    found.folder().path(), "no whole bundle in here");
        }
        if (found.only().isEmpty()) {
            whole.add(found.folder());
        }
        for (long number : numbers) {
            BundleHeader header = HeaderReader.read(trust, found.folder(), number);
            if (taken.add(realPath(header))) {
                headers.add(header);
                report(header);
            }
        }
        requireOneNode(found.folder());
    }

    /** So that a bundle given twice, by its medium and by itself, is verified once. */
    private static Path realPath(BundleHeader header) throws VerificationException {
        try {
            return header.folder().at(header.name()).toRealPath();
        } catch (IOException e) {
            throw MediumFolder.unreadable(header.folder().path(), e);
        }
    }

    private void report(BundleHeader header) {
        BundleDescription description = header.description();
        report.add(
                new Report.VerifiedBundle(
                        header.node(),
                        header.number(),
                        header.folder().at(header.name()).toString(),
                        description.time().toString(),
                        description.productVersion(),
                        header.manifestDigest()));
    }

    private void requireOneNode(MediumFolder folder) throws VerificationException {
        Set<String> nodes = new HashSet<>();
        for (BundleHeader header : headers) {
            if (header.folder() == folder) {
                nodes.add(header.node());
            }
        }
        if (nodes.size() > 1) {
            throw VerificationException.refused(folder.path(), "bundles of several nodes in one");
        }
    }

    /** Refuses nodes that the state has never seen. */
    void requireKnown() throws VerificationException {
        for (BundleHeader header : headers) {
            if (state.node(header.node()).isEmpty()) {
                throw VerificationException.refused(
                        header.folder().path(),
                        "foreign: the state file has never seen the node " + header.node());
            }
        }
    }

    /**
     * Verifies continuity, then every record.
     *
     * @param terminal where progress may be shown; empty if nobody watches
     * @param identities that decrypt entries
     * @param sink takes what has been verified
     */
    void verify(Optional<PrintStream> terminal, List<AgeIdentity> identities, RangeSink sink)
            throws VerificationException {
        Map<String, NodeVerifier> nodes = new LinkedHashMap<>();
        for (BundleHeader header : headers) {
            nodes.computeIfAbsent(header.node(), this::nodeVerifier);
        }
        for (NodeVerifier node : nodes.values()) {
            node.verifyContinuity();
        }
        long total = nodes.values().stream().mapToLong(NodeVerifier::records).sum();
        Progress progress = new Progress(terminal, total);
        Reading reading = new Reading(new ReadBuffer(), progress, identities, sink);
        try {
            for (NodeVerifier node : nodes.values()) {
                node.verifyRecords(reading);
            }
        } finally {
            progress.end();
        }
        sayWhat();
    }

    private NodeVerifier nodeVerifier(String node) {
        List<BundleHeader> ofNode =
                headers.stream().filter(header -> header.node().equals(node)).toList();
        return new NodeVerifier(node, ofNode, whole, state.node(node), report);
    }

    private void sayWhat() {
        report.checked("signatures of manifests and checkpoints by the keys in force");
        report.checked(
                report.unread().isEmpty()
                        ? "every record: form, index, tenant, link to the one before, place in the tree"
                        : "every record that is not encrypted; the place in the tree of all");
        report.checked("every tile and checkpoint listed, against the records");
        report.notChecked(
                "conveniences on the medium: VERIFY.txt, verify.py, keys/, logs/*/checkpoint");
        report.notChecked(
                "whether a record was made for all that happened, and whether times are true");
    }

    /** The state with the newest of each log; all of it must have been verified. */
    VerifierState after() {
        VerifierState after = state;
        for (BundleHeader header : headers) {
            for (BundleDescription.Range range : header.description().ranges()) {
                long known =
                        after.node(header.node())
                                .flatMap(logs -> Optional.ofNullable(logs.get(range.tenant())))
                                .map(VerifierState.Seen::size)
                                .orElse(0L);
                if (range.to() > known) {
                    after = after.with(header.node(), range.tenant(), seen(header, range));
                }
            }
        }
        return after;
    }

    private static VerifierState.Seen seen(BundleHeader header, BundleDescription.Range range) {
        KeyEpochs keys = header.keys().getOrDefault(range.tenant(), new KeyEpochs(List.of()));
        return new VerifierState.Seen(
                range.to(), range.toRoot(), range.lastRecordHash(), keys.inForce(range.to()));
    }
}
