package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map audit prove}: one record, provable by itself. */
@Command(
        name = "prove",
        description = {
            "Writes a C2SP tlog-proof: the record, its way to the newest checkpoint, the"
                    + " checkpoint.",
            "map-verify proof checks it. Fails where no checkpoint covers the record yet."
        },
        footer = {
            "",
            "Example:",
            "  map audit prove --tenant acme --index 41 --out record-41.tlog-proof"
        })
final class AuditProve extends AdministrativeVerb {
    @Option(
            names = "--tenant",
            required = true,
            paramLabel = "TENANT",
            description = "Whose log; _node for the node's own.")
    private String tenant = "";

    @ArgGroup(multiplicity = "1")
    private What what = new What();

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Where the proof goes; default standard output.")
    private Optional<Path> out = Optional.empty();

    @Option(
            names = "--without-record",
            description = "Leaves the record's bytes out; whoever verifies brings them.")
    private boolean withoutRecord;

    @Option(
            names = "--entries",
            paramLabel = "FILE",
            description =
                    "Of a record that was pruned here: the entry bundle that holds it, from a mirror"
                            + " or a medium, such as tile/entries/000. It is compared with the tree.")
    private Optional<Path> entries = Optional.empty();

    /** Which record. */
    static final class What {
        @Option(names = "--index", paramLabel = "N", description = "Which record, from 0.")
        private Optional<String> index = Optional.empty();

        @Option(
                names = "--keys",
                description = "The record in _node that introduces the tenant's first keys.")
        private boolean keys;
    }

    AuditProve(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "audit.prove";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .put("tenant", tenant)
                .putIfPresent("index", what.index)
                .put("keys", what.keys)
                .put("without_record", withoutRecord)
                .putIfPresent("entries", entries.map(file -> file.toAbsolutePath().toString()))
                .build();
    }

    @Override
    void show(JsonObject result) {
        String proof = result.text("proof").orElseThrow();
        if (out.isPresent()) {
            write(out.get(), proof);
            terminal()
                    .show(
                            result.without("proof").toBuilder()
                                    .put("file", out.get().toString())
                                    .build(),
                            output());
        } else if (output() == OutputForm.JSON) {
            terminal().show(result, output());
        } else {
            terminal().out().print(proof);
            terminal().out().flush();
        }
    }

    private static void write(Path file, String proof) {
        try {
            Files.writeString(file, proof);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "cannot write " + file + ": " + IoReason.of(e), e);
        }
    }
}
