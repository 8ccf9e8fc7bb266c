package dev.mapsovereign.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigRootTest {
    @TempDir private Path folder;

    private enum Sink {
        PRODUCTION,
        KAFKA,
        MEMORY
    }

    /** A configuration record as the modules write them. */
    private record ExampleConfig(
            ListenAddress bind,
            Duration drainTimeout,
            long bodyBytesMax,
            int workers,
            boolean requireSignatures,
            Sink sink,
            Path folder,
            List<String> hosts,
            Optional<String> label,
            TenantId tenant) {
        static final String MINIMAL = "[example]\ntenant = \"acme\"\n";

        ExampleConfig {
            if (workers > 100 && sink == Sink.MEMORY) {
                throw new IllegalArgumentException("memory serves at most 100 workers");
            }
        }

        static ExampleConfig read(ConfigSection section) {
            return new ExampleConfig(
                    section.listenAddress("bind")
                            .env("APP_BIND_ADDR")
                            .orElse(ListenAddress.parse("127.0.0.1:8080")),
                    section.duration("drain_timeout").orElse(Duration.ofSeconds(30)),
                    section.size("body_max", 1, 1L << 30).env("MAP_BODY_MAX").orElse(5L << 20),
                    section.integer("workers", 1, 1_000).env("MAP_WORKERS").orElse(4),
                    section.bool("require_signatures")
                            .env("MAP_PLUGIN_REQUIRE_SIGNATURES")
                            .orElse(true),
                    section.choice("sink", Sink.class)
                            .env("MAP_AUDIT_SINK")
                            .orElse(Sink.PRODUCTION),
                    section.path("folder").env("MAP_FOLDER").orElse(Path.of("/var/lib/map")),
                    section.texts("hosts").env("MAP_HOSTS").orElse(List.of("localhost")),
                    section.text("label").optional(),
                    section.text("tenant")
                            .env("MAP_TENANT_ID")
                            .as(TenantId::of, "acme")
                            .required());
        }
    }

    @Test
    void read_nothingButTheRequired_givesDefaults() {
        ExampleConfig config = example(ExampleConfig.MINIMAL, Map.of());

        assertThat(config)
                .isEqualTo(
                        new ExampleConfig(
                                new ListenAddress("127.0.0.1", 8080),
                                Duration.ofSeconds(30),
                                5L << 20,
                                4,
                                true,
                                Sink.PRODUCTION,
                                Path.of("/var/lib/map"),
                                List.of("localhost"),
                                Optional.empty(),
                                TenantId.of("acme")));
    }

    @Test
    void read_everythingInTheFile_isMapped() {
        ExampleConfig config =
                example(
                        """
                        [example]
                        bind = "[::1]:9000"
                        drain_timeout = "1m30s"
                        body_max = "64 KiB"
                        workers = 8
                        require_signatures = false
                        sink = "kafka"
                        folder = "data"
                        hosts = ["a", "b"]
                        label = "ü"
                        tenant = "other"
                        """,
                        Map.of());

        assertThat(config)
                .isEqualTo(
                        new ExampleConfig(
                                new ListenAddress("::1", 9000),
                                Duration.ofSeconds(90),
                                64 * 1024,
                                8,
                                false,
                                Sink.KAFKA,
                                folder.resolve("data"),
                                List.of("a", "b"),
                                Optional.of("ü"),
                                TenantId.of("other")));
    }

    @Test
    void read_everythingInTheEnvironment_overridesTheFile() {
        ExampleConfig config =
                example(
                        """
                        [example]
                        bind = "127.0.0.1:1"
                        body_max = 1
                        workers = 1
                        require_signatures = true
                        sink = "kafka"
                        folder = "data"
                        hosts = ["a"]
                        tenant = "filed"
                        """,
                        Map.of(
                                "APP_BIND_ADDR", "0.0.0.0:443",
                                "MAP_BODY_MAX", "2MiB",
                                "MAP_WORKERS", "9",
                                "MAP_PLUGIN_REQUIRE_SIGNATURES", "FALSE",
                                "MAP_AUDIT_SINK", "memory",
                                "MAP_FOLDER", "/x/../y",
                                "MAP_HOSTS", "a, b,,c",
                                "MAP_TENANT_ID", "acme"));

        assertThat(config.bind()).isEqualTo(new ListenAddress("0.0.0.0", 443));
        assertThat(config.bodyBytesMax()).isEqualTo(2L << 20);
        assertThat(config.workers()).isEqualTo(9);
        assertThat(config.requireSignatures()).isFalse();
        assertThat(config.sink()).isEqualTo(Sink.MEMORY);
        assertThat(config.folder()).isEqualTo(Path.of("/y"));
        assertThat(config.hosts()).containsExactly("a", "b", "c");
        assertThat(config.tenant()).isEqualTo(TenantId.of("acme"));
    }

    @Test
    void read_emptyVariable_countsAsNotSet() {
        assertThat(example(ExampleConfig.MINIMAL, Map.of("MAP_WORKERS", "")).workers())
                .isEqualTo(4);
    }

    @Test
    void load_noFile_readsTheEnvironmentAlone() {
        ConfigRoot root = ConfigRoot.load(Optional.empty(), Map.of("MAP_TENANT_ID", "acme"));
        Reading<ExampleConfig> reading = root.read("example", ExampleConfig::read);
        root.finish();

        assertThat(reading.get().tenant()).isEqualTo(TenantId.of("acme"));
    }

    @Test
    void finish_manyProblems_reportsAllAtOnceInOrder() {
        ConfigRoot root =
                root(
                        """
                        [example]
                        bind = "nowhere"
                        drain_timeout = 30
                        body_max = "5 MB"
                        wrokers = 8
                        workers = 0
                        sink = "kafak"
                        hosts = ["a", 1]
                        tenant = "ACME"

                        [exmaple]
                        x = 1
                        """,
                        Map.of("MAP_PLUGIN_REQUIRE_SIGNATURES", "maybe", "MAP_FOLDER", "/data"));
        root.read("example", ExampleConfig::read);

        assertThat(problems(root))
                .containsExactly(
                        "map.toml:2: example.bind: must be host:port, for example"
                                + " \"127.0.0.1:8080\", is \"nowhere\"",
                        "map.toml:3: example.drain_timeout: must be a duration such as \"30s\","
                                + " \"500ms\" or \"1h30m\", is 30",
                        "map.toml:4: example.body_max: must be a size such as \"64 MiB\","
                                + " \"512 KiB\" or 5242880, is \"5 MB\"",
                        "map.toml:5: example.wrokers: unknown key; did you mean \"workers\"?",
                        "map.toml:6: example.workers: must be a whole number from 1 to 1000, is 0",
                        "map.toml:7: example.sink: must be one of production, kafka, memory;"
                                + " did you mean \"kafka\"?, is \"kafak\"",
                        "map.toml:8: example.hosts: must be a list of texts, such as [\"a\","
                                + " \"b\"], is a list",
                        "map.toml:9: example.tenant: tenant id \"ACME\" must begin with a"
                                + " lower-case letter or a digit",
                        "map.toml:11: exmaple: unknown table; did you mean \"example\"?",
                        "environment MAP_PLUGIN_REQUIRE_SIGNATURES: example.require_signatures:"
                                + " must be true or false, is \"maybe\"");
    }

    @Test
    void finish_missingRequired_namesTheOtherWay() {
        ConfigRoot root = root("[example]\n", Map.of());
        Reading<ExampleConfig> reading = root.read("example", ExampleConfig::read);

        assertThat(problems(root))
                .containsExactly("map.toml:1: example.tenant: missing (or set MAP_TENANT_ID)");
        assertThatThrownBy(reading::get).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void finish_badRequired_isNotCalledMissingToo() {
        ConfigRoot root = root("[example]\ntenant = 1\n", Map.of());
        root.read("example", ExampleConfig::read);

        assertThat(problems(root))
                .containsExactly("map.toml:2: example.tenant: must be a text in quotes, is 1");
    }

    @Test
    void finish_recordThatRefuses_isAProblemOfItsTable() {
        ConfigRoot root =
                root(ExampleConfig.MINIMAL + "workers = 101\nsink = \"memory\"\n", Map.of());
        root.read("example", ExampleConfig::read);

        assertThat(problems(root))
                .containsExactly("map.toml:1: example: memory serves at most 100 workers");
    }

    @Test
    void finish_sectionThatSeesAProblem_reportsItAtItsLine() {
        ConfigRoot root = root("[a]\nx = 1\ny = 2\n", Map.of());
        ConfigSection section = root.section("a");
        section.integer("x", 0, 9).optional();
        section.integer("y", 0, 9).optional();
        section.problem("y", "must not be above x");

        assertThat(problems(root)).containsExactly("map.toml:3: a.y: must not be above x");
    }

    @Test
    void finish_brokenSyntax_namesLineAndColumnAndNotTheText() {
        ConfigRoot root = root("[example]\nlabel = hunter2secret\nworkers = = 3\n", Map.of());
        root.read("example", ExampleConfig::read);

        assertThat(problems(root))
                .hasSize(2)
                .allSatisfy(problem -> assertThat(problem).doesNotContain("hunter2", "missing"))
                .satisfiesExactly(
                        first ->
                                assertThat(first)
                                        .startsWith("map.toml:2: column 9: unexpected text"),
                        second -> assertThat(second).startsWith("map.toml:3: column 11:"));
    }

    @Test
    void finish_keyTwice_isAProblem() {
        ConfigRoot root = root("[a]\nx = 1\nx = 2\n", Map.of());
        root.section("a").integer("x", 0, 9).optional();

        assertThat(problems(root)).singleElement().asString().startsWith("map.toml:3: ");
    }

    @Test
    void finish_keyOfAnotherTable_namesItsHome() {
        ConfigRoot root = root("[a]\nport = 1\n[b.c]\n", Map.of());
        root.section("a").text("x").optional();
        root.section("b.c").integer("port", 0, 9).optional();

        assertThat(problems(root))
                .containsExactly("map.toml:2: a.port: unknown key; it belongs to [b.c]");
    }

    @Test
    void finish_valueInPlaceOfATable_isAProblem() {
        ConfigRoot root = root("a = 1\nb = 2\n[c]\n", Map.of());
        root.section("a").text("x").optional();
        root.section("c").tables("d");
        root.top().tables("b");

        assertThat(problems(root))
                .containsExactly(
                        "map.toml:1: a: must be a table [a]",
                        "map.toml:2: b: must be a list of tables [[b]]");
    }

    @Test
    void finish_tableInPlaceOfAValue_isAProblem() {
        ConfigRoot root = root("[a.x]\ny = 1\n", Map.of());
        root.section("a").text("x").optional();

        assertThat(problems(root))
                .containsExactly("map.toml:1: a.x: must be a text in quotes, is a table");
    }

    @Test
    void finishTablesRead_tableOfSomebodyElse_isLeftAlone() {
        ConfigRoot root = root("[a]\nx = 1\n[b]\ny = 1\n", Map.of());
        root.section("a").integer("x", 0, 9).optional();

        root.finishTablesRead();

        assertThat(root.isFinished()).isTrue();
        ConfigRoot strict = root("[a]\nx = 1\n[b]\ny = 1\n", Map.of());
        strict.section("a").text("z").optional();
        assertThat(problems(strict))
                .containsExactly("map.toml:2: a.x: unknown key", "map.toml:3: b: unknown table");
    }

    @Test
    void confidential_badValue_isNotShown() {
        ConfigRoot root =
                root("[db]\nurl = \"postgres://u:hunter2@h\"\n", Map.of("MAP_DB_URL", "hunter2"));
        ConfigSection section = root.section("db");
        section.text("url").confidential().as(ConfigRootTest::refuseRepeating, "x").optional();
        section.text("url")
                .env("MAP_DB_URL")
                .confidential()
                .where(text -> text.startsWith("h2:"), "must begin with h2:")
                .optional();

        assertThat(problems(root))
                .containsExactly(
                        "map.toml:2: db.url: is refused (its value is not shown)",
                        "environment MAP_DB_URL: db.url: must begin with h2:");
        assertThat(root.effectiveSettings().toString()).doesNotContain("hunter2");
    }

    @Test
    void effectiveSettings_confidentialValue_isNotShown() {
        ConfigRoot root = root("[db]\nurl = \"postgres://u:hunter2@h\"\n", Map.of());
        root.section("db").text("url").confidential().optional();
        root.finish();

        assertThat(root.effectiveSettings())
                .containsExactly(
                        new EffectiveSetting("db.url", List.of(), "(not shown)", file() + ":2"));
    }

    @Test
    void effectiveSettings_afterReading_nameTheirSource() {
        ConfigRoot root =
                root(
                        ExampleConfig.MINIMAL + "drain_timeout = \"90s\"\n",
                        Map.of("MAP_WORKERS", "9"));
        root.read("example", ExampleConfig::read);
        root.finish();

        assertThat(root.effectiveSettings())
                .contains(
                        new EffectiveSetting(
                                "example.bind",
                                List.of("APP_BIND_ADDR"),
                                "127.0.0.1:8080",
                                "default"),
                        new EffectiveSetting(
                                "example.drain_timeout", List.of(), "1m30s", file() + ":3"),
                        new EffectiveSetting(
                                "example.workers",
                                List.of("MAP_WORKERS"),
                                "9",
                                "environment MAP_WORKERS"),
                        new EffectiveSetting(
                                "example.body_max", List.of("MAP_BODY_MAX"), "5 MiB", "default"),
                        new EffectiveSetting("example.label", List.of(), "", "absent"))
                .isSortedAccordingTo((a, b) -> a.key().compareTo(b.key()));
    }

    @Test
    void warnings_unknownVariableOfOurs_isNamed() {
        ConfigRoot root =
                root(
                        ExampleConfig.MINIMAL,
                        Map.of("MAP_WROKERS", "9", "MAP_WASM_OLD", "1", "PATH", "/bin"));
        root.read("example", ExampleConfig::read);
        root.variable("MAP_WASM_OLD").ifPresent(value -> root.warn("MAP_WASM_OLD is ignored"));
        root.finish();

        assertThat(root.warnings())
                .containsExactly(
                        "MAP_WASM_OLD is ignored",
                        "environment MAP_WROKERS: unknown, has no effect;"
                                + " did you mean \"MAP_WORKERS\"?");
    }

    @Test
    void secretFile_modeOfASecret_isRead() throws IOException {
        secret("key", "0123\n", "rw-r-----");
        ConfigRoot root =
                root("[keys]\nraw_file = \"key\"\n", Map.of("MAP_PW_FILE", folder + "/key"));

        Optional<Secret> raw = root.section("keys").secretFile("raw_file").optional();
        Secret password =
                root.section("keys").passwordFile("password_file").env("MAP_PW_FILE").required();
        root.finish();

        assertThat(raw.orElseThrow().use(ConfigRootTest::ascii)).isEqualTo("0123\n");
        assertThat(password.use(ConfigRootTest::ascii)).isEqualTo("0123");
        assertThat(root.effectiveSettings().toString()).doesNotContain("0123");
    }

    @Test
    void secretFile_bad_isAProblemLikeEveryOther() throws IOException {
        secret("loose", "hunter2", "rw-r--r--");
        secret("good", "hunter2", "rw-------");
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("good"));
        ConfigRoot root =
                root(
                        """
                        [keys]
                        absent_file = "absent"
                        loose_file = "loose"
                        link_file = "link"
                        folder_file = "."
                        """,
                        Map.of("MAP_PW_FILE", folder + "/loose"));
        ConfigSection keys = root.section("keys");
        keys.secretFile("absent_file").required();
        keys.secretFile("loose_file").optional();
        keys.secretFile("link_file").optional();
        keys.secretFile("folder_file").optional();
        keys.secretFile("unset_file").required();
        keys.passwordFile("pw_file").env("MAP_PW_FILE").required();

        assertThat(problems(root))
                .allSatisfy(problem -> assertThat(problem).doesNotContain("hunter2"))
                .satisfiesExactly(
                        p -> assertThat(p).isEqualTo("map.toml:1: keys.unset_file: missing"),
                        p ->
                                assertThat(p)
                                        .startsWith("map.toml:2: keys.absent_file: ")
                                        .endsWith("/absent: no such file or folder"),
                        p ->
                                assertThat(p)
                                        .startsWith("map.toml:3: keys.loose_file: ")
                                        .contains("rw-r--r--"),
                        p ->
                                assertThat(p)
                                        .startsWith("map.toml:4: keys.link_file: ")
                                        .contains("link"),
                        p ->
                                assertThat(p)
                                        .startsWith("map.toml:5: keys.folder_file: ")
                                        .endsWith("not a regular file"),
                        p ->
                                assertThat(p)
                                        .startsWith("environment MAP_PW_FILE: keys.pw_file: ")
                                        .contains("rw-r--r--"));
    }

    @Test
    void children_tablesOfTables_areNamedInOrder() {
        ConfigRoot root =
                root(
                        """
                        [trust.plugins."acme.tools"]
                        key = "1"
                        [trust.plugins.zeta]
                        key = "2"
                        kye = "3"
                        """,
                        Map.of());
        ConfigSection plugins = root.section("trust.plugins");

        assertThat(plugins.children()).containsExactly("acme.tools", "zeta");
        assertThat(plugins.child("acme.tools").text("key").required()).isEqualTo("1");
        assertThat(plugins.section("zeta").text("key").required()).isEqualTo("2");
        assertThat(problems(root))
                .containsExactly(
                        "map.toml:5: trust.plugins.zeta.kye: unknown key; did you mean \"key\"?");
    }

    @Test
    void tables_arrayOfTables_areReadOneByOne() {
        ConfigRoot root =
                root(
                        """
                        [[endpoint]]
                        url = "a"
                        [[endpoint]]
                        url = "b"
                        weigth = 2
                        [[endpoint]]
                        """,
                        Map.of());
        List<ConfigSection> endpoints = root.top().tables("endpoint");

        assertThat(endpoints).hasSize(3);
        assertThat(endpoints.get(0).text("url").required()).isEqualTo("a");
        endpoints.get(1).text("url").required();
        endpoints.get(1).integer("weight", 0, 9).orElse(1);
        endpoints.get(2).text("url").required();
        assertThat(root.top().tables("absent")).isEmpty();
        assertThat(problems(root))
                .containsExactly(
                        "map.toml:5: endpoint[1].weigth: unknown key; did you mean \"weight\"?",
                        "map.toml:6: endpoint[2].url: missing");
    }

    @Test
    void freeForm_foreignSettings_areGivenAsJson() {
        ConfigRoot root =
                ConfigRoot.parse(
                        "plugin.toml",
                        folder,
                        """
                        [config]
                        text = "x"
                        list = [1, 2.5, true]
                        day = 2026-01-01
                        inner = {a = {b = 1}}
                        """);

        String json = root.section("config").freeForm().toString();
        root.finish();

        assertThat(json)
                .isEqualTo(
                        "{\"day\":\"2026-01-01\",\"inner\":{\"a\":{\"b\":1}},\"list\":[1,2.5,true],"
                                + "\"text\":\"x\"}");
        assertThat(root.section("absent").freeForm().isEmpty()).isTrue();
    }

    @Test
    void freeForm_whatJsonCannotHold_isAProblem() {
        ConfigRoot root =
                ConfigRoot.parse(
                        "plugin.toml", folder, "[config]\na = nan\nb = [9007199254740992]\n");
        root.section("config").freeForm();

        assertThat(catchThrowableOfType(ConfigException.class, root::finish).problems())
                .extracting(ConfigProblem::where)
                .containsExactly("plugin.toml:2", "plugin.toml:3");
    }

    @Test
    void load_fileThatCannotBeRead_isAnOperatorsAffair() throws IOException {
        Path absent = folder.resolve("absent.toml");
        Path binary = Files.write(folder.resolve("binary.toml"), new byte[] {(byte) 0xff});
        Path huge = Files.write(folder.resolve("huge.toml"), new byte[(1 << 20) + 1]);

        assertThatThrownBy(() -> ConfigRoot.load(Optional.of(absent), Map.of()))
                .isInstanceOf(OperatorException.class)
                .hasMessage("configuration " + absent + " cannot be read: no such file");
        assertThatThrownBy(() -> ConfigRoot.load(Optional.of(binary), Map.of()))
                .hasMessageEndingWith("not UTF-8");
        assertThatThrownBy(() -> ConfigRoot.load(Optional.of(huge), Map.of()))
                .hasMessageEndingWith("longer than 1048576 bytes");
        assertThatThrownBy(() -> ConfigRoot.load(Optional.of(folder), Map.of()))
                .isInstanceOf(OperatorException.class);
    }

    @Test
    void configException_forTheOperator_exitsWithEnvironment() {
        ConfigRoot root = root("x = 1\n", Map.of());

        assertThatThrownBy(root::finish)
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        e -> assertThat(e.exit()).isEqualTo(ExitCode.ENVIRONMENT))
                .hasMessage("1 problem in the configuration:\n  " + file() + ":1: x: unknown key");
    }

    @Test
    void configException_hundredsOfProblems_areCut() {
        ConfigRoot root = root("x1 = 1\n".transform(ConfigRootTest::manyKeys), Map.of());

        assertThatThrownBy(root::finish)
                .hasMessageStartingWith("250 problems in the configuration:")
                .hasMessageEndingWith("\n  and 150 more");
    }

    @Test
    void duration_outOfBounds_isRefused() {
        ConfigRoot root = root("[a]\nx = \"1ms\"\ny = \"40000d\"\n", Map.of());
        root.section("a").duration("x", Duration.ofSeconds(1), Duration.ofHours(1)).optional();
        root.section("a").duration("y").optional();

        assertThat(problems(root))
                .containsExactly(
                        "map.toml:2: a.x: must be a duration from 1s to 1h, is \"1ms\"",
                        "map.toml:3: a.y: must be a duration from 0s to 36500d, is \"40000d\"");
    }

    private static String manyKeys(String line) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 250; i++) {
            text.append(line.replace("x1", "key_" + i));
        }
        return text.toString();
    }

    private static String refuseRepeating(String text) {
        if (text.contains("hunter2")) {
            throw new IllegalArgumentException("cannot connect to " + text);
        }
        return text;
    }

    private static String ascii(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private void secret(String name, String content, String mode) throws IOException {
        Path file = Files.writeString(folder.resolve(name), content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private Path file() {
        return folder.resolve("map.toml");
    }

    private ConfigRoot root(String toml, Map<String, String> environment) {
        try {
            return ConfigRoot.load(Optional.of(Files.writeString(file(), toml)), environment);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ExampleConfig example(String toml, Map<String, String> environment) {
        ConfigRoot root = root(toml, environment);
        Reading<ExampleConfig> reading = root.read("example", ExampleConfig::read);
        root.finish();
        return reading.get();
    }

    /** The problems of {@code finish}, without the folder of this test. */
    private List<String> problems(ConfigRoot root) {
        ConfigException failure = catchThrowableOfType(ConfigException.class, root::finish);
        assertThat(failure).isNotNull();
        return failure.problems().stream()
                .map(problem -> problem.toString().replace(folder + "/map.toml", "map.toml"))
                .toList();
    }
}
