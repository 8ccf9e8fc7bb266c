package dev.mapsovereign.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The release that this build made, as it lies in {@code target}. */
class ReleaseTest {
    private static final Path TARGET = Path.of("target").toAbsolutePath();

    /** Classes refer to them that a node never loads: none has a place in the image. */
    private static final Map<String, String> MODULES_UNUSED =
            Map.of(
                    "java.desktop",
                            "H2's window, a listener of Log4j 2, a conversion to AWT's Point",
                    "java.instrument", "H2's profiler",
                    "java.scripting", "H2's triggers in JavaScript",
                    "java.compiler", "H2's functions from source text; annotations of a build");

    /** In the image although no class refers to them. */
    private static final Map<String, String> MODULES_BY_NAME =
            Map.of("jdk.unsupported", "ExtendedOpenOption.DIRECT, found by its name");

    private static Path release = TARGET;

    @BeforeAll
    static void findRelease() throws IOException {
        try (Stream<Path> stages = Files.list(TARGET.resolve("stage"))) {
            release =
                    stages.filter(path ->
                                    path.getFileName().toString().matches("map-sovereign-[0-9].*"))
                            .findFirst()
                            .orElseThrow();
        }
    }

    @Test
    void sums_asAnOperatorChecksThem_holdForEveryFile() throws Exception {
        Shell.Result signature =
                Shell.run(
                        TARGET,
                        "sh",
                        "-c",
                        "openssl dgst -sha256 -verify release*.pem"
                                + " -signature SHA256SUMS.sig SHA256SUMS");
        assertThat(signature.text()).contains("Verified OK");
        Shell.Result sums = Shell.run(TARGET, "sha256sum", "-c", "--strict", "SHA256SUMS");
        assertThat(sums.status()).as(sums.text()).isZero();
        String version = version();
        assertThat(names(TARGET.resolve("SHA256SUMS")))
                .contains(
                        "map-sovereign-" + version + "-linux-x86_64.tar.gz",
                        "map-sovereign-" + version + "-linux-x86_64.tar.zst",
                        "map-sovereign-" + version + "-join.sh",
                        "map-sovereign-" + version + ".cdx.json",
                        "map-sovereign-" + version + ".oci.tar",
                        "map-sovereign-kafka-" + version + ".tar.gz",
                        "map-verify-" + version + "-linux-x86_64.tar.gz",
                        "provenance.json",
                        "release.json");
    }

    @Test
    void sums_everyFileOfTheRelease_isListed() throws IOException {
        Set<String> present = new TreeSet<>();
        try (Stream<Path> files = Files.list(TARGET)) {
            files.filter(Files::isRegularFile)
                    .map(path -> path.getFileName().toString())
                    .filter(name -> name.matches("(map-|release\\.json|provenance).*"))
                    .forEach(present::add);
        }
        assertThat(names(TARGET.resolve("SHA256SUMS"))).containsAll(present);
    }

    @Test
    void manifest_everyFileInside_isListedWithModeAndDigest() throws IOException {
        List<String> expected = new ArrayList<>();
        for (Path file : FileTree.files(release)) {
            if (!file.equals(release.resolve("MANIFEST"))) {
                expected.add(
                        "%04o %s  %s"
                                .formatted(
                                        FileTree.mode(file),
                                        FileTree.sha256(file),
                                        release.relativize(file)));
            }
        }
        assertThat(Files.readAllLines(release.resolve("MANIFEST"))).isEqualTo(expected);
        assertThat(expected).hasSizeGreaterThan(100);
    }

    @Test
    void modules_whatTheJarsNeed_isWhatTheImageHas() throws IOException {
        Set<String> needed = new TreeSet<>(modulesNeeded());
        assertThat(needed).contains("java.base", "java.sql").containsAll(MODULES_UNUSED.keySet());
        needed.removeAll(MODULES_UNUSED.keySet());
        needed.addAll(MODULES_BY_NAME.keySet());
        // Comes with java.sql, as the image's own list shows.
        needed.remove("java.transaction.xa");

        assertThat(listed("modules.txt")).isEqualTo(needed);
        assertThat(Sbom.modules(release.resolve("runtime")))
                .containsAll(needed)
                .doesNotContain("java.desktop")
                .doesNotContainAnyElementsOf(MODULES_UNUSED.keySet());
    }

    @Test
    void image_certificatesOfTheBuildHost_areNotThere() throws IOException {
        assertThat(FileTree.files(release))
                .isNotEmpty()
                .noneMatch(file -> file.getFileName().toString().contains("cacerts"));
    }

    @Test
    void licences_everyJarOfOthers_hasATextBesideIt() throws IOException {
        int found = 0;
        for (Library library :
                Library.read(TARGET.resolve("jars"), Path.of("../NOTICE/licences.txt"))) {
            String folder = library.file().replaceFirst("\\.jar$", "");
            if (!library.isOurs()) {
                assertThat(FileTree.files(release.resolve("NOTICE").resolve(folder)))
                        .as(folder)
                        .isNotEmpty();
                found++;
            }
        }
        assertThat(found).isGreaterThan(30);
        assertThat(release.resolve("NOTICE/jdk/java.base/LICENSE")).exists();
        assertThat(release.resolve("NOTICE/jdk/java.xml/xerces.md")).exists();
        assertThat(release.resolve("NOTICE/glibc/LGPL-2.1.txt")).exists();
    }

