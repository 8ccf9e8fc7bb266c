package dev.mapsovereign.auditstore;

import dev.mapsovereign.auditlog.record.ChainRule;
import java.util.Arrays;
import java.util.Optional;

/** In what a row of the database differs from its leaf in the log. */
final class RowComparison {
    private RowComparison() {}

    /** Empty if record, hash and columns are the log's. */
    static Optional<String> difference(
            byte[] record, byte[] hash, RecordColumns columns, byte[] leaf) {
        if (!Arrays.equals(ChainRule.record(leaf), record)) {
            return Optional.of("the record differs");
        }
        if (!Arrays.equals(ChainRule.recordHash(leaf), hash)) {
            return Optional.of("the record hash differs");
        }
        return RecordColumns.of(record).equals(columns)
                ? Optional.empty()
                : Optional.of("a column says something else than the record");
    }
}
