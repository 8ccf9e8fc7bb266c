package dev.mapsovereign.verifier;

import dev.mapsovereign.base.note.VerifierKey;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Set;

/** {@code map-verify keygen}: the keys of an off-site station. */
final class KeygenCommand {
    /** What {@code --help} prints. */
    static final String HELP =
            """
            map-verify keygen: make the keys of an off-site station, or show them again

            usage: map-verify keygen --station NAME --keys DIR [--ml-dsa-44]
                   map-verify keygen --show --keys DIR

              --station NAME  [a-z0-9][a-z0-9.-]{0,40}; the keys are NAME/witness and NAME/mirror
              --keys DIR      where the private keys go (mode 0600), or are
              --ml-dsa-44     a second pair that withstands quantum computers
              --show          makes nothing, prints the public halves of the keys that are there

            Prints each verifier key on a line, as 'map audit enrol-station' takes it; on standard
            error the fingerprint of each, to be compared on paper: the SHA-256 of the line.

            exit status: 0 done, 2 the command line is wrong, 3 the folder cannot be used.

            example:
              map-verify keygen --station vault-1 --keys station-keys
            """;

    private KeygenCommand() {}

    static void run(List<String> arguments, PrintStream out, PrintStream err, Clock clock) {
        Arguments given =
                Arguments.parse(
                        "keygen",
                        arguments,
                        Set.of("--station", "--keys"),
                        Set.of("--ml-dsa-44", "--show"));
        given.requireNoRest();
        Path folder = Path.of(given.required("--keys", "DIR"));
        StationKeys keys =
                given.has("--show")
                        ? StationKeys.read(folder, clock)
                        : StationKeys.generate(
                                given.required("--station", "NAME"),
                                folder,
                                given.has("--ml-dsa-44"),
                                clock);
        for (VerifierKey key : keys.verifierKeys()) {
            out.println(key.vkey());
            err.println(key.fingerprint() + "  " + key.name());
        }
    }
}
