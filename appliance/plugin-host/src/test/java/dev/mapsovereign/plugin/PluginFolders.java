package dev.mapsovereign.plugin;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.NoteSigners;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Makes plugin folders from the guests of the test resources and from the sample plugin. */
final class PluginFolders {
    static final Ed25519 ED25519 = Ed25519.jdk();
    static final NoteSigner SUPPLIER = NoteSigners.ed25519("supplier.example", seed(1), ED25519);
    static final NoteSigner STRANGER = NoteSigners.ed25519("stranger.example", seed(2), ED25519);
    static final Path SAMPLE = Path.of("src/main/sample/echo");

    private PluginFolders() {}

    static byte[] seed(int fill) {
        byte[] seed = new byte[32];
        java.util.Arrays.fill(seed, (byte) fill);
        return seed;
    }

    static PluginTrust trust() {
        return new PluginTrust(
                List.of(
                        new PluginTrust.TrustedKey(
                                SUPPLIER.key(),
                                List.of("echo", "test-*"),
                                List.of("ECHO", "TEST", "OTHER"))),
                Set.of("MAX", "MIM"));
    }

    /** The sample plugin's folder without its signature. */
    static Path echo(Path parent) throws IOException {
        Path folder = Files.createDirectories(parent.resolve("echo"));
        for (String name :
                List.of("plugin.toml", "echo.wasm", "echo.request.json", "echo.response.json")) {
            Files.copy(SAMPLE.resolve(name), folder.resolve(name));
        }
        return folder;
    }

    /** A folder round one of the hostile or helpful guests. */
    static Path guest(Path parent, String guest, String abi, String limits) throws IOException {
        Path folder = Files.createDirectories(parent.resolve("test-" + guest));
        try (InputStream wasm =
                Objects.requireNonNull(
                        PluginFolders.class.getResourceAsStream("/guests/" + guest + ".wasm"))) {
            Files.write(folder.resolve("guest.wasm"), wasm.readAllBytes());
        }
        Files.writeString(folder.resolve("any.json"), "{\"type\":\"object\"}");
        Files.writeString(
                folder.resolve("plugin.toml"),
                """
                [plugin]
                name = "test-%s"
                version = "1.0.0"
                plugin_type = "Protocol"
                protocol = "TEST"
                [plugin.binary]
                source_type = "wasm"
                path = "guest.wasm"
                abi = "%s"
                [plugin.operations.go]
                request = "any.json"
                response = "any.json"
                [plugin.limits]
                %s
                """
                        .formatted(guest, abi, limits));
        return folder;
    }

    static void replace(Path file, String from, String to) throws IOException {
        String text = Files.readString(file);
        if (!text.contains(from)) {
            throw new IllegalArgumentException(file + " does not hold " + from);
        }
        Files.writeString(file, text.replace(from, to));
    }
}
