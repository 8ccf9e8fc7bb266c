package dev.mapsovereign.auditstore;

import java.util.List;
import java.util.Optional;

/**
 * One page of an answer.
 *
 * @param rows in the order asked for
 * @param nextCursor for the page behind; empty on the last one
 * @param asOf the size of the log that this page and all that follow it answer for: records that
 *     come meanwhile neither appear nor push others from page to page
 * @param logSize the durable size when the page was made; above {@code asOf} when the projection
 *     lags or records came since the first page
 */
public record AuditPage(List<AuditRow> rows, Optional<String> nextCursor, long asOf, long logSize) {
    /** Copies the list. */
    public AuditPage {
        rows = List.copyOf(rows);
    }
}
