package dev.mapsovereign.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PluginHostTest {
    private static final JsonObject PAYLOAD = JsonObject.builder().put("hello", "world").build();
    private static final JsonObject CONTEXT = JsonObject.builder().put("tenant_id", "acme").build();
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @TempDir private Path temp;
    private Path folder = Path.of("");
    private final List<PluginHost> opened = new ArrayList<>();
    private final List<PluginEvent> events = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectories(temp.resolve("plugins"));
    }

    @AfterEach
    void close() {
        opened.forEach(PluginHost::close);
    }

    private void open() {
        open(true, Set.of());
    }

    private void open(boolean signaturesRequired, Set<String> pinned) {
        opened.add(
                PluginHost.open(
                        new PluginHostConfig(
                                folder,
                                temp.resolve("versions.json"),
                                signaturesRequired,
                                PluginFolders.trust(),
                                pinned,
                                2,
                                Duration.ofHours(1)),
                        PluginFolders.ED25519,
                        events::add));
    }

    private PluginHost host() {
        return opened.getLast();
    }

    private LoadedPlugin plugin(String protocol) {
        return Optional.ofNullable(host().plugins().get(protocol)).orElseThrow();
    }

    private PluginAnswer call(String protocol, String operation) {
        return host().call(plugin(protocol), operation, PAYLOAD, CONTEXT, PATIENCE);
    }

    private String refusal() {
        return events.stream()
                .filter(PluginEvent.Refused.class::isInstance)
                .map(event -> ((PluginEvent.Refused) event).reason())
                .findFirst()
                .orElse("nothing was refused");
    }

    @Test
    void call_signedSample_answersWhatItWasGiven() throws Exception {
        PluginSigner.sign(PluginFolders.echo(folder), PluginFolders.SUPPLIER);
        open();

        PluginAnswer answer = call("ECHO", "echo");

        assertThat(answer).isInstanceOf(PluginAnswer.Answered.class);
        JsonObject echo = ((PluginAnswer.Answered) answer).data().object("echo").orElseThrow();
        assertThat(echo.text("operation")).contains("echo");
        assertThat(echo.object("payload")).contains(PAYLOAD);
        assertThat(echo.object("context")).contains(CONTEXT);
        assertThat(events).hasSize(1).first().isInstanceOf(PluginEvent.Loaded.class);
    }

    @Test
    void open_unsigned_isRefusedByName() throws Exception {
        PluginFolders.echo(folder);
        open();

        assertThat(host().plugins()).isEmpty();
        assertThat(events)
                .containsExactly(
                        new PluginEvent.Refused(
                                "echo", "no plugin.sig: unsigned plugins do not run"));
    }

    @Test
    void open_unsignedWhereTheSiteAllowsIt_runs() throws Exception {
        PluginFolders.echo(folder);
        open(false, Set.of());

        assertThat(plugin("ECHO").signer()).isEqualTo("unsigned");
    }

    @Test
    void open_signedByStranger_isRefused() throws Exception {
        PluginSigner.sign(PluginFolders.echo(folder), PluginFolders.STRANGER);
        open();

        assertThat(refusal()).isEqualTo("plugin.sig carries no valid signature of a trusted key");
    }

    @Test
    void open_anyByteOfAnyFileFlipped_isRefused() throws Exception {
        Path plugin = PluginFolders.echo(folder);
        PluginSigner.sign(plugin, PluginFolders.SUPPLIER);
        for (String name : List.of("echo.wasm", "plugin.toml", "echo.request.json", "plugin.sig")) {
            byte[] good = Files.readAllBytes(plugin.resolve(name));
            for (int at = 0; at < good.length; at += Math.max(1, good.length / 25)) {
                byte[] bad = good.clone();
                bad[at] ^= 0x01;
                Files.write(plugin.resolve(name), bad);
                events.clear();
                open();
                assertThat(host().plugins()).as("%s flipped at %d", name, at).isEmpty();
                assertThat(events).as("%s flipped at %d", name, at).hasSize(1);
                host().close();
            }
            Files.write(plugin.resolve(name), good);
        }
    }

    @Test
    void open_fileAdded_isRefusedByItsName() throws Exception {
        Path plugin = PluginFolders.echo(folder);
        PluginSigner.sign(plugin, PluginFolders.SUPPLIER);
        Files.writeString(plugin.resolve("extra.txt"), "hello");
        open();

        assertThat(refusal()).isEqualTo("file extra.txt is not in plugin.sig");
    }

    @Test
    void open_fileMissing_isRefusedByItsName() throws Exception {
        Path plugin = PluginFolders.echo(folder);
        Files.writeString(plugin.resolve("extra.txt"), "hello");
        PluginSigner.sign(plugin, PluginFolders.SUPPLIER);
        Files.delete(plugin.resolve("extra.txt"));
        open();

        assertThat(refusal()).isEqualTo("file extra.txt of plugin.sig is missing");
    }

    @Test
    void open_linkInsideFolder_isRefused() throws Exception {
        Path plugin = PluginFolders.echo(folder);
        PluginSigner.sign(plugin, PluginFolders.SUPPLIER);
        Files.createSymbolicLink(plugin.resolve("link.txt"), Path.of("/etc/hostname"));
        open();

        assertThat(refusal()).isEqualTo("link.txt is not a plain file");
    }

    @Test
    void open_keyBeyondItsScope_isRefused() throws Exception {
        Path plugin = PluginFolders.echo(folder);
        PluginFolders.replace(plugin.resolve("plugin.toml"), "name = \"echo\"", "name = \"other\"");
        PluginSigner.sign(plugin, PluginFolders.SUPPLIER);
        open();

        assertThat(refusal())
                .isEqualTo("key supplier.example may not sign other for protocol ECHO");
    }

    @Test
    void open_nativeProtocolClaimed_isRefused() throws Exception {
        Path plugin = PluginFolders.echo(folder);
        PluginFolders.replace(plugin.resolve("plugin.toml"), "\"ECHO\"", "\"MAX\"");
        PluginSigner.sign(plugin, PluginFolders.SUPPLIER);
        open();

        assertThat(refusal()).isEqualTo("MAX is a native protocol; no plugin can answer for it");
    }

    @Test
    void open_lowerVersionThanOnceRan_isRefusedUnlessPinned() throws Exception {
        Path plugin = PluginFolders.echo(folder);
        PluginFolders.replace(plugin.resolve("plugin.toml"), "\"1.0.0\"", "\"1.10.0\"");
        PluginSigner.sign(plugin, PluginFolders.SUPPLIER);
        open();
        assertThat(host().plugins()).containsKey("ECHO");
        host().close();

        PluginFolders.replace(plugin.resolve("plugin.toml"), "\"1.10.0\"", "\"1.9.0\"");
        PluginSigner.sign(plugin, PluginFolders.SUPPLIER);
        open();
        assertThat(host().plugins()).isEmpty();
        assertThat(refusal()).startsWith("version 1.9.0 is older than 1.10.0");
        host().close();

        open(true, Set.of("echo@1.9.0"));
        assertThat(plugin("ECHO").manifest().version()).hasToString("1.9.0");
    }

    @Test
    void rescan_addedReplacedRemoved_followsWithoutRestart() throws Exception {
        open();
        assertThat(host().plugins()).isEmpty();

        Path plugin = PluginFolders.echo(folder);
        PluginSigner.sign(plugin, PluginFolders.SUPPLIER);
        host().rescan();
        LoadedPlugin first = plugin("ECHO");
        assertThat(first.manifest().version()).hasToString("1.0.0");

        PluginFolders.replace(plugin.resolve("plugin.toml"), "\"1.0.0\"", "\"1.1.0\"");
        PluginSigner.sign(plugin, PluginFolders.SUPPLIER);
        host().rescan();
        assertThat(plugin("ECHO").manifest().version()).hasToString("1.1.0");
        assertThat(host().call(first, "echo", PAYLOAD, CONTEXT, PATIENCE))
                .as("a call that began with the old one still ends well")
                .isInstanceOf(PluginAnswer.Answered.class);

        try (var files = Files.list(plugin)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(plugin);
        host().rescan();
        assertThat(host().plugins()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "spin, TIMED_OUT",
        "trap, TRAPPED",
        "recurse, TRAPPED",
        "bomb, TRAPPED",
        "huge, BAD_ANSWER",
        "outside, TRAPPED",
        "garbage, BAD_ANSWER"
    })
    void call_hostileGuest_failsForThatCallOnly(String guest, PluginAnswer.Fault fault)
            throws Exception {
        PluginSigner.sign(
                PluginFolders.guest(
                        folder, guest, "map-invoke/1", "max_ms = 300\nmemory_pages = 64"),
                PluginFolders.SUPPLIER);
        PluginSigner.sign(PluginFolders.echo(folder), PluginFolders.SUPPLIER);
        open();

        for (int round = 0; round < 3; round++) {
            assertThat(call("TEST", "go"))
                    .isInstanceOfSatisfying(
                            PluginAnswer.Failed.class,
                            failed -> assertThat(failed.fault()).isEqualTo(fault));
        }

        assertThat(call("ECHO", "echo")).isInstanceOf(PluginAnswer.Answered.class);
    }

    @Test
    void call_guestThatRefuses_isItsOwnRefusal() throws Exception {
        PluginSigner.sign(
                PluginFolders.guest(folder, "refuse", "map-invoke/1", ""), PluginFolders.SUPPLIER);
        open();

        assertThat(call("TEST", "go"))
                .isEqualTo(new PluginAnswer.Refused("not_found", "nothing here"));
    }

    @Test
    void open_guestThatImports_isRefused() throws Exception {
        Path plugin = PluginFolders.guest(folder, "imports", "map-invoke/1", "");
        open(false, Set.of());

        assertThat(plugin).exists();
        assertThat(refusal()).isEqualTo("guest.wasm imports functions; map-invoke/1 offers none");
    }

    @Test
    void call_wasiCommand_readsInputAndWritesOutput() throws Exception {
        PluginSigner.sign(
                PluginFolders.guest(folder, "command", "wasi-command/1", ""),
                PluginFolders.SUPPLIER);
        open();

        assertThat(call("TEST", "go"))
                .isInstanceOfSatisfying(
                        PluginAnswer.Answered.class,
                        answered ->
                                assertThat(
                                                answered.data()
                                                        .object("stdin")
                                                        .orElseThrow()
                                                        .object("payload"))
                                        .contains(PAYLOAD));
    }

    @Test
    void call_wasiCommandThatFloods_isStopped() throws Exception {
        PluginSigner.sign(
                PluginFolders.guest(folder, "flood", "wasi-command/1", "max_ms = 300"),
                PluginFolders.SUPPLIER);
        open();

        assertThat(call("TEST", "go")).isInstanceOf(PluginAnswer.Failed.class);
    }

    @Test
    void call_manySpinningGuests_leaveTheThreadsUsable() throws Exception {
        PluginSigner.sign(
                PluginFolders.guest(folder, "spin", "map-invoke/1", "max_ms = 100"),
                PluginFolders.SUPPLIER);
        PluginSigner.sign(PluginFolders.echo(folder), PluginFolders.SUPPLIER);
        open();

        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<PluginAnswer>> spins = Collections.nCopies(8, () -> call("TEST", "go"));
            for (Future<PluginAnswer> spin : callers.invokeAll(spins)) {
                assertThat(spin.get()).isInstanceOf(PluginAnswer.Failed.class);
            }
        }
        assertThat(call("ECHO", "echo")).isInstanceOf(PluginAnswer.Answered.class);
    }
}
