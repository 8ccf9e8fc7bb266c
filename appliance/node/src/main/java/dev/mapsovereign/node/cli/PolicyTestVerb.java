package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map policy test}: what would be decided. */
@Command(
        name = "test",
        description = {
            "Says what would be decided about a call, and by which policy; nothing is called.",
            "Judges the policies in force, and the one in --file with them as if it were active. What",
            "is not said on this line (--source, --credential) is absent, and a condition that asks for",
            "it cannot be judged. Ends with 1 when the call would be refused."
        },
        footer = {
            "",
            "Example:",
            "  map policy test --file size-cap.cedar --did did:oas:acme:agent:clerk \\",
            "    --operation MARKET.execute_trade --input '{\"size_usd\":5000}'"
        })
final class PolicyTestVerb extends AdministrativeVerb {
    @Option(names = "--file", paramLabel = "FILE", description = "A policy that is tried.")
    private Optional<Path> file = Optional.empty();

    @Option(
            names = "--id",
            paramLabel = "ID",
            description = "Its id: it takes the place of the version in force.")
    private Optional<String> id = Optional.empty();

    @Option(
            names = "--of-tenant",
            description = "It is of the call's tenant, not of the whole site.")
    private boolean ofTenant;

    @Option(names = "--alone", description = "Without the policies in force.")
    private boolean alone;

    @Option(names = "--did", required = true, paramLabel = "DID", description = "The caller.")
    private String did = "";

    @Option(
            names = "--operation",
            required = true,
            paramLabel = "OPERATION",
            description = "Such as MAX.audit_query or map.max.audit_query.")
    private String operation = "";

    @Option(names = "--input", paramLabel = "JSON", description = "Its input; default {}.")
    private String input = "{}";

    @Option(
            names = "--tenant",
            paramLabel = "TENANT",
            description = "The call's tenant; needed where there are several.")
    private Optional<String> tenant = Optional.empty();

    @Option(
            names = "--at",
            paramLabel = "TIME",
            description = "At this time instead of now, RFC 3339.")
    private Optional<String> at = Optional.empty();

    @Option(names = "--source", paramLabel = "ADDRESS", description = "The caller's address.")
    private Optional<String> source = Optional.empty();

    @Option(
            names = "--credential",
            paramLabel = "KIND",
            description = "How it proves who it is: api_key, did_auth, treaty.")
    private Optional<String> credential = Optional.empty();

    PolicyTestVerb(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "policy.test";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder()
                .putIfPresent(
                        "body", file.map(each -> OperatorFile.text(each, PolicyVerbs.BYTES_MAX)))
                .putIfPresent("policy", id)
                .put("of_tenant", ofTenant)
                .put("alone", alone)
                .put("did", did)
                .put("operation", operation)
                .put("input", json(input))
                .putIfPresent("tenant", tenant)
                .putIfPresent("at", at)
                .putIfPresent("source", source)
                .putIfPresent("credential", credential)
                .build();
    }

    private static JsonObject json(String text) {
        try {
            return JsonReader.parseObject(
                    text.getBytes(StandardCharsets.UTF_8), JsonReader.Limits.DEFAULT);
        } catch (JsonException e) {
            throw new OperatorException(
                    ExitCode.USAGE, "--input is not a JSON object: " + e.getMessage());
        }
    }

    @Override
    ExitCode exit(JsonObject result) {
        return result.bool("allowed").orElse(false) ? ExitCode.DONE : ExitCode.FAILED;
    }
}
