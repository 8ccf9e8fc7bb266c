package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What tests of backups do to a site; they go to its folder {@code stick}, which must exist. */
final class Backups {
    private Backups() {}

    /** Names have seconds in them: one that is there already is tried again. */
    static Path backup(Site site, String... options) throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("backup", "--to", site.path("stick")));
        arguments.addAll(List.of(options));
        for (int tries = 0; tries < 50; tries++) {
            Site.Ended dry = site.end(with(arguments.toArray(String[]::new), "--dry-run"));
            String name = dry.said().lines().findFirst().orElseThrow().split(" +")[1];
            if (dry.status() == 0 && !Files.exists(Path.of(name))) {
                return Path.of(
                        site.run(arguments.toArray(String[]::new)).text("backup").orElseThrow());
            }
            Thread.sleep(100);
        }
        throw new AssertionError("no backup in five seconds");
    }

    /** All but the configuration. */
    static void lose(Site site) throws IOException {
        Path lost = Files.createDirectories(Path.of(site.path("lost")));
        for (String name : List.of("var", "etc/keys", "etc/identity", "etc/tls")) {
            Files.move(Path.of(site.path(name)), lost.resolve(name.replace('/', '-')));
        }
    }

    /** Keys, authority, identities, registry: what does not change while nothing runs. */
    static Map<String, String> contents(Site site) throws IOException {
        Map<String, String> found = new TreeMap<>();
        for (String name :
                List.of("etc/keys", "etc/identity", "etc/tls", "var/ca", "var/registry")) {
            Path top = Path.of(site.path(name));
            for (Path file : files(top)) {
                if (!file.getFileName().toString().startsWith("lock")) {
                    found.put(
                            name + "/" + top.relativize(file),
                            Arrays.toString(Files.readAllBytes(file))
                                    + PosixFilePermissions.toString(
                                            Files.getPosixFilePermissions(file)));
                }
            }
        }
        assertThat(found).hasSizeGreaterThan(20);
        return found;
    }

    static List<Path> files(Path top) throws IOException {
        try (Stream<Path> all = Files.walk(top)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    static String[] with(String[] arguments, String more) {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.add(more);
        return all.toArray(String[]::new);
    }
}
