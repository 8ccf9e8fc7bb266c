package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.base.age.AgeIdentity;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.NoteException;
import dev.mapsovereign.base.note.NoteSignature;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.VerifierKey;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * {@code map-verify witness}: an off-site station looks at a medium, keeps a copy, and cosigns what
 * continues what it saw before (docs/internals/off-site-station.md says in which order, and why).
 */
final class WitnessCommand {
    /** What {@code --help} prints. */
    static final String HELP =
            """
            map-verify witness: verify media, keep a mirror, and cosign the newest checkpoints

            usage: map-verify witness PATH... --trust FILE --state DIR --keys DIR [--init-state]
                              [--identity FILE] [--mirror-from-here] [--receipts-to DIR]
                              [--output human|json]

              PATH                a medium, as for 'map-verify bundle'
              --trust FILE        C2SP tlog-policy with the key of the node's own log, <node>/_node
              --state DIR         this station's memory and mirror; locked while it works
              --init-state        begins it; a station that lost its memory must say so
              --keys DIR          this station's keys, from 'map-verify keygen'
              --identity FILE     age identities that decrypt entries; without what it takes to
                                  read them all there is no mirror cosignature
              --mirror-from-here  a mirror that does not begin at record 0 begins with this visit;
                                  the node has to enrol the station with that index
              --receipts-to DIR   writes receipts there and not onto the medium
              --output json       one JSON object on standard output

            Receipts go to MAP-AUDIT/<node>/receipts/<station>/<n>/<tenant> on the medium. The key
            <station>/witness signs what continues the last visit; <station>/mirror only where every
            record since the mirror began was read, matched and kept here.

            exit status:
              0  verified, kept, cosigned
              1  unauthenticated: no trusted key for this node, or too few witnesses
              2  the command line is wrong
              3  a file cannot be opened or written, or there is nothing to verify
              4  tampering, a fork, or a check that failed; nothing was cosigned

            example:
              map-verify witness /media/usb --trust alpha.policy --state /srv/station --keys ~/keys
            """;

    private static final Set<String> VALUED =
            Set.of("--trust", "--state", "--keys", "--identity", "--receipts-to", "--output");
    private static final Set<String> PLAIN = Set.of("--init-state", "--mirror-from-here");

    private final Arguments arguments;
    private final Optional<PrintStream> terminal;
    private final Clock clock;
    private final Report report = new Report();

    private WitnessCommand(Arguments arguments, Optional<PrintStream> terminal, Clock clock) {
        this.arguments = arguments;
        this.terminal = terminal;
        this.clock = clock;
    }

    /** Reads the command line. */
    static WitnessCommand parse(
            List<String> arguments, Optional<PrintStream> terminal, Clock clock) {
        return new WitnessCommand(
                Arguments.parse("witness", arguments, VALUED, PLAIN), terminal, clock);
    }

    boolean json() {
        return arguments.json();
    }

    /**
     * Verifies, keeps, cosigns.
     *
     * @throws OperatorException for files of this station's own that cannot be used
     */
    Report run() {
        List<Path> paths = arguments.paths();
        Trust trust = Trust.read(Path.of(arguments.required("--trust", "FILE")));
        Path folder = Path.of(arguments.required("--state", "DIR"));
        List<AgeIdentity> identities = AgeIdentity.readNamed(arguments.path("--identity", false));
        StationKeys keys = StationKeys.read(Path.of(arguments.required("--keys", "DIR")), clock);
        try (StationFolder station = StationFolder.open(folder, arguments.has("--init-state"))) {
            for (Path path : paths) {
                station.contains(path)
                        .ifPresent(why -> {
                            throw new OperatorException(ExitCode.USAGE, why);
                        });
            }
            visit(paths, trust, identities, station, keys);
        }
        return report;
    }

