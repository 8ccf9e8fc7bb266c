package dev.mapsovereign.node.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.json.JsonReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class CommandsTest {
    @TempDir private Path temp;

    private record Ended(int status, String out, String err) {}

    private Ended run(String... arguments) {
        return run(Map.of("HOME", temp.toString()), arguments);
    }

    private static Ended run(Map<String, String> environment, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status =
                Commands.run(
                        arguments,
                        environment,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Ended(
                status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static List<CommandLine> all(CommandLine command) {
        List<CommandLine> found = new ArrayList<>(List.of(command));
        command.getSubcommands().values().forEach(each -> found.addAll(all(each)));
        return found;
    }

    private static List<CommandLine> everyVerb() {
        List<CommandLine> verbs =
                all(Commands.commandLine(new Terminal(System.out, System.err, Map.of())));
        assertThat(verbs).hasSizeGreaterThan(30);
        return verbs;
    }

    @Test
    void help_ofEveryVerb_showsSynopsisExitCodesAndAnExample() {
        for (CommandLine verb : everyVerb()) {
            String name = verb.getCommandSpec().qualifiedName();
            String help = verb.getUsageMessage(CommandLine.Help.Ansi.OFF);
            assertThat(help)
                    .as(name)
                    .startsWith("Usage: " + name)
                    .contains("Exit codes:", "tampering", "Example:", "  map ", "--help");
            assertThat(verb.getCommandSpec().usageMessage().description()).as(name).isNotEmpty();
        }
    }

    @Test
    void help_asked_endsWithZeroOnStandardOutput() {
        Ended ended = run("audit", "export", "--help");

        assertThat(ended.status()).isZero();
        assertThat(ended.out()).contains("--to=DIR", "--dry-run");
        assertThat(ended.err()).isEmpty();
    }

    private Ended batch(String verbs) {
        InputStream terminal = System.in;
        System.setIn(new ByteArrayInputStream(verbs.getBytes(StandardCharsets.UTF_8)));
        try {
            return run("batch");
        } finally {
            System.setIn(terminal);
        }
    }

    @Test
    void batch_verbs_areAnsweredOneByOne() {
        Ended ended =
                batch("version\t--output\tjson\n\ntenant\tcreate\tacme\t--colour\tred\nversion");

        assertThat(ended.status()).isZero();
        assertThat(ended.err()).isEmpty();
        assertThat(ended.out().lines().filter(line -> line.startsWith("x ")))
                .containsExactly("x 0", "x 2", "x 0");
        assertThat(ended.out()).startsWith("o {\"java\":").contains("e map tenant create: ");
        assertThat(ended.out().lines()).allMatch(line -> line.matches("[oex] .*"));
    }

    @Test
    void batch_verbsThatTakeItsInputOrNeverEnd_areRefused() {
        Ended ended =
                batch(
                        "batch\nserve\nserve\t--check-config\t--config\t"
                                + temp.resolve("missing.toml")
                                + "\nversion");

        assertThat(ended.status()).isZero();
        assertThat(ended.out().lines().filter(line -> line.startsWith("x ")))
                .containsExactly("x 2", "x 2", "x 3", "x 0");
    }

    @Test
    void path_empty_isAUsageError() {
        Ended ended = run("backup", "--to", "");

        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.err()).contains("--to", "the path is empty");
        assertThat(run("backup", "verify", "").status()).isEqualTo(2);
    }

    @Test
    void nodeKey_noFingerprint_isAUsageError() {
        Ended ended = run("backup", "verify", temp.toString(), "--node-key", "00");

        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.err()).contains("64 hex digits");
    }

    @Test
    void backupVerify_pipeInPlaceOfAFile_doesNotWait() throws Exception {
        Files.writeString(temp.resolve("manifest.sig"), "x");
        assertThat(
                        new ProcessBuilder("mkfifo", temp.resolve("backup.json").toString())
                                .start()
                                .waitFor())
                .isZero();

        Ended ended =
                assertTimeoutPreemptively(
                        Duration.ofSeconds(20), () -> run("backup", "verify", temp.toString()));

        assertThat(ended.status()).isEqualTo(4);
        assertThat(ended.err()).contains("backup.json is no plain file");
    }

    @Test
    void nameOfAFile_withEscapes_doesNotReachTheTerminal() {
        Ended ended = run("backup", "verify", temp.resolve("a\u001b[31m").toString());

        assertThat(ended.status()).isEqualTo(3);
        assertThat(ended.err()).contains("a\\u001b[31m").doesNotContain("\u001b");
    }

    @Test
    void help_listOfVerbs_endsEachWithASentence() {
        for (CommandLine verb : everyVerb()) {
            assertThat(verb.getCommandSpec().usageMessage().description()[0])
                    .as(verb.getCommandSpec().qualifiedName())
                    .endsWith(".");
        }
    }

    @Test
    void unknownOption_isAUsageError() {
        Ended ended = run("tenant", "create", "acme", "--colour", "red");

        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).contains("--colour", "see map tenant create --help");
    }

    @Test
    void unknownVerb_saysWhatMayHaveBeenMeant() {
        Ended ended = run("registry", "resolv", "did:oas:acme:agent:clerk");

        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.err())
                .contains(
                        "there is no verb 'resolv'; did you mean ", "resolve", "see map registry");
        assertThat(run("tenant", "create", "acme", "more").err())
                .contains("Unmatched argument", "'more'");
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"did\":\"did:oas:a:agent:b\",\"lineage_valid\":true}', DONE",
        "'{\"did\":\"did:oas:a:agent:b\",\"fault\":{\"at\":\"did:oas:a:agent:b\",\"kind\":\"not_found\"}}', FAILED",
        "'{\"did\":\"did:oas:a:agent:b\",\"fault\":{\"at\":\"did:oas:a:enr:c\",\"kind\":\"not_found\"}}', TAMPERING",
        "'{\"did\":\"did:oas:a:agent:b\",\"fault\":{\"at\":\"did:oas:a:agent:b\",\"kind\":\"signature\"}}', TAMPERING"
    })
    void registryResolve_endsByWhatWasFound(String result, ExitCode expected) {
        RegistryResolve verb = new RegistryResolve(new Terminal(System.out, System.err, Map.of()));
        assertThat(
                        verb.exit(
                                JsonReader.parseObject(
                                        result.getBytes(StandardCharsets.UTF_8),
                                        JsonReader.Limits.DEFAULT)))
                .isEqualTo(expected);
    }

    @Test
    void configuration_wrong_namesEveryProblemWithItsLine() throws Exception {
        Path config = temp.resolve("map.toml");
        Files.writeString(config, "[node]\nnam = \"x\"\n[gateway]\nbind = \"nowhere\"\n");

        Ended ended = run("serve", "--check-config", "--config", config.toString());

        assertThat(ended.status()).isEqualTo(3);
        assertThat(ended.err()).contains("map.toml:2", "name", "map.toml:4");
    }

    @Test
    void serveAlone_configurationMissing_isRefusedAsWithOptions() {
        String missing = temp.resolve("missing.toml").toString();

        Ended alone = run(Map.of("MAP_CONFIG", missing), "serve");
        Ended withOptions = run("serve", "--config", missing);

        assertThat(alone.status()).isEqualTo(withOptions.status()).isEqualTo(3);
        assertThat(alone.err()).isEqualTo(withOptions.err()).startsWith("map serve: ");
    }

    @Test
    void health_withoutNode_isOne() throws Exception {
        Path config = temp.resolve("map.toml");
        Files.writeString(
                config,
                "[node]\nrun = \"%s\"\n[gateway]\nbind = \"127.0.0.1:1\"\nplain_http_on_loopback = true\n"
                        .formatted(temp.resolve("run")));

        Ended ended = run("health", "--config", config.toString());

        assertThat(ended.status()).as(ended.err()).isEqualTo(1);
        assertThat(ended.err()).contains("no node listens on", "map serve");
    }

    @Test
    void version_asJson_isOneLine() {
        Ended ended = run("version", "--output", "json");

        assertThat(ended.status()).isZero();
        assertThat(ended.out().strip())
                .startsWith("{")
                .doesNotContain("\n")
                .contains("\"version\":\"0.");
    }
}
