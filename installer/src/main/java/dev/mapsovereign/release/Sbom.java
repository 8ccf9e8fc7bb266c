package dev.mapsovereign.release;

import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.UUID;

/**
 * What a release is made of, as CycloneDX 1.6: each jar, each JDK module, the C library; with
 * licence and the digest of the file as it lies in the release. The digest under which a jar was
 * published is a property, since jars are stored anew (docs/decisions/0003).
 */
final class Sbom {
    private static final String JDK_LICENCE = "GPL-2.0-only WITH Classpath-exception-2.0";
    private static final String GLIBC_LICENCE = "LGPL-2.1-or-later";

    private final Source source;
    private final List<JsonValue> components = new ArrayList<>();

    Sbom(Source source) {
        this.source = source;
    }

    /**
     * Adds a library.
     *
     * @param stored its jar in the release
     * @param place where that lies
     */
    void jar(Library library, Path stored, String place) throws IOException {
        List<JsonValue> properties = new ArrayList<>(List.of(property("map:file", place)));
        if (!library.isOurs()) {
            properties.add(property("map:published-sha256", library.publishedSha256()));
        }
        components.add(
                JsonObject.builder()
                        .put("type", "library")
                        .put("bom-ref", library.purl())
                        .put("purl", library.purl())
                        .put("group", library.group())
                        .put("name", library.name())
                        .put("version", library.version())
                        .put("licenses", licence(library.licence()))
                        .put("hashes", hashes(stored))
                        .put("properties", new JsonArray(properties))
                        .build());
    }

    /** Adds the run-time image: its modules lie in one file, whose digest stands for all. */
    void runtime(Path runtime, Path jdk) throws IOException {
        Properties release = jdkRelease(jdk);
        String version = unquoted(release, "FULL_VERSION", "JAVA_RUNTIME_VERSION");
        List<JsonValue> modules = new ArrayList<>();
        for (String module : modules(runtime)) {
            modules.add(
                    JsonObject.builder()
                            .put("type", "library")
                            .put("bom-ref", "jdk/" + module)
                            .put("name", module)
                            .put("version", version)
                            .put("licenses", licence(JDK_LICENCE))
                            .build());
        }
        components.add(
                JsonObject.builder()
                        .put("type", "platform")
                        .put("bom-ref", "jdk")
                        .put("name", "OpenJDK")
                        .put("version", version)
                        .put(
                                "supplier",
                                JsonObject.builder()
                                        .put("name", unquoted(release, "IMPLEMENTOR"))
                                        .build())
                        .put("licenses", licence(JDK_LICENCE))
                        .put("hashes", hashes(runtime.resolve("lib/modules")))
                        .put(
                                "properties",
                                JsonArray.of(property("map:file", "runtime/lib/modules")))
                        .put("components", new JsonArray(modules))
                        .build());
    }

    /** Adds the C library that the container image has. */
    void libraries(HostLibraries libraries, Path copies, String place) throws IOException {
        List<JsonValue> files = new ArrayList<>();
        for (Path file : libraries.files()) {
            String name = file.toString().substring(1);
            files.add(
                    JsonObject.builder()
                            .put("type", "file")
                            .put("bom-ref", "glibc/" + name)
                            .put("name", place + "/" + name)
                            .put("hashes", hashes(copies.resolve(name)))
                            .put("licenses", licence(GLIBC_LICENCE))
                            .build());
        }
        List<JsonValue> properties = new ArrayList<>();
        for (HostLibraries.Origin from : libraries.packages()) {
            properties.add(property("map:package", from.name() + " " + from.version()));
        }
        String[] name = libraries.name().split(" ", 2);
        components.add(
                JsonObject.builder()
                        .put("type", "library")
                        .put("bom-ref", "glibc")
                        .put("name", name[0])
                        .put("version", name.length > 1 ? name[1] : "")
                        .put("licenses", licence(GLIBC_LICENCE))
                        .put("properties", new JsonArray(properties))
                        .put("components", new JsonArray(files))
                        .build());
    }

    /** The document; the same bytes for the same release. */
    byte[] document() {
        JsonArray parts = new JsonArray(components);
        UUID serial =
                UUID.nameUUIDFromBytes(CanonicalJson.text(parts).getBytes(StandardCharsets.UTF_8));
        return CanonicalJson.encode(
                JsonObject.builder()
                        .put("bomFormat", "CycloneDX")
                        .put("specVersion", "1.6")
                        .put("serialNumber", "urn:uuid:" + serial)
                        .put("version", 1)
                        .put(
                                "metadata",
                                JsonObject.builder()
                                        .put("timestamp", source.time().toString())
                                        .put(
                                                "component",
                                                JsonObject.builder()
                                                        .put("type", "application")
                                                        .put("bom-ref", "map-sovereign")
                                                        .put("name", "map-sovereign")
                                                        .put("version", source.version())
                                                        .put("licenses", licence(Library.APACHE_2))
                                                        .build())
                                        .build())
                        .put("components", parts)
                        .build());
    }

    /** What the JDK says about itself: version, vendor, C library. */
    static Properties jdkRelease(Path jdk) throws IOException {
        Properties release = new Properties();
        try (var reader = Files.newBufferedReader(jdk.resolve("release"))) {
            release.load(reader);
        }
        return release;
    }

    /** The first of these that it says. */
    static String unquoted(Properties release, String... names) {
        return Arrays.stream(names)
                .map(name -> release.getProperty(name, ""))
                .filter(value -> !value.isEmpty())
                .findFirst()
                .orElse("unknown")
                .replace("\"", "");
    }

    /** The modules of an image, in the order of their names. */
    static List<String> modules(Path runtime) throws IOException {
        return Arrays.stream(unquoted(jdkRelease(runtime), "MODULES").split(" ")).sorted().toList();
    }

    private static JsonArray licence(String expression) {
        return JsonArray.of(JsonObject.builder().put("expression", expression).build());
    }

    private static JsonArray hashes(Path file) throws IOException {
        return JsonArray.of(
                JsonObject.builder()
                        .put("alg", "SHA-256")
                        .put("content", FileTree.sha256(file))
                        .build());
    }

    private static JsonObject property(String name, String value) {
        return JsonObject.builder().put("name", name).put("value", value).build();
    }
}
