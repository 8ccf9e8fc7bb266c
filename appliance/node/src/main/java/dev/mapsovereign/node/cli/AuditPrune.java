package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map audit prune}: old records go that stations keep. */
@Command(
        name = "prune",
        description = {
            "Says which old records may go from this host, and with --yes removes them for ever.",
            "Only those that several off-site stations keep, by their mirror receipts, for long"
                    + " enough (audit.prune_stations, audit.prune_wait). Entry bundles, rows of the"
                    + " database and segments of the journal go; hashes stay, and so do records"
                    + " that grant something or introduce a key. Without --yes nothing changes."
        },
        footer = {
            "",
            "Example:",
            "  map audit prune --before 2026-01-01",
            "  map audit prune --before 2026-01-01 --yes"
        })
final class AuditPrune extends AdministrativeVerb {
    @Option(
            names = "--before",
            required = true,
            paramLabel = "TIME",
            description = "Only older records: a day (UTC) or an RFC 3339 time.")
    private String before = "";

    @Option(
            names = "--tenant",
            paramLabel = "TENANT",
            description = "Only of this tenant's log; may be repeated; default all.")
    private List<String> tenants = List.of();

    @Option(names = "--yes", description = "Removes them. This cannot be undone.")
    private boolean sure;

    @Option(names = "--dry-run", description = "Changes nothing; the default.")
    private boolean dryRun;

    AuditPrune(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "audit.prune";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .put("before", before)
                .put("sure", sure && !dryRun)
                .put("tenants", JsonArray.ofStrings(tenants))
                .build();
    }
}
