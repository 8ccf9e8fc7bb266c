package dev.mapsovereign.plugin;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.note.NoteSigner;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * One plugin's folder, read once into memory: the bytes that are hashed are the bytes that are
 * compiled, so a file that changes between the two changes nothing.
 */
final class PluginFolder {
    private final Path folder;
    private final SortedMap<String, byte[]> files;
    private final Optional<byte[]> signature;

    private PluginFolder(Path folder, SortedMap<String, byte[]> files, Optional<byte[]> signature) {
        this.folder = folder;
        this.files = files;
        this.signature = signature;
    }

    /**
     * Reads all files below {@code folder}.
     *
     * @throws PluginRefusedException for links, special files, too many or too large ones
     */
    static PluginFolder read(Path folder) throws PluginRefusedException {
        // Bytewise order of the UTF-8 names; names are restricted to ASCII by the pattern below.
        TreeMap<String, byte[]> files = new TreeMap<>(Comparator.naturalOrder());
        try (Stream<Path> walk = Files.walk(folder, 4)) {
            List<Path> found = walk.limit(Limits.FILES_MAX + 1L).toList();
            if (found.size() > Limits.FILES_MAX) {
                throw new PluginRefusedException("more than " + Limits.FILES_MAX + " files");
            }
            for (Path path : found) {
                if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                    files.put(name(folder, path), bytes(path));
                }
            }
        } catch (IOException e) {
            throw new PluginRefusedException("cannot be read: " + e.getMessage(), e);
        }
        Optional<byte[]> signature = Optional.ofNullable(files.remove(PluginSignature.FILE));
        return new PluginFolder(folder, files, signature);
    }

    private static String name(Path folder, Path path) throws PluginRefusedException {
        String name = folder.relativize(path).toString();
        if (!name.matches("[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")) {
            throw new PluginRefusedException(
                    "file name '" + name + "' has characters that are not allowed");
        }
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new PluginRefusedException(name + " is not a plain file");
        }
        return name;
    }

    private static byte[] bytes(Path path) throws IOException, PluginRefusedException {
        try (InputStream in = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = in.readNBytes((int) Limits.FILE_BYTES_MAX + 1);
            if (bytes.length > Limits.FILE_BYTES_MAX) {
                throw new PluginRefusedException(
                        path.getFileName() + " is larger than " + Limits.FILE_BYTES_MAX + " bytes");
            }
            return bytes;
        }
    }

    /** Digest over names and contents; changes when anything in the folder does. */
    String fingerprint() {
        var digest = Sha256.digest();
        files.forEach((name, bytes) -> {
            digest.update(Sha256.hash(name.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
            digest.update(Sha256.hash(bytes));
        });
        signature.ifPresent(bytes -> digest.update(Sha256.hash(bytes)));
        return Hex.encode(digest.digest());
    }

    PluginManifest manifest() throws PluginRefusedException {
        byte[] toml = files.get(PluginSignature.MANIFEST);
        if (toml == null) {
            throw new PluginRefusedException("no " + PluginSignature.MANIFEST);
        }
        return PluginManifest.parse(toml);
    }

    byte[] sign(NoteSigner signer) throws PluginRefusedException {
        PluginManifest manifest = manifest();
        load(manifest, signer.key().name());
        return PluginSignature.sign(manifest, files, signer);
    }

    /**
     * Verifies and compiles; without a signature only where {@code signaturesRequired} is false.
     */
    LoadedPlugin load(PluginTrust trust, boolean signaturesRequired, Ed25519 ed25519)
            throws PluginRefusedException {
        PluginManifest manifest = manifest();
        if (signature.isEmpty()) {
            if (signaturesRequired) {
                throw new PluginRefusedException(
                        "no " + PluginSignature.FILE + ": unsigned plugins do not run");
            }
            if (trust.nativeProtocols().contains(manifest.protocol())) {
                throw new PluginRefusedException(
                        manifest.protocol() + " is a native protocol; no plugin can answer for it");
            }
            return load(manifest, "unsigned");
        }
        PluginTrust.TrustedKey signer =
                PluginSignature.check(signature.get(), manifest, files, trust, ed25519);
        return load(manifest, signer.key().name());
    }

    private LoadedPlugin load(PluginManifest manifest, String signer)
            throws PluginRefusedException {
        byte[] wasm = file(manifest.binary());
        Map<String, LoadedPlugin.Schemas> schemas = new LinkedHashMap<>();
        for (Map.Entry<String, PluginManifest.Operation> operation :
                manifest.operations().entrySet()) {
            schemas.put(
                    operation.getKey(),
                    new LoadedPlugin.Schemas(
                            schema(operation.getValue().request()),
                            schema(operation.getValue().response())));
        }
        return new LoadedPlugin(
                manifest,
                Guest.compile(wasm, manifest),
                schemas,
                signer,
                Hex.encode(Sha256.hash(wasm)));
    }

    private JsonObject schema(String name) throws PluginRefusedException {
        try {
            return JsonReader.parseObject(file(name), JsonReader.Limits.DEFAULT);
        } catch (JsonException e) {
            throw new PluginRefusedException(name + " is not JSON: " + e.getMessage(), e);
        }
    }

    private byte[] file(String name) throws PluginRefusedException {
        byte[] bytes = files.get(name);
        if (bytes == null) {
            throw new PluginRefusedException(
                    PluginSignature.MANIFEST
                            + " names "
                            + name
                            + ", which is not in "
                            + folder.getFileName());
        }
        return bytes;
    }
}
