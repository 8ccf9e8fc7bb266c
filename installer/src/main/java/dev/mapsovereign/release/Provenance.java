package dev.mapsovereign.release;

import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Properties;

/**
 * From what, and by what, a release was made: an in-toto statement (v1) with the predicate of SLSA
 * provenance (v1). It names nothing that differs between two builds of one commit by the same JDK
 * build and C library: no host, no user, no path, no time of the build.
 */
final class Provenance {
    private Provenance() {}

    /**
     * The statement.
     *
     * @param files what it is about: every other file of the release
     * @param libraries whose jars it holds
     */
    static byte[] statement(
            Source source,
            List<Path> files,
            Collection<Library> libraries,
            Path jdk,
            HostLibraries libc)
            throws IOException {
        List<JsonValue> subjects = new ArrayList<>();
        for (Path file : files) {
            subjects.add(
                    JsonObject.builder()
                            .put("name", file.getFileName().toString())
                            .put("digest", digest("sha256", FileTree.sha256(file)))
                            .build());
        }
        return CanonicalJson.encode(
                JsonObject.builder()
                        .put("_type", "https://in-toto.io/Statement/v1")
                        .put("subject", new JsonArray(subjects))
                        .put("predicateType", "https://slsa.dev/provenance/v1")
                        .put(
                                "predicate",
                                JsonObject.builder()
                                        .put(
                                                "buildDefinition",
                                                definition(source, libraries, jdk, libc))
                                        .put("runDetails", runDetails())
                                        .build())
                        .build());
    }

    private static JsonObject definition(
            Source source, Collection<Library> libraries, Path jdk, HostLibraries libc)
            throws IOException {
        List<JsonValue> inputs = new ArrayList<>();
        source.commit()
                .ifPresent(commit ->
                        inputs.add(
                                JsonObject.builder()
                                        .put("name", "source")
                                        .put("digest", digest("gitCommit", commit))
                                        .build()));
        for (Library library : libraries) {
            if (library.isOurs()) {
                continue;
            }
            inputs.add(
                    JsonObject.builder()
                            .put("uri", library.purl())
                            .put("digest", digest("sha256", library.publishedSha256()))
                            .build());
        }
        return JsonObject.builder()
                .put("buildType", "urn:map:build:maven-package/v1")
                .put(
                        "externalParameters",
                        JsonObject.builder()
                                .put("version", source.version())
                                .put("SOURCE_DATE_EPOCH", source.counter())
                                .put("modified", source.modified())
                                .build())
                .put("internalParameters", tools(jdk, libc))
                .put("resolvedDependencies", new JsonArray(inputs))
                .build();
    }

    private static JsonObject tools(Path jdk, HostLibraries libc) throws IOException {
        Properties release = Sbom.jdkRelease(jdk);
        List<JsonValue> packages = new ArrayList<>();
        for (HostLibraries.Origin from : libc.packages()) {
            packages.add(
                    JsonObject.builder()
                            .put("name", from.name())
                            .put("version", from.version())
                            .build());
        }
        return JsonObject.builder()
                .put(
                        "jdk",
                        JsonObject.builder()
                                .put(
                                        "version",
                                        Sbom.unquoted(
                                                release, "FULL_VERSION", "JAVA_RUNTIME_VERSION"))
                                .put("implementor", Sbom.unquoted(release, "IMPLEMENTOR"))
                                .put("source", Sbom.unquoted(release, "SOURCE"))
                                .put("modules_sha256", FileTree.sha256(jdk.resolve("lib/modules")))
                                .build())
                .put("libc", libc.name())
                .put("libc_packages", new JsonArray(packages))
                .build();
    }

    private static JsonObject runDetails() {
        return JsonObject.builder()
                .put(
                        "builder",
                        JsonObject.builder()
                                .put("id", "urn:map:builder:release-key-holder")
                                .build())
                .build();
    }

    private static JsonObject digest(String algorithm, String value) {
        return JsonObject.builder().put(algorithm, value).build();
    }
}
