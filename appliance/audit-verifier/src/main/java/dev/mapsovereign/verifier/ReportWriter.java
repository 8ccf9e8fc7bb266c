package dev.mapsovereign.verifier;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import java.util.List;
import java.util.Locale;

/** A report for people, and for scripts. */
final class ReportWriter {
    private ReportWriter() {}

    /** Lines for people: what was verified, what was not, the verdict last. */
    static String text(Report report) {
        StringBuilder text = new StringBuilder();
        for (Report.VerifiedBundle bundle : report.bundles()) {
            line(
                    text,
                    "%s bundle-%d of %s, made by version %s"
                            .formatted(
                                    bundle.node(),
                                    bundle.number(),
                                    bundle.time(),
                                    bundle.productVersion()));
            line(text, "  manifest " + bundle.manifestSha256() + " in " + bundle.folder());
            for (Report.VerifiedRange range : report.ranges()) {
                if (range.node().equals(bundle.node()) && range.bundle().equals(bundle.folder())) {
                    rangeLine(text, range);
                }
            }
        }
        for (Report.Receipt receipt : report.receipts()) {
            line(
                    text,
                    "receipt %s: %s/%s, size %d, by %s"
                            .formatted(
                                    receipt.file(),
                                    receipt.node(),
                                    receipt.tenant(),
                                    receipt.size(),
                                    String.join(", ", receipt.keys())));
        }
        list(text, "checked", report.checked());
        list(text, "not checked", report.notChecked());
        report.finding().ifPresent(finding -> line(text, finding.text()));
        line(text, report.verdict().toUpperCase(Locale.ROOT).replace('_', ' '));
        return text.toString();
    }

    private static void rangeLine(StringBuilder text, Report.VerifiedRange range) {
        String records =
                range.from() == range.to()
                        ? "no new records"
                        : "records " + range.from() + " to " + (range.to() - 1);
        line(
                text,
                "  %-24s %s, size %d, root %s"
                        .formatted(range.tenant(), records, range.to(), Hex.encode(range.root())));
    }

    private static void list(StringBuilder text, String head, List<String> items) {
        if (!items.isEmpty()) {
            line(text, head + ":");
            items.forEach(item -> line(text, "  - " + item));
        }
    }

    private static void line(StringBuilder text, String line) {
        text.append(line).append('\n');
    }

    /** One JSON object; member names as in bundle.json where they mean the same. */
    static String json(Report report) {
        JsonObject.Builder json =
                JsonObject.builder()
                        .put("verdict", report.verdict())
                        .put("exit", report.exit().number())
                        .put("bundles", array(report.bundles().stream().map(ReportWriter::json)))
                        .put("ranges", array(report.ranges().stream().map(ReportWriter::json)))
                        .put("checked", JsonArray.ofStrings(report.checked()))
                        .put("not_checked", JsonArray.ofStrings(report.notChecked()));
        if (!report.receipts().isEmpty()) {
            json.put("receipts", array(report.receipts().stream().map(ReportWriter::json)));
        }
        report.finding().ifPresent(finding -> json.put("finding", json(finding)));
        return CanonicalJson.text(json.build()) + "\n";
    }

    private static JsonArray array(java.util.stream.Stream<JsonObject> objects) {
        return JsonArray.of(objects.toArray(JsonValue[]::new));
    }

    private static JsonObject json(Report.VerifiedBundle bundle) {
        return JsonObject.builder()
                .put("node", bundle.node())
                .put("number", Long.toString(bundle.number()))
                .put("folder", bundle.folder())
                .put("time", bundle.time())
                .put("product_version", bundle.productVersion())
                .put("manifest_sha256", bundle.manifestSha256())
                .build();
    }

    private static JsonObject json(Report.VerifiedRange range) {
        return JsonObject.builder()
                .put("node", range.node())
                .put("folder", range.bundle())
                .put("tenant_id", range.tenant().value())
                .put("origin", range.origin())
                .put("from", Long.toString(range.from()))
                .put("to", Long.toString(range.to()))
                .put("to_root", Hex.encode(range.root()))
                .put("last_record_hash", Hex.encode(range.lastRecordHash()))
                .build();
    }

    private static JsonObject json(Report.Receipt receipt) {
        return JsonObject.builder()
                .put("node", receipt.node())
                .put("tenant_id", receipt.tenant().value())
                .put("size", Long.toString(receipt.size()))
                .put("file", receipt.file())
                .put("keys", JsonArray.ofStrings(receipt.keys()))
                .build();
    }

    private static JsonObject json(Finding finding) {
        JsonObject.Builder json =
                JsonObject.builder()
                        .put("file", finding.file().toString())
                        .put("message", finding.message());
        finding.log().ifPresent(tenant -> json.put("tenant_id", tenant.value()));
        finding.index().ifPresent(index -> json.put("index", Long.toString(index)));
        return json.build();
    }
}
