package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.auditlog.bundle.BundleManifest;
import dev.mapsovereign.base.age.AgeRecipient;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.note.SignedNote;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Carries the audit log out of the building: plans a bundle, writes it to a medium, reads it back,
 * and records that it did (docs/reference/audit-bundle.md). Runs beside a log at work; one export
 * at a time. Safe for use by several threads.
 */
public final class AuditExporter {
    private final ExportConfig config;

    /** An exporter for the log in that audit folder. */
    public AuditExporter(ExportConfig config) {
        this.config = config;
    }

    /**
     * Exports to a medium what it lacks. An export to the same medium that was interrupted is
     * finished first, as it was planned.
     *
     * @throws OperatorException usage, for a tenant without a log; environment, for a medium that
     *     is missing, read-only, too small or in use; failed, for one that fails while it is
     *     written; tampering, for a medium with an altered bundle of this node, with evidence of a
     *     fork, or when our own files are not what was signed
     * @throws dev.mapsovereign.base.audit.AuditUnavailableException if the log cannot sign or
     *     record
     */
    public ExportReport export(ExportRequest request, AuditLog log, ExportProgress progress) {
        Path ledgerFolder = config.ledgerFolder();
        try (ExportLedger ledger = ExportLedger.open(ledgerFolder)) {
            return new Run(request, log, progress, ledger).run();
        } catch (AccessDeniedException e) {
            throw new OperatorException(ExitCode.ENVIRONMENT, "may not use " + e.getMessage(), e);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "the export to "
                            + request.to()
                            + " failed: "
                            + MediumErrors.words(e, request.to())
                            + "; bundles that were on it before are as they were, and a further"
                            + " export finishes this one",
                    e);
        }
    }

    /**
     * Does something while no export runs and none can begin: a rotation of the log keys, since a
     * bundle is planned with the keys with which it will be signed; a prune, which removes what is
     * exported; a backup, which copies what both change.
     *
     * @throws OperatorException environment, if one of these is running
     */
    public void withoutExports(Runnable work) {
        try (ExportLedger _ = ExportLedger.open(config.ledgerFolder())) {
            work.run();
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "cannot open the export ledger: " + e.getMessage(), e);
        }
    }

    /** What has been exported, by the ledger; while an export is running, too. */
    public ExportStatus status(AuditLog log) {
        try {
            List<ExportLedger.Entry> entries =
                    ExportLedger.entries(config.ledgerFolder()).stream()
                            .filter(entry -> entry.plan().node().equals(log.node()))
                            .toList();
            Media media = new Media(entries);
            return new ExportStatus(
                    log.node(),
                    log.nodeKey().vkey(),
                    log.nodeKey().fingerprint(),
                    log.tenants().stream().map(tenant -> status(tenant, log, media)).toList(),
                    entries.stream().map(AuditExporter::status).toList(),
                    media.status());
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "cannot read the export ledger: " + e.getMessage(), e);
        }
    }

    private static ExportStatus.Log status(TenantId tenant, AuditLog log, Media media) {
        long size = log.head(tenant).size();
        Spans elsewhere = media.anywhere(tenant);
        log.pruned(tenant).ranges().forEach(range -> elsewhere.add(range.from(), range.to()));
        List<Spans.Span> missing = Spans.of(0, size).without(elsewhere);
        return new ExportStatus.Log(
                tenant,
                log.origin(tenant),
                size,
                missing.isEmpty() ? size : missing.getFirst().from(),
                Media.ranges(tenant, missing));
    }

    private static ExportStatus.Export status(ExportLedger.Entry entry) {
        return new ExportStatus.Export(
                entry.plan().number(),
                entry.plan().time(),
                entry.medium(),
                ranges(entry.plan()),
                entry.recipients().stream().map(AgeRecipient::toString).toList(),
                entry.signature().map(AuditExporter::manifestDigest));
    }

    private static List<ExportReport.Range> ranges(BundleDescription plan) {
        return plan.ranges().stream()
                .map(range -> new ExportReport.Range(range.tenant(), range.from(), range.to()))
                .toList();
    }

    /** The digest in the fourth line of a manifest's signature. */
    private static String manifestDigest(SignedNote signature) {
        return List.of(signature.text().split("\n", -1)).get(3);
    }

    /** One call of {@link #export}. */
    private final class Run {
        private final ExportRequest request;
        private final AuditLog log;
        private final ExportProgress progress;
        private final ExportLedger ledger;
        private final List<ExportReport.Bundle> bundles = new ArrayList<>();
        private final List<String> warnings = new ArrayList<>();

        Run(ExportRequest request, AuditLog log, ExportProgress progress, ExportLedger ledger) {
            this.request = request;
            this.log = log;
            this.progress = progress;
            this.ledger = ledger;
        }

        ExportReport run() throws IOException {
            MediumSurvey medium = MediumSurvey.of(request.to(), log);
            new ForkCheck(log, medium).check();
            ExportReport.Medium before = describe(medium);
            if (!request.dryRun()) {
                recordFinished(medium);
                if (finishInterrupted(medium)) {
                    medium = MediumSurvey.of(request.to(), log);
                }
            }
            Planner planner = new Planner(config, log, medium, ledger, request);
            ExportPlan plan = planner.plan();
            warnings.addAll(planner.warnings());
            if (request.dryRun()) {
                bundles.add(planned(plan, medium, planner.bytes()));
            } else {
                for (BundleDescription.Range range : plan.description().ranges()) {
                    log.keep(
                            range.tenant(),
                            SignedNote.parse(plan.checkpoint(range.tenant(), range.to())));
                }
                ledger.begin(plan, request.to().toAbsolutePath());
                write(plan, medium, planner.bytes());
            }
            return new ExportReport(
                    log.node(), before, bundles, planner.leftOut(), warnings, request.dryRun());
        }

        private ExportReport.Medium describe(MediumSurvey medium) {
            return new ExportReport.Medium(
                    medium.folder(),
                    medium.fileSystem(),
                    medium.freeBytes(),
                    medium.bundles().stream().map(OwnBundle::number).toList(),
                    medium.otherNodes());
        }

        /** Bundles that were renamed into place when the power went, before the ledger knew. */
        private void recordFinished(MediumSurvey medium) throws IOException {
            for (OwnBundle bundle : medium.bundles()) {
                Optional<ExportLedger.Entry> entry = ledger.entry(bundle.number());
                if (entry.isPresent() && !entry.get().recorded()) {
                    Path signature =
                            medium.nodeFolder()
                                    .resolve(BundleLayout.manifestSignature(bundle.number()));
                    ledger.finish(bundle.number(), SignedNote.parse(Files.readAllBytes(signature)));
                    record(bundle.description(), bundle.manifestDigest(), entry.get().recipients());
                }
            }
        }

        /** Finishes what an earlier export left on this medium; false if there was nothing. */
        private boolean finishInterrupted(MediumSurvey medium) throws IOException {
            boolean finished = false;
            for (long number : medium.unfinished()) {
                Optional<ExportLedger.Entry> entry = ledger.entry(number);
                if (entry.isEmpty()
                        || entry.get().signature().isPresent()
                        || !entry.get().plan().node().equals(log.node())) {
                    warnings.add(
                            BundleLayout.unfinishedBundleFolder(number)
                                    + " on this medium is not known to the ledger; it is left"
                                    + " alone");
                    continue;
                }
                BundleDescription description = entry.get().plan();
                if (!isSignedByTodaysKeys(description)) {
                    warnings.add(
                            BundleLayout.unfinishedBundleFolder(number)
                                    + " on this medium was planned before the log keys were rotated"
                                    + " and can no longer be signed; it is given up and may be"
                                    + " removed");
                    continue;
                }
                if (isPruned(description)) {
                    warnings.add(
                            BundleLayout.unfinishedBundleFolder(number)
                                    + " on this medium was to hold records that were pruned since;"
                                    + " it is given up and may be removed");
                    continue;
                }
                ExportPlan plan =
                        new ExportPlan(
                                description,
                                ledger.checkpoints(description),
                                previousDigest(description, medium),
                                ledger.encryption(entry.get()));
                write(plan, medium, bytes(plan, medium));
                finished = true;
            }
            return finished;
        }

        private long bytes(ExportPlan plan, MediumSurvey medium) {
            return plan.description().ranges().stream()
                    .mapToLong(range ->
                            RangeMeasure.of(
                                            log,
                                            range.tenant(),
                                            range.from(),
                                            range.to(),
                                            plan.encryption(),
                                            medium,
                                            Long.MAX_VALUE)
                                    .bytes())
                    .sum();
        }

        private boolean isPruned(BundleDescription description) {
            return description.ranges().stream()
                    .anyMatch(range -> range.from() < log.pruned(range.tenant()).end());
        }

        private boolean isSignedByTodaysKeys(BundleDescription description) {
            long size = description.ranges().getFirst().to();
            return log.keyEpochs(TenantId.NODE).inForce(size).equals(log.keys(TenantId.NODE));
        }

        private String previousDigest(BundleDescription description, MediumSurvey medium) {
            if (description.previous().isEmpty()) {
                return BundleManifest.NO_PREVIOUS;
            }
            long previous = description.previous().getAsLong();
            return medium.bundles().stream()
                    .filter(bundle -> bundle.number() == previous)
                    .map(OwnBundle::manifestDigest)
                    .findFirst()
                    .orElseThrow(() ->
                            new OperatorException(
                                    ExitCode.TAMPERING,
                                    "bundle-%d is gone from this medium, which the interrupted bundle-%d continues"
                                            .formatted(previous, description.number()),
                                    "remove "
                                            + BundleLayout.unfinishedBundleFolder(
                                                    description.number())
                                            + ", or use another medium"));
        }

        private void write(ExportPlan plan, MediumSurvey medium, long bytesPlanned)
                throws IOException {
            if (!medium.identity().equals(MediumIdentity.of(medium.folder()))) {
                throw new FileSystemException(
                        medium.folder().toString(),
                        null,
                        "is another file system than a moment ago");
            }
            Files.createDirectories(medium.nodeFolder());
            try (MediumWriter files = new MediumWriter(medium.nodeFolder())) {
                Pace pace = new Pace(log, files::waitedNanos);
                SignedNote signature;
                BundleWriter writer =
                        new BundleWriter(
                                log, plan, medium, files, ledger, progress, pace, bytesPlanned);
                try (writer) {
                    signature = writer.write();
                }
                ledger.finish(plan.description().number(), signature);
                String digest = manifestDigest(signature);
                RecordReference record = record(plan.description(), digest, recipients(plan));
                if (!files.pastCache()) {
                    warnings.add(
                            "the file system "
                                    + medium.fileSystem()
                                    + " cannot be read past the page cache: what was read back may"
                                    + " have come from memory");
                }
                bundles.add(
                        new ExportReport.Bundle(
                                plan.description().number(),
                                medium.nodeFolder()
                                        .resolve(
                                                BundleLayout.bundleFolder(
                                                        plan.description().number())),
                                plan.description().previous(),
                                ranges(plan.description()),
                                writer.files(),
                                writer.bytes(),
                                files.filesKept(),
                                texts(recipients(plan)),
                                Optional.of(digest),
                                Optional.of(record)));
            }
        }

        private static List<AgeRecipient> recipients(ExportPlan plan) {
            return plan.encryption().map(EntryEncryption::recipients).orElse(List.of());
        }

        private static List<String> texts(List<AgeRecipient> recipients) {
            return recipients.stream().map(AgeRecipient::toString).toList();
        }

        private ExportReport.Bundle planned(ExportPlan plan, MediumSurvey medium, long bytes) {
            return new ExportReport.Bundle(
                    plan.description().number(),
                    medium.nodeFolder()
                            .resolve(BundleLayout.bundleFolder(plan.description().number())),
                    plan.description().previous(),
                    ranges(plan.description()),
                    0,
                    bytes,
                    0,
                    texts(recipients(plan)),
                    Optional.empty(),
                    Optional.empty());
        }

        private RecordReference record(
                BundleDescription description, String digest, List<AgeRecipient> recipients)
                throws IOException {
            JsonObject.Builder meta =
                    JsonObject.builder()
                            .put("manifest_sha256", digest)
                            .put("number", Long.toString(description.number()))
                            .put(
                                    "ranges",
                                    JsonArray.of(
                                            description.ranges().stream()
                                                    .map(Run::json)
                                                    .toArray(JsonValue[]::new)));
            if (!recipients.isEmpty()) {
                meta.put("encrypted_to", JsonArray.ofStrings(texts(recipients)));
            }
            RecordReference reference =
                    log.append(
                            AuditDraft.builder(
                                            TenantId.NODE,
                                            EventType.AUDIT_EXPORTED,
                                            AuditOutcome.SUCCESS)
                                    .meta(meta.build())
                                    .build());
            ledger.recorded(description.number(), reference.toString());
            return reference;
        }

        private static JsonObject json(BundleDescription.Range range) {
            return JsonObject.builder()
                    .put("from", Long.toString(range.from()))
                    .put("tenant_id", range.tenant().value())
                    .put("to", Long.toString(range.to()))
                    .build();
        }
    }
}
