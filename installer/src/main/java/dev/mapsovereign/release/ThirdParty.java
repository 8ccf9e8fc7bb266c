package dev.mapsovereign.release;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A library that somebody else published, as the Maven plugin of CycloneDX describes it.
 *
 * @param licences as CycloneDX writes them
 * @param publishedSha256 of the jar as it was published, before {@link StoredJar}
 */
record ThirdParty(
        String group,
        String name,
        String version,
        String purl,
        List<JsonValue> licences,
        String publishedSha256) {

    private static final JsonReader.Limits LIMITS = JsonReader.Limits.DEFAULT;

    /** Those that the file names, by the name of their jar. */
    static Map<String, ThirdParty> read(Path bom) throws IOException {
        Map<String, ThirdParty> found = new TreeMap<>();
        for (JsonObject component :
                objects(JsonReader.parseObject(Files.readAllBytes(bom), LIMITS), "components")) {
            ThirdParty library =
                    new ThirdParty(
                            text(component, "group"),
                            text(component, "name"),
                            text(component, "version"),
                            text(component, "purl"),
                            component.array("licenses").map(JsonArray::values).orElse(List.of()),
                            sha256(component));
            if (!library.group().equals(Sbom.GROUP)) {
                found.put(library.name() + "-" + library.version() + ".jar", library);
            }
        }
        return found;
    }

    /** Whether each of its licences is the Apache License 2.0, whose text every release has. */
    boolean isApache2() {
        return !licences.isEmpty()
                && licences.stream()
                        .allMatch(value ->
                                value instanceof JsonObject entry
                                        && entry.object("license")
                                                .flatMap(licence -> licence.text("id"))
                                                .filter("Apache-2.0"::equals)
                                                .isPresent());
    }

    private static String sha256(JsonObject component) throws IOException {
        for (JsonObject hash : objects(component, "hashes")) {
            if (hash.text("alg").filter("SHA-256"::equals).isPresent()) {
                return text(hash, "content");
            }
        }
        throw new IOException("no SHA-256 of " + text(component, "name"));
    }

    private static String text(JsonObject object, String name) throws IOException {
        return object.text(name)
                .orElseThrow(() -> new IOException("no " + name + " in the list of libraries"));
    }

    private static List<JsonObject> objects(JsonObject object, String name) {
        return object.array(name).map(JsonArray::values).orElse(List.of()).stream()
                .flatMap(
                        value -> value instanceof JsonObject entry ? Stream.of(entry) : Stream.of())
                .toList();
    }

    /** A licence by its SPDX identifier, as CycloneDX writes it. */
    static JsonValue licence(String spdxExpression) {
        return JsonObject.builder().put("expression", new JsonString(spdxExpression)).build();
    }
}