    private void visit(
            List<Path> paths,
            Trust trust,
            List<AgeIdentity> identities,
            StationFolder station,
            StationKeys keys) {
        BundleSet set = new BundleSet(trust, station.seen(), report);
        try {
            set.read(paths);
            MirrorWriter mirror = new MirrorWriter(station.incoming(), station.mirror());
            Kept kept = new Kept(mirror);
            set.verify(terminal, identities, kept);
            for (BundleHeader bundle : set.headers()) {
                mirror.manifest(bundle);
            }
            mirror.admit();
            kept.addTo(station.mirrored(), set.headers());
            VerifierState now = set.after();
            station.remember(now);
            report.checked("state and mirror written to " + station.mirror().resolveSibling(""));
            new Cosigning(trust, station, keys, now).cosign(set.headers());
        } catch (VerificationException e) {
            if (e.finding().forked()) {
                keepEvidence(set, station);
            }
            report.end(e.finding());
        }
    }

    /** Passes on to the mirror, and remembers how many entries of each range went there. */
    private final class Kept implements RangeSink {
        private final MirrorWriter mirror;

        /** Records of each range that were read and kept. */
        private final Map<String, Long> read = new HashMap<>();

        Kept(MirrorWriter mirror) {
            this.mirror = mirror;
        }

        @Override
        public boolean wantsOwnFiles() {
            return true;
        }

        @Override
        public void file(BundleHeader bundle, String name, byte[] bytes)
                throws VerificationException {
            mirror.file(bundle, name, bytes);
        }

        @Override
        public void entries(
                BundleHeader bundle,
                BundleDescription.Range range,
                String name,
                long first,
                int count,
                byte[] bytes,
                int length)
                throws VerificationException {
            mirror.entries(bundle, range, name, first, count, bytes, length);
            long before = Math.max(0, range.from() - first);
            read.merge(mark(bundle, range), count - before, Long::sum);
        }

        private static String mark(BundleHeader bundle, BundleDescription.Range range) {
            return bundle.manifestDigest() + " " + range.tenant();
        }

        void addTo(MirrorState mirrored, List<BundleHeader> bundles) {
            record Part(BundleHeader bundle, BundleDescription.Range range) {}
            bundles.stream()
                    .flatMap(bundle ->
                            bundle.description().ranges().stream()
                                    .map(range -> new Part(bundle, range)))
                    // Ascending, so that ranges from several media join whatever their order.
                    .sorted(Comparator.comparingLong(part -> part.range().from()))
                    .forEach(part -> add(mirrored, part.bundle(), part.range()));
        }

        private void add(MirrorState mirrored, BundleHeader bundle, BundleDescription.Range range) {
            if (range.from() < range.to() && everyEntry(bundle, range)) {
                mirrored.add(
                        bundle.node(),
                        range.tenant(),
                        range.from(),
                        range.to(),
                        arguments.has("--mirror-from-here"));
            }
        }

        private boolean everyEntry(BundleHeader bundle, BundleDescription.Range range) {
            long records = read.getOrDefault(mark(bundle, range), 0L);
            return records >= range.to() - range.from();
        }
    }

    private void keepEvidence(BundleSet set, StationFolder station) {
        try {
            for (BundleHeader bundle : set.headers()) {
                station.keepEvidence(bundle, "manifest.sig", bundle.signature().bytes());
                Path top =
                        station.keepEvidence(bundle, "bundle.json", bundle.description().bytes());
                for (BundleDescription.Range range : bundle.description().ranges()) {
                    for (long size : range.checkpointSizes()) {
                        String name =
                                BundleLayout.bundleCheckpoint(
                                        bundle.number(), range.tenant(), size);
                        station.keepEvidence(
                                bundle,
                                "checkpoints/" + range.tenant() + "/" + size,
                                bundle.folder().read(name, Limits.NOTE_BYTES_MAX));
                    }
                }
                report.checked("evidence kept in " + top);
            }
        } catch (VerificationException e) {
            report.notChecked("some of the evidence could not be read again: " + e.getMessage());
        }
    }

    /** The last step of a visit, when all that is stated is on the disk. */
    private final class Cosigning {
        private final Trust trust;
        private final StationFolder station;
        private final StationKeys keys;
        private final VerifierState now;

        Cosigning(Trust trust, StationFolder station, StationKeys keys, VerifierState now) {
            this.trust = trust;
            this.station = station;
            this.keys = keys;
            this.now = now;
        }

