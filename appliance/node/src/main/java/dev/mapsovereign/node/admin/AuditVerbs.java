package dev.mapsovereign.node.admin;

import dev.mapsovereign.auditexport.ExportReport;
import dev.mapsovereign.auditexport.ExportRequest;
import dev.mapsovereign.auditexport.ExportStatus;
import dev.mapsovereign.auditexport.RecordProof;
import dev.mapsovereign.auditexport.receipt.Receipts;
import dev.mapsovereign.auditlog.NewLog;
import dev.mapsovereign.auditstore.AuditFeed;
import dev.mapsovereign.base.age.AgeRecipient;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.note.VerifierKey;
import dev.mapsovereign.node.NodeCore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/** The audit log: how it is, how it leaves the building, and its index anew. */
final class AuditVerbs {
    /** A text of a record that callers supply has so many. */
    private static final int REASON_BYTES_MAX = 256;

    /** 256 entries of 65,535 bytes, each behind its length. */
    private static final int ENTRIES_BYTES_MAX = 256 * (2 + 65_535);

    private AuditVerbs() {}

    static JsonObject status(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        ExportStatus status = core.exporter().status(core.auditLog());
        var log = core.auditLog().status();
        Receipts receipts = core.receipts();
        JsonObject.Builder facts =
                JsonObject.builder()
                        .put("node", status.node())
                        .put("node_key", status.nodeKey())
                        .put("node_key_fingerprint", status.nodeKeyFingerprint())
                        .putIfPresent("report_key", core.reportKey().map(VerifierKey::vkey))
                        .put("available", log.unavailable().isEmpty())
                        .putIfPresent("unavailable_because", log.unavailable())
                        .put("disk_free_bytes", log.diskFreeBytes())
                        .put("journal_segments", log.segments());
        List<JsonValue> logs =
                status.logs().stream()
                        .<JsonValue>map(each ->
                                JsonObject.builder()
                                        .put("tenant", each.tenant().value())
                                        .put("origin", each.origin())
                                        .put("records", Long.toString(each.size()))
                                        .put("exported", Long.toString(each.exported()))
                                        .put("pending", Long.toString(each.pending()))
                                        .put(
                                                "witnessed",
                                                Long.toString(
                                                        receipts.covered(each.tenant())
                                                                .witnessed()))
                                        .put(
                                                "mirrored",
                                                Long.toString(
                                                        receipts.covered(each.tenant()).mirrored()))
                                        .put("on_no_medium", texts(each.missing()))
                                        .put("pruned", pruned(core, each.tenant()))
                                        .build())
                        .toList();
        List<JsonValue> exports =
                status.exports().stream()
                        .<JsonValue>map(each ->
                                JsonObject.builder()
                                        .put("number", each.number())
                                        .put("time", each.time().toString())
                                        .put("medium", each.medium())
                                        .put("finished", each.finished())
                                        .put(
                                                "encrypted_to",
                                                JsonArray.ofStrings(each.encryptedTo()))
                                        .build())
                        .toList();
        List<JsonValue> media =
                status.media().stream()
                        .<JsonValue>map(each ->
                                JsonObject.builder()
                                        .put("first_bundle", each.first())
                                        .put(
                                                "bundles",
                                                JsonArray.of(
                                                        each.bundles().stream()
                                                                .map(JsonNumber::of)
                                                                .toArray(JsonValue[]::new)))
                                        .put("last_at", each.folder())
                                        .put("holds", texts(each.ranges()))
                                        .put("only_here", texts(each.onlyHere()))
                                        .build())
                        .toList();
        core.kafka().ifPresent(feed -> facts.put("kafka", kafka(feed)));
        List<JsonValue> stations =
                receipts.stations().all(core.auditLog()).stream()
                        .<JsonValue>map(ReceiptVerbs::facts)
                        .toList();
        return facts.put("logs", new JsonArray(logs))
                .put("exports", new JsonArray(exports))
                .put("media", new JsonArray(media))
                .put("stations", new JsonArray(stations))
                .put("records_without_receipt", Long.toString(receipts.withoutReceipt()))
                .put("prunes_unfinished", core.auditLog().unfinishedPrunes().size())
                .build();
    }