    @Test
    void sbom_everyJar_isNamedWithItsDigestAndALicence() throws IOException {
        Map<String, JsonObject> byFile = new HashMap<>();
        JsonObject sbom = read(release.resolve("map-sovereign-" + version() + ".cdx.json"));
        for (JsonObject component : objects(sbom, "components")) {
            assertThat(component.array("licenses").orElse(JsonArray.EMPTY).size())
                    .as(component.toString())
                    .isPositive();
            for (JsonObject property : objects(component, "properties")) {
                if (property.text("name").orElse("").equals("map:file")) {
                    byFile.put(property.text("value").orElseThrow(), component);
                }
            }
        }
        for (Path jar : FileTree.files(release.resolve("lib"))) {
            String place = "lib/" + jar.getFileName();
            assertThat(byFile).containsKey(place);
            assertThat(objects(byFile.get(place), "hashes").getFirst().text("content"))
                    .as(place)
                    .contains(FileTree.sha256(jar));
        }
        JsonObject jdk = byFile.get("runtime/lib/modules");
        assertThat(
                        objects(jdk, "components").stream()
                                .map(module -> module.text("name").orElse("")))
                .containsExactlyElementsOf(Sbom.modules(release.resolve("runtime")));
        assertThat(TARGET.resolve("map-sovereign-" + version() + ".cdx.json"))
                .hasSameBinaryContentAs(
                        release.resolve("map-sovereign-" + version() + ".cdx.json"));
    }

    @Test
    void provenance_everyOtherFile_isASubject() throws IOException {
        JsonObject statement = read(TARGET.resolve("provenance.json"));
        List<String> subjects =
                objects(statement, "subject").stream()
                        .map(subject ->
                                subject.object("digest")
                                                .flatMap(digest -> digest.text("sha256"))
                                                .orElseThrow()
                                        + "  "
                                        + subject.text("name").orElseThrow())
                        .toList();
        assertThat(subjects)
                .isEqualTo(
                        Files.readAllLines(TARGET.resolve("SHA256SUMS")).stream()
                                .filter(line -> !line.endsWith("  provenance.json"))
                                .toList());
    }

    @Test
    void containerOptions_areThoseOfTheShellScript(@TempDir Path folder) throws Exception {
        // The script, with a java that only says how it was called.
        Path home = folder.resolve("home");
        FileTree.copyFile(release.resolve("bin/map"), home.resolve("bin/map"));
        Path java = home.resolve("runtime/bin/java");
        Files.createDirectories(java.getParent());
        Files.writeString(java, "#!/bin/sh\nfor word; do echo \"$word\"; done\n");
        FileTree.makeExecutable(java);
        String real = home.toRealPath().toString();
        Shell.Result called =
                Shell.run(folder, "env", "-i", home.resolve("bin/map").toString(), "serve");
        assertThat(called.status()).as(called.text()).isZero();

        List<String> words = new ArrayList<>();
        for (String line : Files.readAllLines(release.resolve("java.args"))) {
            words.addAll(List.of(line.replaceFirst("#.*", "").strip().split(" +")));
        }
        words.removeIf(String::isEmpty);
        words.add("serve");
        assertThat(called.text().lines().map(line -> line.replace(real, "/" + OciArchive.HOME)))
                .containsExactlyElementsOf(words);
    }

    @Test
    void description_upgradesFrom_isWhatTheTreeSays() throws IOException {
        JsonObject description = read(release.resolve("release.json"));

        assertThat(Files.readAllLines(Path.of("src/main/upgrades-from.txt")))
                .contains(description.text("upgrades_from").orElseThrow());
    }

    private static Set<String> modulesNeeded() {
        StringWriter out = new StringWriter();
        List<String> command =
                new ArrayList<>(List.of("--multi-release", "25", "--ignore-missing-deps", "-s"));
        command.addAll(List.of("--module-path", release.resolve("lib").toString()));
        try (Stream<Path> jars = Files.list(release.resolve("lib"))) {
            jars.map(Path::toString).sorted().forEach(command::add);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        int status =
                ToolProvider.findFirst("jdeps")
                        .orElseThrow()
                        .run(
                                new PrintWriter(out),
                                new PrintWriter(new StringWriter()),
                                command.toArray(String[]::new));
        assertThat(status).isZero();
        Set<String> needed = new TreeSet<>();
        Matcher matcher = Pattern.compile("-> ((?:java|jdk)\\.[a-z.]+)").matcher(out.toString());
        while (matcher.find()) {
            needed.add(matcher.group(1));
        }
        return needed;
    }

    private static Set<String> listed(String file) throws IOException {
        Set<String> listed = new TreeSet<>();
        for (String line : Files.readAllLines(Path.of("src/main/jlink").resolve(file))) {
            listed.add(line.replaceFirst("#.*", "").strip());
        }
        listed.remove("");
        return listed;
    }

    private static String version() throws IOException {
        return read(release.resolve("release.json")).text("version").orElseThrow();
    }

    private static List<String> names(Path sums) throws IOException {
        return Files.readAllLines(sums).stream()
                .map(line -> line.replaceFirst("^[0-9a-f]{64}  ", ""))
                .toList();
    }

    private static JsonObject read(Path file) throws IOException {
        return JsonReader.parseObject(Files.readAllBytes(file), JsonReader.Limits.DEFAULT);
    }

    private static List<JsonObject> objects(JsonObject object, String name) {
        return object.array(name).orElse(JsonArray.EMPTY).values().stream()
                .map(value -> value instanceof JsonObject entry ? entry : fail(value.toString()))
                .toList();
    }

    private static JsonObject fail(String value) {
        throw new AssertionError("no object: " + value);
    }
}
