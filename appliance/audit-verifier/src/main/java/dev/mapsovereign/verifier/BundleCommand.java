package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.record.KeyEpochs;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** {@code map-verify bundle}: the bundles on one or several media. */
final class BundleCommand {
    /** What {@code --help} prints. */
    static final String HELP =
            """
            map-verify bundle: verify the audit bundles of MAP nodes

            usage: map-verify bundle PATH... --trust FILE [--state FILE | --init-state FILE]
                              [--output human|json]

              PATH               a medium, its MAP-AUDIT folder, one node's folder in it, or one
                                 bundle-<n> folder; several media are verified as one set
              --trust FILE       C2SP tlog-policy with the key of the node's own log, <node>/_node;
                                 from a source you trust, never from the medium
              --state FILE       what you saw at your last visit: refuses a log that is older,
                                 shorter, forked, or lacks records since; updated on success
              --init-state FILE  begins such a file
              --output json      one JSON object on standard output

            exit status:
              0  every record, hash and required signature was verified
              1  unauthenticated: no trusted key for this node, or too few witnesses
              2  the command line is wrong
              3  a file cannot be opened, or there is nothing to verify
              4  tampering, or a check that failed; the first bad file and record are named

            example:
              map-verify bundle /media/usb --trust alpha.policy --state alpha.state
            """;

    private final BundleOptions options;
    private final Optional<PrintStream> terminal;
    private final Report report = new Report();

    /**
     * @param terminal where progress may be shown; empty if nobody watches
     */
    BundleCommand(BundleOptions options, Optional<PrintStream> terminal) {
        this.options = options;
        this.terminal = terminal;
    }

    /**
     * Verifies.
     *
     * @throws OperatorException for a trust or state file that cannot be used
     */
    Report run() {
        Trust trust = Trust.read(options.trust());
        VerifierState state = readState();
        try {
            Map<String, NodeVerifier> nodes = new LinkedHashMap<>();
            List<BundleHeader> headers = new ArrayList<>();
            Set<MediumFolder> whole = new HashSet<>();
            readHeaders(trust, headers, whole);
            for (BundleHeader header : headers) {
                nodes.computeIfAbsent(
                        header.node(), node -> nodeVerifier(node, headers, whole, state));
            }
            requireKnown(headers, state);
            verify(nodes);
            sayWhatElse();
            writeState(headers, state);
        } catch (VerificationException e) {
            report.end(e.finding());
        }
        return report;
    }

    private VerifierState readState() {
        if (options.state().isEmpty()) {
            return VerifierState.EMPTY;
        }
        Path file = options.state().get();
        if (!options.begin()) {
            return VerifierState.read(file);
        }
        if (Files.exists(file)) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "the state file " + file + " exists already",
                    "--state FILE continues from it");
        }
        return VerifierState.EMPTY;
    }

    private void readHeaders(Trust trust, List<BundleHeader> headers, Set<MediumFolder> whole)
            throws VerificationException {
        Set<Path> taken = new HashSet<>();
        for (Path path : options.paths()) {
            for (MediumSearch.Found found : MediumSearch.at(path)) {
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
                requireOneNode(headers, found.folder());
            }
        }
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

    private static void requireOneNode(List<BundleHeader> headers, MediumFolder folder)
            throws VerificationException {
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

    private NodeVerifier nodeVerifier(
            String node, List<BundleHeader> headers, Set<MediumFolder> whole, VerifierState state) {
        List<BundleHeader> ofNode =
                headers.stream().filter(header -> header.node().equals(node)).toList();
        return new NodeVerifier(node, ofNode, whole, state.node(node), report);
    }

    private void requireKnown(List<BundleHeader> headers, VerifierState state)
            throws VerificationException {
        if (options.state().isEmpty() || options.begin()) {
            return;
        }
        for (BundleHeader header : headers) {
            if (state.node(header.node()).isEmpty()) {
                throw VerificationException.refused(
                        header.folder().path(),
                        "foreign: the state file has never seen the node " + header.node());
            }
        }
    }

    private void verify(Map<String, NodeVerifier> nodes) throws VerificationException {
        for (NodeVerifier node : nodes.values()) {
            node.verifyContinuity();
        }
        long total = nodes.values().stream().mapToLong(NodeVerifier::records).sum();
        Progress progress = new Progress(terminal, total);
        ReadBuffer buffer = new ReadBuffer();
        try {
            for (NodeVerifier node : nodes.values()) {
                node.verifyRecords(buffer, progress);
            }
        } finally {
            progress.end();
        }
    }

    private void sayWhatElse() {
        report.checked("signatures of manifests and checkpoints by the keys in force");
        report.checked(
                "every record: form, index, tenant, link to the one before, place in the tree");
        report.checked("every tile and checkpoint listed, against the records");
        if (options.state().isEmpty()) {
            report.notChecked("continuity with an earlier visit: no state file was given");
        }
        report.notChecked(
                "conveniences on the medium: VERIFY.txt, verify.py, keys/, logs/*/checkpoint");
        report.notChecked(
                "whether a record was made for all that happened, and whether times are true");
    }

    private void writeState(List<BundleHeader> headers, VerifierState before) {
        if (options.state().isEmpty()) {
            return;
        }
        VerifierState after = before;
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
        after.write(options.state().get(), options.begin());
        report.checked("state written to " + options.state().get());
    }

    private static VerifierState.Seen seen(BundleHeader header, BundleDescription.Range range) {
        KeyEpochs keys = header.keys().getOrDefault(range.tenant(), new KeyEpochs(List.of()));
        return new VerifierState.Seen(
                range.to(), range.toRoot(), range.lastRecordHash(), keys.inForce(range.to()));
    }
}
