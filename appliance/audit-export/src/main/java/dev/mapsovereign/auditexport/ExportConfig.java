package dev.mapsovereign.auditexport;

import java.nio.file.Path;
import java.time.Clock;

/**
 * What an exporter needs beside the log.
 *
 * @param auditFolder the audit log's folder; the ledger is kept in {@code exports} below it
 * @param productVersion as bundles state it, 1 to 64 printable characters
 * @param clock gives bundles their time
 */
public record ExportConfig(Path auditFolder, String productVersion, Clock clock) {
    /** The folder with one folder for each export. */
    Path ledgerFolder() {
        return auditFolder.resolve("exports");
    }
}
