package dev.mapsovereign.release;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The release as a container image (OCI image-spec 1.1: image layout in a tar archive), made
 * without a container engine: one layer of the release's own files and the C library, no shell, no
 * distribution. {@code Dockerfile.sovereign} makes the same root file system from an unpacked
 * release; what one says, the other must.
 */
final class OciArchive {
    /** Where the release lies in the image. */
    static final String HOME = "opt/map-sovereign";

    /** User and group, as distributions without a shell number theirs; no name is looked up. */
    static final int USER = 65532;

    /** Parts of a release that mean something in an image; the others are for hosts. */
    static final List<String> PARTS =
            List.of(
                    "LICENSE",
                    "NOTICE",
                    "conf",
                    "java.args",
                    "lib",
                    "release.json",
                    "runtime",
                    "sql");

    /** Belong to the user: configuration, state, control socket, Java's scratch files. */
    static final List<String> WRITABLE = List.of("etc/map", "run/map", "tmp", "var/lib/map");

    private static final String LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
    private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String INDEX = "application/vnd.oci.image.index.v1+json";

    private final Source source;
    private final Map<String, byte[]> blobs = new TreeMap<>();

    private OciArchive(Source source) {
        this.source = source;
    }

    /**
     * Writes the archive.
     *
     * @param release the unpacked release, whose {@code oci/root} is the rest of the file system
     */
    static void write(Path release, Source source, Path archive) throws IOException {
        new OciArchive(source).write(release, archive);
    }

    private void write(Path release, Path archive) throws IOException {
        Path compressed = Files.createTempFile(archive.getParent(), "layer", ".tar.gz");
        try {
            String diffId = writeLayer(release, compressed);
            JsonObject layer = blob(LAYER, Files.readAllBytes(compressed));
            JsonObject config = blob(CONFIG, CanonicalJson.encode(config(diffId)));
            JsonObject manifest =
                    blob(
                            MANIFEST,
                            CanonicalJson.encode(
                                    JsonObject.builder()
                                            .put("schemaVersion", 2)
                                            .put("mediaType", MANIFEST)
                                            .put("config", config)
                                            .put("layers", JsonArray.of(layer))
                                            .put("annotations", labels())
                                            .build()));
            writeLayout(index(manifest), archive);
        } finally {
            Files.delete(compressed);
        }
    }

    /** Answers the digest of the layer as it is before compression. */
    private String writeLayer(Path release, Path compressed) throws IOException {
        MessageDigest digest = sha256();
        try (OutputStream zip = new BufferedOutputStream(Archives.gzip(compressed));
                TarWriter tar = new TarWriter(new DigestOutputStream(zip, digest), source.time())) {
            Path root = release.resolve("oci/root");
            tar.tree(root, "");
            tar.folder("opt", 0755, 0);
            tar.folder(HOME, 0755, 0);
            for (String part : PARTS) {
                tar.tree(release.resolve(part), HOME + "/" + part);
            }
            for (String folder : WRITABLE) {
                tar.folder(folder, 0755, USER);
            }
        }
        return "sha256:" + Hex.encode(digest.digest());
    }

    private JsonObject config(String diffId) {
        return JsonObject.builder()
                .put("created", source.time().toString())
                .put("architecture", "amd64")
                .put("os", "linux")
                .put(
                        "config",
                        JsonObject.builder()
                                .put("User", USER + ":" + USER)
                                .put("Env", JsonArray.ofStrings(List.of("HOME=/var/lib/map")))
                                .put(
                                        "Entrypoint",
                                        JsonArray.ofStrings(
                                                List.of(
                                                        "/" + HOME + "/runtime/bin/java",
                                                        "@/" + HOME + "/java.args")))
                                .put("Cmd", JsonArray.ofStrings(List.of("serve")))
                                .put("WorkingDir", "/var/lib/map")
                                .put("StopSignal", "SIGTERM")
                                .put(
                                        "Volumes",
                                        JsonObject.builder()
                                                .put("/etc/map", JsonObject.EMPTY)
                                                .put("/var/lib/map", JsonObject.EMPTY)
                                                .build())
                                .put("Labels", labels())
                                .build())
                .put(
                        "rootfs",
                        JsonObject.builder()
                                .put("type", "layers")
                                .put("diff_ids", JsonArray.ofStrings(List.of(diffId)))
                                .build())
                .put(
                        "history",
                        JsonArray.of(
                                JsonObject.builder()
                                        .put("created", source.time().toString())
                                        .put("created_by", "map-sovereign release")
                                        .build()))
                .build();
    }

    private JsonObject labels() {
        return JsonObject.builder()
                .put("org.opencontainers.image.title", "MAP Sovereign")
                .put("org.opencontainers.image.version", source.version())
                .put("org.opencontainers.image.created", source.time().toString())
                .put("org.opencontainers.image.licenses", "Apache-2.0")
                .putIfPresent("org.opencontainers.image.revision", source.commit())
                .build();
    }

    private JsonObject index(JsonObject manifest) {
        String name = "localhost/map-sovereign:" + source.version();
        return JsonObject.builder()
                .put("schemaVersion", 2)
                .put("mediaType", INDEX)
                .put(
                        "manifests",
                        JsonArray.of(
                                manifest.toBuilder()
                                        .put(
                                                "platform",
                                                JsonObject.builder()
                                                        .put("architecture", "amd64")
                                                        .put("os", "linux")
                                                        .build())
                                        .put(
                                                "annotations",
                                                JsonObject.builder()
                                                        .put(
                                                                "org.opencontainers.image.ref.name",
                                                                name)
                                                        .build())
                                        .build()))
                .build();
    }

    private void writeLayout(JsonObject index, Path archive) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(archive));
                TarWriter tar = new TarWriter(out, source.time())) {
            tar.folder("blobs", 0755, 0);
            tar.folder("blobs/sha256", 0755, 0);
            for (Map.Entry<String, byte[]> blob : blobs.entrySet()) {
                tar.file("blobs/sha256/" + blob.getKey(), 0644, blob.getValue());
            }
            tar.file("index.json", 0644, CanonicalJson.encode(index));
            tar.file(
                    "oci-layout",
                    0644,
                    "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Keeps the bytes under their digest, and answers the descriptor that names them. */
    private JsonObject blob(String mediaType, byte[] content) {
        String digest = Hex.encode(Sha256.hash(content));
        blobs.put(digest, content);
        return JsonObject.builder()
                .put("mediaType", mediaType)
                .put("digest", "sha256:" + digest)
                .put("size", content.length)
                .build();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
