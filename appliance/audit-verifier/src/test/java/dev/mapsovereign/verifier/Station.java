package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.VerifierKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An off-site station of a test: keys, state, and the program. */
final class Station {
    final String name;
    final Path keys;
    final Path state;

    private Station(String name, Path folder) {
        this.name = name;
        keys = folder.resolve(name + "-keys");
        state = folder.resolve(name + "-state");
    }

    /** A station with new keys and no memory. */
    static Station create(Path folder, String name, String... options) {
        Station station = new Station(name, folder);
        List<Object> arguments =
                new ArrayList<>(List.of("--station", name, "--keys", station.keys));
        arguments.addAll(Arrays.asList(options));
        Verifiers.Outcome made = Verifiers.command("keygen", arguments.toArray());
        assertThat(made.exit()).as(made.output()).isZero();
        return station;
    }

    /** The lines that {@code keygen --show} prints, without the fingerprints. */
    List<VerifierKey> verifierKeys() {
        Verifiers.Outcome shown = Verifiers.command("keygen", "--show", "--keys", keys);
        assertThat(shown.exit()).as(shown.output()).isZero();
        return shown.output()
                .lines()
                .filter(line -> line.startsWith(name + "/"))
                .map(VerifierKey::parse)
                .toList();
    }

    VerifierKey key(String role) {
        return verifierKeys().stream()
                .filter(key -> key.name().equals(name + "/" + role))
                .findFirst()
                .orElseThrow();
    }

    /** A visit; the first one begins the state. */
    Verifiers.Outcome visit(Path medium, Path trust, Object... options) {
        List<Object> arguments =
                new ArrayList<>(
                        List.of(medium, "--trust", trust, "--state", state, "--keys", keys));
        if (!Files.exists(state.resolve("state.json"))) {
            arguments.add("--init-state");
        }
        arguments.addAll(Arrays.asList(options));
        return Verifiers.command("witness", arguments.toArray());
    }

    /** Where a receipt is on a medium. */
    Path receipt(Path nodeFolder, long number, String tenant) {
        return nodeFolder
                .resolve("receipts")
                .resolve(name)
                .resolve(Long.toString(number))
                .resolve(tenant);
    }

    static SignedNote note(Path file) {
        return SignedNote.parse(MediumFiles.read(file));
    }
}
