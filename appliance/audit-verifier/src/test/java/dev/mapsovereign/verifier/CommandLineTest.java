package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandLineTest {
    private static final TenantId ACME = TenantId.of("acme");

    @TempDir Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private ExitCode run(Object... arguments) {
        out.reset();
        err.reset();
        return Main.run(
                java.util.Arrays.stream(arguments).map(Object::toString).toList(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Optional.of(new PrintStream(err, true, StandardCharsets.UTF_8)));
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private SyntheticNode export(Path medium) {
        SyntheticNode node = new SyntheticNode("alpha");
        node.tenant("acme").append(10);
        node.export(medium, Map.of(TenantId.NODE, 0L, ACME, 0L));
        return node;
    }

    @Test
    void help_saysSynopsisOptionsExitCodesAndAnExample() {
        for (List<String> arguments : List.of(List.of("--help"), List.of("bundle", "--help"))) {
            assertThat(run(arguments.toArray())).isEqualTo(ExitCode.DONE);
            assertThat(out()).containsIgnoringCase("exit status").contains("usage:", "example");
            assertThat(err()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "bundle",
                "bundle PATH",
                "bundle --trust FILE",
                "bundle PATH --trust",
                "bundle PATH --trust FILE --trust FILE",
                "bundle PATH --trust FILE --output xml",
                "bundle PATH --trust FILE --state",
                "bundle PATH --trust FILE --init-state",
                "bundle PATH --trust FILE --verbose"
            })
    void commandLine_thatIsWrong_isUsage(String line) {
        Object[] arguments = line.isEmpty() ? new Object[0] : (Object[]) line.split(" ", -1);
        assertThat(run(arguments)).isEqualTo(ExitCode.USAGE);
        assertThat(out()).isEmpty();
        assertThat(err()).isNotBlank();
    }

    @Test
    void environment_thatIsMissing_isSaid() throws Exception {
        Path medium = folder.resolve("medium");
        SyntheticNode node = export(medium);
        Path trust = node.trustFile(folder);
        assertThat(run("bundle", folder.resolve("none"), "--trust", trust))
                .isEqualTo(ExitCode.ENVIRONMENT);
        assertThat(run("bundle", trust, "--trust", trust)).isEqualTo(ExitCode.ENVIRONMENT);
        assertThat(run("bundle", medium, "--trust", folder.resolve("none")))
                .isEqualTo(ExitCode.ENVIRONMENT);
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertThat(run("bundle", empty, "--trust", trust)).isEqualTo(ExitCode.ENVIRONMENT);
        assertThat(Verifiers.python(empty, "--trust", trust).exit()).isEqualTo(3);
        assertThat(Verifiers.python(folder.resolve("none"), "--trust", trust).exit()).isEqualTo(3);
        assertThat(Verifiers.python(medium).exit()).isEqualTo(2);
        Path bad = Files.writeString(folder.resolve("bad.policy"), "nonsense\n");
        assertThat(run("bundle", medium, "--trust", bad)).isEqualTo(ExitCode.ENVIRONMENT);
        assertThat(Verifiers.python(medium, "--trust", bad).exit()).isEqualTo(3);
    }

    @Test
    void initState_bothSpellings_areUnderstood() {
        Path medium = folder.resolve("medium");
        Path trust = export(medium).trustFile(folder);
        Path one = folder.resolve("one");
        Path two = folder.resolve("two");
        assertThat(run("bundle", medium, "--trust", trust, "--init-state", one))
                .isEqualTo(ExitCode.DONE);
        assertThat(run("bundle", "--init-state", "--state", two, "--trust", trust, medium))
                .isEqualTo(ExitCode.DONE);
        assertThat(two).hasSameBinaryContentAs(one);
    }

    @Test
    void outputJson_saysWhatWasFound() throws Exception {
        Path medium = folder.resolve("medium");
        SyntheticNode node = export(medium);
        Path trust = node.trustFile(folder);
        assertThat(run("bundle", medium, "--trust", trust, "--output", "json"))
                .isEqualTo(ExitCode.DONE);
        JsonObject good =
                JsonReader.parseObject(
                        out().strip().getBytes(StandardCharsets.UTF_8), JsonReader.Limits.DEFAULT);
        assertThat(good.text("verdict")).contains("verified");
        assertThat(good.integer("exit")).hasValue(0);
        assertThat(good.array("ranges").orElseThrow().values()).hasSize(2);
        assertThat(good.array("not_checked").orElseThrow().values()).isNotEmpty();
        assertThat(good.has("finding")).isFalse();

        Path entries = node.folder(medium).resolve("logs/acme/tile/entries/000.p/10");
        byte[] bytes = MediumFiles.read(entries);
        bytes[bytes.length - 1] ^= 1;
        Files.write(entries, bytes);
        assertThat(run("bundle", medium, "--trust", trust, "--output", "json"))
                .isEqualTo(ExitCode.TAMPERING);
        JsonObject bad =
                JsonReader.parseObject(
                        out().strip().getBytes(StandardCharsets.UTF_8), JsonReader.Limits.DEFAULT);
        assertThat(bad.text("verdict")).contains("refused");
        JsonObject finding = bad.object("finding").orElseThrow();
        assertThat(finding.text("file")).contains(entries.toString());
        assertThat(finding.text("tenant_id")).contains("acme");
        assertThat(finding.text("index")).contains("9");
        assertThat(err()).contains("record 9");
    }

    @Test
    void verifyPy_isShort_andStandsAlone() throws Exception {
        List<String> lines = Files.readAllLines(Verifiers.verifyPy());
        assertThat(lines).hasSizeLessThan(600);
        assertThat(lines).allMatch(line -> line.length() <= 100);
        Verifiers.Outcome help = Verifiers.python("--help");
        assertThat(help.exit()).isZero();
        assertThat(help.output()).contains("--trust", "exit status");
    }

    @Test
    void verifyPy_besideHostileModules_doesNotLoadThem() throws Exception {
        Path medium = folder.resolve("medium");
        SyntheticNode node = export(medium);
        Path trust = node.trustFile(folder);
        Path beside = Files.createDirectory(folder.resolve("beside"));
        Path program = beside.resolve("verify.py");
        Files.copy(Verifiers.verifyPy(), program);
        for (String module : List.of("json.py", "hashlib.py", "re.py")) {
            Files.writeString(beside.resolve(module), "import sys; sys.exit(0)\n");
        }
        Path entries = node.folder(medium).resolve("logs/acme/tile/entries/000.p/10");
        byte[] bytes = MediumFiles.read(entries);
        bytes[50] ^= 1;
        Files.write(entries, bytes);
        Verifiers.requirePython();
        Verifiers.Outcome outcome =
                Verifiers.run(
                        List.of(
                                "python3",
                                "-I",
                                program.toString(),
                                medium.toString(),
                                "--trust",
                                trust.toString()),
                        beside);
        assertThat(outcome.exit()).as(outcome.output()).isEqualTo(4);
    }
}