    private static JsonArray pruned(NodeCore core, TenantId tenant) {
        return JsonArray.ofStrings(
                core.auditLog().pruned(tenant).ranges().stream()
                        .map(range -> "%d-%d".formatted(range.from(), range.to() - 1))
                        .toList());
    }

    private static JsonObject kafka(AuditFeed feed) {
        return JsonObject.builder()
                .put("behind", Long.toString(feed.behind()))
                .putIfPresent("trouble", feed.trouble())
                .build();
    }

    /** Such as {@code acme 0-299}. */
    private static JsonArray texts(List<ExportReport.Range> ranges) {
        return JsonArray.ofStrings(
                ranges.stream()
                        .filter(range -> range.from() < range.to())
                        .map(range ->
                                "%s %d-%d".formatted(range.tenant(), range.from(), range.to() - 1))
                        .toList());
    }

    static JsonObject export(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        Set<TenantId> tenants = new HashSet<>();
        Arguments.texts(arguments, "tenants").forEach(name -> tenants.add(tenant(name)));
        ExportRequest request =
                new ExportRequest(
                        Arguments.path(arguments, "to"),
                        tenants,
                        since(arguments),
                        bytesMax(arguments),
                        recipients(arguments),
                        arguments.bool("dry_run").orElse(false));
        ProgressLines lines = new ProgressLines(progress);
        return facts(core.exporter().export(request, core.auditLog(), lines::at));
    }

    static TenantId tenant(String name) {
        if (name.equals(TenantId.NODE.value())) {
            return TenantId.NODE;
        }
        try {
            return TenantId.of(name);
        } catch (IllegalArgumentException e) {
            throw new OperatorException(ExitCode.USAGE, "tenant: " + e.getMessage(), e);
        }
    }

    private static OptionalLong since(JsonObject arguments) {
        String text = arguments.text("since").orElse("auto");
        if (text.equals("auto")) {
            return OptionalLong.empty();
        }
        try {
            long index = Long.parseLong(text);
            if (index < 0) {
                throw new OperatorException(ExitCode.USAGE, "since is not negative");
            }
            return OptionalLong.of(index);
        } catch (NumberFormatException e) {
            throw new OperatorException(
                    ExitCode.USAGE, "since is 'auto' or a record's index, not " + text, e);
        }
    }

    private static OptionalLong bytesMax(JsonObject arguments) {
        Optional<String> text = arguments.text("max_size");
        return text.isEmpty() ? OptionalLong.empty() : OptionalLong.of(ByteSize.parse(text.get()));
    }

    private static List<AgeRecipient> recipients(JsonObject arguments) {
        try {
            return Arguments.texts(arguments, "encrypt_to").stream()
                    .map(AgeRecipient::parse)
                    .toList();
        } catch (IllegalArgumentException e) {
            throw new OperatorException(ExitCode.USAGE, "encrypt-to: " + e.getMessage(), e);
        }
    }

    private static JsonObject facts(ExportReport report) {
        List<JsonValue> bundles =
                report.bundles().stream().<JsonValue>map(AuditVerbs::bundleFacts).toList();
        return JsonObject.builder()
                .put("node", report.node())
                .put("medium", report.medium().folder().toString())
                .put("file_system", report.medium().fileSystem())
                .put("free_bytes", report.medium().freeBytes())
                .put(
                        "bundles_before",
                        JsonArray.of(
                                report.medium().bundleNumbers().stream()
                                        .map(JsonNumber::of)
                                        .toArray(JsonValue[]::new)))
                .put("other_nodes", JsonArray.ofStrings(report.medium().otherNodes()))
                .put("dry_run", report.dryRun())
                .put("bundles", new JsonArray(bundles))
                .put("left_out", texts(report.leftOut()))
                .put("warnings", JsonArray.ofStrings(report.warnings()))
                .build();
    }

