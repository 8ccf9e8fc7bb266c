package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map audit export}: the log leaves the building. */
@Command(
        name = "export",
        description =
                "Writes what the medium lacks of the audit log below DIR/MAP-AUDIT/<node>, reads it back and compares it.",
        footer = {"", "Example:", "  map audit export --to /media/stick --max-size 4G"})
final class AuditExport extends AdministrativeVerb {
    @Option(names = "--to", required = true, paramLabel = "DIR", description = "The medium.")
    private Path to = Path.of("");

    @Option(
            names = "--tenant",
            paramLabel = "TENANT",
            description = "Only this tenant and _node; may be repeated; default all.")
    private List<String> tenants = List.of();

    @Option(
            names = "--since",
            paramLabel = "auto|INDEX",
            defaultValue = "auto",
            description = "From where; auto continues what the medium holds; default auto.")
    private String since = "auto";

    @Option(
            names = "--encrypt-to",
            paramLabel = "RECIPIENT",
            description =
                    "Encrypts the entries to this age recipient (age1…); may be repeated. Tenants, counts and times stay readable.")
    private List<String> recipients = List.of();

    @Option(
            names = "--max-size",
            paramLabel = "SIZE",
            description =
                    "At most so many bytes on this medium, such as 4G; what is left is named, for the next one. Default: what is free.")
    private String maxSize = "";

    @Option(names = "--dry-run", description = "Says what would be written, and writes nothing.")
    private boolean dryRun;

    AuditExport(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "audit.export";
    }

    @Override
    JsonObject arguments() {
        JsonObject.Builder arguments = JsonObject.builder();
        if (!maxSize.isEmpty()) {
            arguments.put("max_size", maxSize);
        }
        return arguments
                .put("encrypt_to", JsonArray.ofStrings(recipients))
                .put("to", to.toAbsolutePath().toString())
                .put("tenants", JsonArray.ofStrings(tenants))
                .put("since", since)
                .put("dry_run", dryRun)
                .build();
    }
}
