package dev.mapsovereign.protocols.schema;

import dev.mapsovereign.engine.module.OperationSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;

/** Reads the schemas of the native protocols: one request and one response file an operation. */
public final class SchemaFiles {
    private static final String FOLDER = "/dev/mapsovereign/protocols/schemas/";

    private SchemaFiles() {}

    /**
     * The operations of {@code protocol}, version {@code v1}, in the order named.
     *
     * @throws IllegalStateException if a file is missing: the build is broken then
     */
    public static List<OperationSpec> operations(String protocol, String... names) {
        String folder = FOLDER + protocol.toLowerCase(Locale.ROOT) + "/v1/operations.";
        return List.of(names).stream()
                .map(name ->
                        OperationSpec.read(
                                name,
                                bytes(folder + name + ".request.json"),
                                bytes(folder + name + ".response.json")))
                .toList();
    }

    private static byte[] bytes(String resource) {
        try (InputStream in = SchemaFiles.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("no schema " + resource);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("couldn't read schema " + resource, e);
        }
    }
}
