package dev.mapsovereign.protocols.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.schema.CompiledSchema;
import dev.mapsovereign.protocols.NativeModules;
import dev.mapsovereign.protocols.testing.Caller;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class SchemaFilesTest {
    private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";

    /** The operations that the product promises from the start. */
    private static final Map<String, List<String>> PROMISED =
            Map.of(
                    "MACS",
                    List.of(
                            "auth_negotiation",
                            "generate_challenge",
                            "verify_response",
                            "authorization_request",
                            "credential_verification"),
                    "MAX",
                    List.of(
                            "audit_log_entry",
                            "audit_query",
                            "traceability_graph",
                            "explainability_request",
                            "compliance_report",
                            "health_check"),
                    "MIM",
                    List.of("message_send", "message_receive", "queuing", "dedup_check"),
                    "OAS",
                    List.of("resolve", "lineage", "capabilities"),
                    "ADMIN",
                    List.of("observability"));

    @Test
    void modules_offerExactlyWhatIsPromised() {
        Map<String, List<String>> offered = new TreeMap<>();
        NativeModules.operations()
                .forEach((protocol, operations) ->
                        offered.put(
                                protocol, operations.stream().map(OperationSpec::name).toList()));

        assertThat(offered).isEqualTo(new TreeMap<>(PROMISED));
    }

    @Test
    void schemas_haveIdTitleAndDialect_andAreValid() {
        NativeModules.operations()
                .forEach((protocol, operations) ->
                        operations.forEach(operation -> {
                            check(protocol, operation, "request");
                            check(protocol, operation, "response");
                        }));
    }

    private static void check(String protocol, OperationSpec operation, String side) {
        JsonObject schema =
                side.equals("request") ? operation.requestSchema() : operation.responseSchema();
        String name = protocol + "::" + operation.name() + " " + side;
        assertThat(schema.text("$schema")).as(name).contains(DIALECT);
        assertThat(schema.text("title")).as(name).contains(name);
        assertThat(schema.text("$id"))
                .as(name)
                .contains(
                        "urn:map:schemas:"
                                + protocol.toLowerCase(Locale.ROOT)
                                + ":v1:operations."
                                + operation.name()
                                + "."
                                + side);
        assertThat(URI.create(schema.text("$id").orElseThrow()).isAbsolute()).isTrue();
        assertThat(schema.text("type")).as(name).contains("object");
        assertThat(schema.bool("additionalProperties")).as(name).contains(false);
        // Reading it checks it against the dialect's own schema.
        assertThat(CompiledSchema.of(schema)).as(name).isNotNull();
    }

    @Test
    void compiledSchema_ofWhatIsNoSchema_isRefused() {
        assertThatThrownBy(() -> CompiledSchema.of(Caller.json("{'type':5}")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void marks_areThoseOfTheOperations() {
        List<String> readOnly = new ArrayList<>();
        List<String> anonymous = new ArrayList<>();
        NativeModules.operations()
                .forEach((protocol, operations) -> {
                    for (OperationSpec operation : operations) {
                        if (operation.readOnly()) {
                            readOnly.add(protocol + " " + operation.name());
                        }
                        if (operation.anonymous()) {
                            anonymous.add(protocol + " " + operation.name());
                        }
                    }
                });

        assertThat(anonymous)
                .containsExactly(
                        "MACS auth_negotiation", "MACS generate_challenge", "MACS verify_response");
        assertThat(readOnly)
                .containsExactly(
                        "MACS authorization_request",
                        "MACS credential_verification",
                        "MAX audit_query",
                        "MAX traceability_graph",
                        "MAX explainability_request",
                        "MAX compliance_report",
                        "MAX health_check",
                        "MIM dedup_check",
                        "OAS resolve",
                        "OAS lineage",
                        "OAS capabilities",
                        "ADMIN observability");
    }

    @Test
    void operations_ofAFileThatIsMissing_areRefused() {
        assertThatThrownBy(() -> SchemaFiles.operations("max", "replay"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("operations.replay.request.json");
    }

    @Test
    void folder_holdsNoOtherFiles() throws Exception {
        long operations = NativeModules.operations().values().stream().mapToLong(List::size).sum();
        URI folder =
                SchemaFiles.class.getResource("/dev/mapsovereign/protocols/schemas/max").toURI();
        try (Stream<Path> files = Files.walk(Path.of(folder).getParent())) {
            assertThat(files.filter(Files::isRegularFile).count()).isEqualTo(2 * operations);
        }
    }
}
