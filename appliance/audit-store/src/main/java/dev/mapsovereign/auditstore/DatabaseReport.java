package dev.mapsovereign.auditstore;

import java.util.List;

/**
 * What a comparison of the database with the log found.
 *
 * @param records of this node's log that were looked for in the database
 * @param differences how many there are
 * @param findings the first of them, at most 100
 * @param otherNodes whose rows are in the same database and were not compared: their own logs alone
 *     can vouch for them; at most 100 names
 */
public record DatabaseReport(
        long records, long differences, List<DatabaseFinding> findings, List<String> otherNodes) {
    /** Copies the lists. */
    public DatabaseReport {
        findings = List.copyOf(findings);
        otherNodes = List.copyOf(otherNodes);
    }
}
