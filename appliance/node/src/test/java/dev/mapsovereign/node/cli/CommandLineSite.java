package dev.mapsovereign.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A site whose node does not run, as its operator sees it: verbs and what they answer. */
final class CommandLineSite {
    private final Path folder;

    /** What a verb said. */
    record Ended(int status, String out, String err) {
        /** The result of a verb that must have done its work. */
        JsonObject facts() {
            assertThat(status).as(err).isZero();
            return json();
        }

        /** The result, whatever the verb ended with. */
        JsonObject json() {
            return JsonReader.parseObject(
                    out.getBytes(StandardCharsets.UTF_8), JsonReader.Limits.DEFAULT);
        }
    }

    private CommandLineSite(Path folder) {
        this.folder = folder;
    }

    /** A configuration in that folder, and nothing else yet. */
    static CommandLineSite in(Path folder) throws IOException {
        for (String name : List.of("etc", "var", "run")) {
            Files.createDirectories(folder.resolve(name));
        }
        Files.writeString(
                folder.resolve("etc/map.toml"),
                """
                [node]
                name = "site"
                data = "%1$s/var"
                run = "%1$s/run"
                keys = "%1$s/etc/keys"
                [gateway]
                bind = "127.0.0.1:1"
                plain_http_on_loopback = true
                [database]
                url = "h2:%1$s/var/db/map"
                """
                        .formatted(folder));
        return new CommandLineSite(folder);
    }

    /** One verb, with its result as JSON. */
    Ended run(String... verb) {
        List<String> arguments = new ArrayList<>(List.of(verb));
        arguments.addAll(List.of("--output", "json"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status =
                Commands.run(
                        arguments.toArray(String[]::new),
                        Map.of(
                                "HOME", folder.toString(),
                                "MAP_CONFIG", folder.resolve("etc/map.toml").toString()),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Ended(
                status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
