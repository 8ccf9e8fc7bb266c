package dev.mapsovereign.engine.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.NoteSigners;
import dev.mapsovereign.engine.EngineConfig;
import dev.mapsovereign.engine.TestEngine;
import dev.mapsovereign.engine.TestEngine.TestCall;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.plugin.PluginHost;
import dev.mapsovereign.plugin.PluginHostConfig;
import dev.mapsovereign.plugin.PluginSigner;
import dev.mapsovereign.plugin.PluginTrust;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Calls of real WASM in the real sandbox through the whole pipeline. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PluginTierTest {
    private static final Path SAMPLE = Path.of("../plugin-host/src/main/sample/echo");
    private static final Path GUESTS = Path.of("../plugin-host/src/test/resources/guests");
    private static final NoteSigner SUPPLIER =
            NoteSigners.ed25519("supplier.example", new byte[32], Ed25519.jdk());

    private Path folder;
    private PluginHost host;
    private TestEngine node;

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = Files.createDirectories(temporary.resolve("plugins"));
        echo();
        guest("spin", "SPIN", "map-invoke/1");
        guest("trap", "TRAP", "map-invoke/1");
        guest("refuse", "REFUSE", "map-invoke/1");
        host =
                PluginHost.open(
                        new PluginHostConfig(
                                folder,
                                temporary.resolve("versions.json"),
                                true,
                                new PluginTrust(
                                        List.of(
                                                new PluginTrust.TrustedKey(
                                                        SUPPLIER.key(),
                                                        List.of("*"),
                                                        List.of("*"))),
                                        Set.of("TEST")),
                                Set.of(),
                                2,
                                Duration.ofHours(1)),
                        Ed25519.jdk(),
                        event -> {});
        node = TestEngine.start(temporary.resolve("node"), EngineConfig.DEFAULT, host);
        node.grants.grant(
                TestEngine.ACME,
                TestEngine.AGENT,
                new CapabilityName("map.*.*"),
                Optional.empty(),
                "");
    }

    @AfterAll
    void stop() {
        node.close();
        host.close();
    }

    private void echo() throws Exception {
        Path plugin = Files.createDirectories(folder.resolve("echo"));
        for (String name :
                List.of("plugin.toml", "echo.wasm", "echo.request.json", "echo.response.json")) {
            Files.copy(SAMPLE.resolve(name), plugin.resolve(name));
        }
        PluginSigner.sign(plugin, SUPPLIER);
    }

    private void guest(String guest, String protocol, String abi) throws Exception {
        Path plugin = Files.createDirectories(folder.resolve(guest));
        Files.copy(GUESTS.resolve(guest + ".wasm"), plugin.resolve("guest.wasm"));
        Files.writeString(plugin.resolve("any.json"), "{\"type\":\"object\"}");
        Files.writeString(
                plugin.resolve("plugin.toml"),
                """
                [plugin]
                name = "test-%s"
                version = "1.0.0"
                plugin_type = "Protocol"
                protocol = "%s"
                [plugin.binary]
                source_type = "wasm"
                path = "guest.wasm"
                abi = "%s"
                [plugin.operations.go]
                request = "any.json"
                response = "any.json"
                [plugin.limits]
                max_ms = 300
                """
                        .formatted(guest, protocol, abi));
        PluginSigner.sign(plugin, SUPPLIER);
    }

    private AuditRecord only(TestCall call) {
        List<AuditRecord> records = node.recordsOf(call.id());
        assertThat(records).hasSize(1);
        return records.getFirst();
    }

    @Test
    void handle_signedPlugin_isCalledWithItsContextAndRecorded() {
        TestCall call = node.call("echo").protocol("ECHO").input("{\"x\":[1,2]}");
        EngineResponse.Answered answer = call.answered();
        JsonObject request =
                JsonReader.parseObject(answer.data(), JsonReader.Limits.DEFAULT)
                        .object("echo")
                        .orElseThrow();

        assertThat(request.object("payload").orElseThrow().toString()).isEqualTo("{\"x\":[1,2]}");
        assertThat(request.text("operation")).contains("echo");
        JsonObject context = request.object("context").orElseThrow();
        assertThat(context.text("tenant_id")).contains("acme");
        assertThat(context.text("agent_did")).contains(TestEngine.AGENT.text());
        assertThat(context.text("correlation_id")).contains(call.id().toString());
        assertThat(only(call).version()).contains("v1.0.0");
    }

    @Test
    void handle_endlessLoop_isTimeoutForThatCallAlone() {
        TestCall call = node.call("go").protocol("SPIN");
        EngineResponse.Refused refused = call.refused();

        assertThat(refused.refusal().code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(refused.refusal().details().text("effect"))
                .as("a plugin can change nothing outside")
                .contains("none");
        assertThat(only(call).code()).contains("timeout");
        node.call("echo").protocol("ECHO").answered();
    }

    @Test
    void handle_trapAgainAndAgain_isAdapterErrorAndClosesThePluginToNobody() {
        for (int i = 0; i < 30; i++) {
            assertThat(node.call("go").protocol("TRAP").refused().refusal().code())
                    .isEqualTo(ErrorCode.ADAPTER_ERROR);
        }
    }

    @Test
    void handle_pluginRefuses_passesOnWhatAPluginMaySay() {
        TestCall call = node.call("go").protocol("REFUSE");

        assertThat(call.refused().refusal().code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(only(call).outcome().wire()).isEqualTo("refused");
    }

    @Test
    void handle_pluginRemovedAndPutBack_routeFollowsWithoutRestart() throws Exception {
        guest("command", "COMMAND", "wasi-command/1");
        host.rescan();
        assertThat(node.engine.routes().serves("COMMAND")).isTrue();
        assertThat(node.engine.schemas().find("command/v1/index.json")).isPresent();
        delete(folder.resolve("command"));
        host.rescan();

        assertThat(node.call("go").protocol("COMMAND").refused().refusal().code())
                .isEqualTo(ErrorCode.UNKNOWN_PROTOCOL);
        node.call("echo").protocol("ECHO").answered();
    }

    @Test
    void find_schemaFiles_areTheOnesThatAreChecked() {
        String request =
                new String(
                        node.engine
                                .schemas()
                                .find("test/v1/operations.read.request.json")
                                .orElseThrow(),
                        StandardCharsets.UTF_8);

        assertThat(request).contains("\"x-map-read-only\":true");
        assertThat(node.engine.schemas().find("TEST/v1/operations.other.read.response.json"))
                .isPresent();
        for (String none :
                List.of(
                        "test/v2/index.json",
                        "test/v1/",
                        "test/v1/../v1/index.json",
                        "none/v1/index.json",
                        "test/v1/operations.fly.request.json",
                        "test/v1/operations.read.json")) {
            assertThat(node.engine.schemas().find(none)).as(none).isEmpty();
        }
        assertThat(node.engine.schemas().indexes()).contains("test/v1/index.json");
    }

    private static void delete(Path plugin) throws IOException {
        try (var files = Files.list(plugin)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(plugin);
    }
}
