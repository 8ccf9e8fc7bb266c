package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.node.client.ClientIdentity;
import dev.mapsovereign.node.client.DispatchClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map invoke}: one call, as any agent makes it. */
@Command(
        name = "invoke",
        description = {
            "Dispatches one operation and prints the answer; ends with 1 when it was refused.",
            "Address and key come from $MAP_API_URL, $MAP_API_KEY and $MAP_TLS_CA, else from",
            "~/.map/config.json."
        },
        footer = {
            "",
            "Example:",
            "  map invoke MAX audit_query --input '{\"limit\":10,\"newest_first\":true}'"
        })
final class Invoke extends Verb {
    private static final int INPUT_BYTES_MAX = 5 * 1024 * 1024;

    @Parameters(index = "0", paramLabel = "PROTOCOL", description = "Such as MAX.")
    private String protocol = "";

    @Parameters(index = "1", paramLabel = "OPERATION", description = "Such as audit_query.")
    private String operation = "";

    @Option(
            names = "--input",
            paramLabel = "JSON|-",
            description = "The operation's input; - reads it from standard input; default {}.")
    private String input = "{}";

    @Option(
            names = "--version",
            paramLabel = "V",
            description = "v1.0.0 is exact, v1 the best of that major; default the highest stable.")
    private Optional<String> version = Optional.empty();

    @Option(
            names = "--idempotency-key",
            paramLabel = "KEY",
            description = "Makes a repeated call answer what the first one did.")
    private Optional<String> idempotencyKey = Optional.empty();

    @Option(
            names = "--audit-tail",
            description = "Also prints the record that the call left, by MAX.audit_query.")
    private boolean auditTail;

    Invoke(Terminal terminal) {
        super(terminal);
    }

    @Override
    ExitCode run() {
        ClientIdentity identity = ClientIdentity.read(terminal().environment());
        DispatchClient client = new DispatchClient(identity);
        DispatchClient.Answer answer =
                client.dispatch(protocol, version, operation, input(), idempotencyKey);
        terminal().show(answer.body(), output());
        if (auditTail) {
            showRecord(client, answer.body());
        }
        return answer.ok() ? ExitCode.DONE : ExitCode.FAILED;
    }

    private void showRecord(DispatchClient client, JsonObject body) {
        Optional<String> correlationId =
                body.object("metadata")
                        .flatMap(metadata -> metadata.text("correlation_id"))
                        .or(() -> body.text("correlation_id"));
        correlationId.ifPresent(id ->
                terminal()
                        .show(
                                client.dispatch(
                                                "MAX",
                                                Optional.empty(),
                                                "audit_query",
                                                JsonObject.builder()
                                                        .put("correlation_id", id)
                                                        .build(),
                                                Optional.empty())
                                        .body(),
                                output()));
    }

    private JsonObject input() {
        try {
            byte[] text =
                    input.equals("-")
                            ? System.in.readNBytes(INPUT_BYTES_MAX)
                            : input.getBytes(StandardCharsets.UTF_8);
            return JsonReader.parseObject(text, JsonReader.Limits.DEFAULT);
        } catch (JsonException e) {
            throw new OperatorException(
                    ExitCode.USAGE, "--input is not a JSON object: " + e.getMessage());
        } catch (IOException e) {
            throw new OperatorException(ExitCode.ENVIRONMENT, "couldn't read standard input", e);
        }
    }
}
