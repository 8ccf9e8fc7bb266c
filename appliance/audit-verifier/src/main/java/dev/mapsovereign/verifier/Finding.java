package dev.mapsovereign.verifier;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.identity.TenantId;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The first thing that did not hold; the verification ended there.
 *
 * @param exit 1 unauthenticated, 3 environment, 4 tampering or a failed check
 * @param file where it was found
 * @param log whose records are concerned, if it is about records
 * @param index the first record that is bad, or may be
 * @param message what does not hold
 * @param forked whether two histories of one log are both signed: evidence, to be kept
 */
record Finding(
        ExitCode exit,
        Path file,
        Optional<TenantId> log,
        OptionalLong index,
        String message,
        boolean forked) {
    /** The word for scripts. */
    String verdict() {
        return switch (exit) {
            case DONE -> "verified";
            case FAILED -> "unauthenticated";
            case USAGE, ENVIRONMENT -> "not_verified";
            case TAMPERING -> "refused";
        };
    }

    /** One line for people. */
    String text() {
        StringBuilder text = new StringBuilder(file.toString());
        log.ifPresent(tenant -> text.append(": log ").append(tenant));
        index.ifPresent(number -> text.append(", record ").append(number));
        return text.append(": ").append(message).toString();
    }
}
