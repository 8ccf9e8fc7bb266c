package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.merkle.MerkleHash;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes each verified record once, though several media may hold it, as lines of JSON or as a
 * script for psql. Memory does not grow with the number of records. For one thread.
 */
final class RecordWriter implements RangeSink {
    /** In what form. */
    enum Form {
        JSONL,
        SQL
    }

    private static final List<String> COLUMNS =
            List.of(
                    "event_type",
                    "correlation_id",
                    "caller_did",
                    "protocol",
                    "operation",
                    "outcome",
                    "stage",
                    "code");

    private static final String COPY =
            "COPY audit_chain (node, tenant_id, idx, record_hash, record, recorded_at, "
                    + String.join(", ", COLUMNS)
                    + ") FROM stdin;\n";

    private static final String COPY_END = "\\.\n";

    /** Of a timestamp: {@code 2026-11}. */
    private static final int MONTH_LENGTH = 7;

    private final Form form;
    private final Optional<TenantId> only;
    private final OutputStream out;

    /** For each log what has been written, as ends of gapless stretches by their beginning. */
    private final Map<String, NavigableMap<Long, Long>> written = new HashMap<>();

    private final Set<String> months = new HashSet<>();
    private boolean begun;
    private boolean copying;
    private long records;

    /**
     * @param only the tenant whose records are wanted; empty for all
     */
    RecordWriter(Form form, Optional<TenantId> only, OutputStream out) {
        this.form = form;
        this.only = only;
        this.out = out;
    }

    /** How many were written. */
    long records() {
        return records;
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
        if (only.isPresent() && !only.get().equals(range.tenant())) {
            return;
        }
        NavigableMap<Long, Long> stretches =
                written.computeIfAbsent(range.origin(), origin -> new TreeMap<>());
        int at = 0;
        try {
            for (long index = first; index < first + count; index++) {
                int leaf = (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
                at += 2;
                if (index >= range.from() && isNew(stretches, index)) {
                    byte[] record = Arrays.copyOfRange(bytes, at + MerkleHash.BYTES, at + leaf);
                    byte[] hash = Sha256.hash(Arrays.copyOfRange(bytes, at, at + leaf));
                    write(bundle.node(), range.tenant(), index, hash, record);
                }
                at += leaf;
            }
        } catch (IOException e) {
            throw VerificationException.environment(
                    bundle.folder().at(name), "its records cannot be written: " + IoReason.of(e));
        }
    }

    /** Notes an index as written; false if it was before. */
    private static boolean isNew(NavigableMap<Long, Long> stretches, long index) {
        Map.Entry<Long, Long> before = stretches.floorEntry(index);
        if (before != null && before.getValue() > index) {
            return false;
        }
        if (before != null && before.getValue() == index) {
            stretches.put(before.getKey(), index + 1);
        } else {
            stretches.put(index, index + 1);
        }
        return true;
    }

    private void write(String node, TenantId tenant, long index, byte[] hash, byte[] record)
            throws IOException {
        records++;
        if (form == Form.JSONL) {
            text("{\"node\":\"" + node + "\",\"record\":");
            out.write(record);
            text(",\"record_hash\":\"" + Hex.encode(hash) + "\"}\n");
            return;
        }
        JsonObject json = JsonReader.parseObject(record, JsonReader.Limits.DEFAULT);
        String time = json.text("timestamp").orElseThrow(() -> new IOException("no timestamp"));
        month(time.substring(0, Math.min(MONTH_LENGTH, time.length())));
        StringBuilder row = new StringBuilder(2 * record.length + 512);
        row.append(node)
                .append('\t')
                .append(tenant)
                .append('\t')
                .append(index)
                .append("\t\\\\x")
                .append(Hex.encode(hash))
                .append("\t\\\\x")
                .append(Hex.encode(record))
                .append('\t');
        escape(row, time);
        for (String column : COLUMNS) {
            row.append('\t');
            json.text(column).ifPresentOrElse(value -> escape(row, value), () -> row.append("\\N"));
        }
        text(row.append('\n').toString());
    }

    /** Rows of a month need its partition first; what no month takes, the default one does. */
    private void month(String month) throws IOException {
        if (!begun) {
            text("\\set ON_ERROR_STOP on\nBEGIN;\n");
            begun = true;
        }
        if (months.add(month) && month.matches("[0-9]{4}-[0-9]{2}")) {
            endCopy();
            text("SELECT audit_chain_month('" + month + "-01T00:00:00Z');\n");
        }
        if (!copying) {
            text(COPY);
            copying = true;
        }
    }

    private void endCopy() throws IOException {
        if (copying) {
            text(COPY_END);
            copying = false;
        }
    }

    /** Ends the script; nothing may follow. */
    void end() throws IOException {
        if (begun) {
            endCopy();
            text("COMMIT;\n");
        }
    }

    /** As COPY's text form demands. */
    private static void escape(StringBuilder row, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\\' -> row.append("\\\\");
                case '\t' -> row.append("\\t");
                case '\n' -> row.append("\\n");
                case '\r' -> row.append("\\r");
                case '\b' -> row.append("\\b");
                case '\f' -> row.append("\\f");
                default -> row.append(c);
            }
        }
    }

    private void text(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }
}
