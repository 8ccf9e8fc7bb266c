package dev.mapsovereign.verifier;

import dev.mapsovereign.base.age.AgeIdentity;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The age identities in a file that somebody named. */
final class Identities {
    private Identities() {}

    /**
     * None without a file.
     *
     * @throws OperatorException environment, if it cannot be read or is none
     */
    static List<AgeIdentity> read(Optional<Path> file) {
        if (file.isEmpty()) {
            return List.of();
        }
        try {
            return AgeIdentity.readFile(file.get());
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "cannot read the identity file " + file.get() + ": " + IoReason.of(e),
                    e);
        }
    }
}