    private static JsonObject bundleFacts(ExportReport.Bundle bundle) {
        JsonObject.Builder facts = JsonObject.builder().put("bundle", bundle.folder().toString());
        bundle.previous().ifPresent(previous -> facts.put("continues", "bundle-" + previous));
        return facts.put("ranges", texts(bundle.ranges()))
                .put("files", bundle.files())
                .put("bytes", bundle.bytes())
                .put("files_kept", bundle.filesKept())
                .put("encrypted_to", JsonArray.ofStrings(bundle.encryptedTo()))
                .put(
                        "records",
                        Long.toString(
                                bundle.ranges().stream()
                                        .mapToLong(range -> range.to() - range.from())
                                        .sum()))
                .putIfPresent("manifest_sha256", bundle.manifestSha256())
                .build();
    }

    /** Works on the folder of a log that may not open any more; so nothing here opens it. */
    static JsonObject newLog(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        boolean dryRun = arguments.bool("dry_run").orElse(false);
        Path folder = core.config().folders().audit();
        NewLog.Report report =
                dryRun
                        ? NewLog.plan(folder)
                        : NewLog.begin(
                                folder, Arguments.text(arguments, "node"), reason(arguments));
        return JsonObject.builder()
                .put("dry_run", dryRun)
                .put("former_node", report.formerNode())
                .put("laid_aside_in", report.aside().toString())
                .put(
                        "continues",
                        new JsonArray(
                                report.former().stream()
                                        .<JsonValue>map(each ->
                                                JsonObject.builder()
                                                        .put("origin", each.origin())
                                                        .put("size", Long.toString(each.size()))
                                                        .put("root", Hex.encode(each.root()))
                                                        .build())
                                        .toList()))
                .build();
    }

    private static String reason(JsonObject arguments) {
        String reason = Arguments.text(arguments, "reason");
        if (reason.isBlank() || reason.getBytes(StandardCharsets.UTF_8).length > REASON_BYTES_MAX) {
            throw new OperatorException(
                    ExitCode.USAGE, "a reason has 1 to " + REASON_BYTES_MAX + " bytes");
        }
        return reason;
    }

    static JsonObject prove(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        TenantId tenant = tenant(Arguments.text(arguments, "tenant"));
        boolean keys = arguments.bool("keys").orElse(false);
        TenantId of = keys ? TenantId.NODE : tenant;
        long index =
                keys
                        ? RecordProof.introducedAt(core.auditLog(), tenant, core.exportConfig())
                        : index(Arguments.text(arguments, "index"));
        RecordProof proof =
                RecordProof.of(
                        core.auditLog(),
                        of,
                        index,
                        !arguments.bool("without_record").orElse(false),
                        entries(arguments));
        return JsonObject.builder()
                .put("tenant", of.value())
                .put("origin", proof.checkpoint().origin())
                .put("index", Long.toString(index))
                .put("record_hash", Hex.encode(proof.recordHash()))
                .put("checkpoint_size", Long.toString(proof.checkpoint().size()))
                .put("proof", new String(proof.proof().bytes(), StandardCharsets.UTF_8))
                .build();
    }

    private static Optional<byte[]> entries(JsonObject arguments) {
        if (arguments.text("entries").isEmpty()) {
            return Optional.empty();
        }
        Path file = Arguments.path(arguments, "entries");
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(ENTRIES_BYTES_MAX + 1);
            if (bytes.length > ENTRIES_BYTES_MAX) {
                throw new OperatorException(
                        ExitCode.USAGE, file + " is larger than an entry bundle can be");
            }
            return Optional.of(bytes);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "cannot read " + file + ": " + IoReason.of(e), e);
        }
    }

    private static long index(String text) {
        if (!text.matches("0|[1-9][0-9]{0,17}")) {
            throw new OperatorException(
                    ExitCode.USAGE, "index is a record's index, decimal, not " + text);
        }
        return Long.parseLong(text);
    }
}