        void cosign(List<BundleHeader> bundles) throws VerificationException {
            Map<String, BundleHeader> newest = new TreeMap<>();
            for (BundleHeader bundle : bundles) {
                for (BundleDescription.Range range : bundle.description().ranges()) {
                    if (range.to() == seen(bundle, range.tenant()).size()) {
                        newest.putIfAbsent(range.origin(), bundle);
                    }
                }
            }
            for (BundleHeader bundle : newest.values().stream().distinct().toList()) {
                for (BundleDescription.Range range : bundle.description().ranges()) {
                    if (bundle.equals(newest.get(range.origin()))
                            && range.to() == seen(bundle, range.tenant()).size()) {
                        cosign(bundle, range);
                    }
                }
            }
        }

        private VerifierState.Seen seen(BundleHeader bundle, TenantId tenant) {
            return now.node(bundle.node()).map(logs -> logs.get(tenant)).orElseThrow();
        }

        private void cosign(BundleHeader bundle, BundleDescription.Range range)
                throws VerificationException {
            SignedNote note = ownLines(bundle, range);
            List<NoteSigner> signers = new ArrayList<>(keys.witness());
            if (isMirrored(bundle, range)) {
                signers.addAll(keys.mirror());
            }
            for (NoteSigner signer : signers) {
                note = note.with(signer);
            }
            byte[] receipt = note.bytes();
            station.keepReceipt(bundle, range.tenant().value(), receipt);
            station.publish(bundle, range.tenant(), receipt);
            Path name =
                    Path.of(BundleLayout.receipt(keys.station(), bundle.number(), range.tenant()));
            Path top =
                    arguments
                            .path("--receipts-to", false)
                            .map(to -> to.resolve(BundleLayout.nodeFolder(bundle.node())))
                            .orElse(bundle.folder().path());
            Path file = StationFolder.putReceipt(top, keys.station(), bundle, name, receipt);
            report.add(
                    new Report.Receipt(
                            bundle.node(),
                            range.tenant(),
                            range.to(),
                            file.toString(),
                            signers.stream()
                                    .map(signer -> signer.key().name())
                                    .distinct()
                                    .toList()));
        }

        /** The checkpoint made anew from what is now the state, with the log's own lines alone. */
        private SignedNote ownLines(BundleHeader bundle, BundleDescription.Range range)
                throws VerificationException {
            VerifierState.Seen seen = seen(bundle, range.tenant());
            String text = new Checkpoint(range.origin(), seen.size(), seen.root()).text();
            String name =
                    BundleLayout.bundleCheckpoint(bundle.number(), range.tenant(), range.to());
            Path file = bundle.folder().at(name);
            try {
                SignedNote found =
                        SignedNote.parse(bundle.folder().read(name, Limits.NOTE_BYTES_MAX));
                List<NoteSignature> own = new ArrayList<>();
                for (VerifierKey key : trust.signersOf(found, seen.keys(), file)) {
                    found.signatures().stream().filter(key::claims).forEach(own::add);
                }
                if (found.text().equals(text) && !own.isEmpty()) {
                    return new SignedNote(text, own);
                }
            } catch (NoteException e) {
                throw VerificationException.refused(file, String.valueOf(e.getMessage()));
            }
            throw VerificationException.refused(file, "changed while the medium was being read");
        }

        private boolean isMirrored(BundleHeader bundle, BundleDescription.Range range) {
            Optional<MirrorState.Kept> kept = station.mirrored().of(bundle.node(), range.tenant());
            if (kept.isPresent() && kept.get().to() >= range.to()) {
                if (kept.get().from() > 0) {
                    report.checked(
                            "mirror of %s from record %d on: enrol this station with that index"
                                    .formatted(range.origin(), kept.get().from()));
                }
                return true;
            }
            report.notChecked(
                    "%s: no mirror cosignature, since not every record from %d to %d is kept here"
                            .formatted(
                                    range.origin(),
                                    kept.map(MirrorState.Kept::to).orElse(0L),
                                    range.to() - 1));
            return false;
        }
    }
}
