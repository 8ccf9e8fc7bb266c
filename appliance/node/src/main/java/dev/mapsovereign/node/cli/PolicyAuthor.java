package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map policy author}: a new version of a policy. */
@Command(
        name = "author",
        description = {
            "Keeps a new version of a policy, which is not active yet.",
            "Reads its text in the subset of Cedar that docs/reference/policies.md describes, refuses",
            "what it cannot read with line and column, and notes what no call of this node can match.",
            "A version never changes: another text needs another version."
        },
        footer = {
            "",
            "Example:",
            "  map policy author --id ops.market_size_cap --version v1.0.0 --file size-cap.cedar"
        })
final class PolicyAuthor extends AdministrativeVerb {
    @Option(
            names = "--id",
            required = true,
            paramLabel = "ID",
            description = "Its id, such as ops.market_size_cap.")
    private String id = "";

    @Option(
            names = "--version",
            required = true,
            paramLabel = "VERSION",
            description = "Such as v1.0.0.")
    private String version = "";

    @Option(
            names = "--file",
            required = true,
            paramLabel = "FILE",
            description = "Its text, UTF-8.")
    private Path file = Path.of("");

    @Option(
            names = "--tenant",
            paramLabel = "TENANT",
            description = "For calls of this tenant alone; default for the whole site.")
    private Optional<String> tenant = Optional.empty();

    @Option(
            names = "--active-from",
            paramLabel = "TIME",
            description = "RFC 3339; activated earlier, it waits until then.")
    private Optional<String> activeFrom = Optional.empty();

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; it goes into the record.")
    private Optional<String> reason = Optional.empty();

    @Option(names = "--dry-run", description = "Checks everything and keeps nothing.")
    private boolean dryRun;

    PolicyAuthor(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "policy.author";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .put("policy", id)
                .put("version", version)
                .put("body", OperatorFile.text(file, PolicyVerbs.BYTES_MAX))
                .putIfPresent("tenant", tenant)
                .putIfPresent("active_from", activeFrom)
                .putIfPresent("reason", reason)
                .put("dry_run", dryRun)
                .build();
    }
}
