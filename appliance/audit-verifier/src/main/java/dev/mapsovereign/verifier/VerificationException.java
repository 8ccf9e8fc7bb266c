package dev.mapsovereign.verifier;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.identity.TenantId;
import java.io.Serial;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** Ends a verification; nothing behind it was looked at. */
final class VerificationException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    private final transient Finding finding;

    private VerificationException(Finding finding) {
        super(finding.text());
        this.finding = finding;
    }

    /** Tampering, or damage that looks the same. */
    static VerificationException refused(Path file, String message) {
        return of(ExitCode.TAMPERING, file, message);
    }

    /** As {@link #refused(Path, String)}, with the first record concerned. */
    static VerificationException refused(Path file, TenantId log, long index, String message) {
        return new VerificationException(
                new Finding(
                        ExitCode.TAMPERING,
                        file,
                        Optional.of(log),
                        OptionalLong.of(index),
                        message,
                        false));
    }

    /** As {@link #refused(Path, TenantId, long, String)}: two signed histories of one log. */
    static VerificationException forked(Path file, TenantId log, long index, String message) {
        return new VerificationException(
                new Finding(
                        ExitCode.TAMPERING,
                        file,
                        Optional.of(log),
                        OptionalLong.of(index),
                        message,
                        true));
    }

    /** Nobody whom the trust file names stands behind this. */
    static VerificationException unauthenticated(Path file, String message) {
        return of(ExitCode.FAILED, file, message);
    }

    /** This user, or this machine, cannot read what is to be verified. */
    static VerificationException environment(Path file, String message) {
        return of(ExitCode.ENVIRONMENT, file, message);
    }

    private static VerificationException of(ExitCode exit, Path file, String message) {
        return new VerificationException(
                new Finding(exit, file, Optional.empty(), OptionalLong.empty(), message, false));
    }

    /** What was found. */
    Finding finding() {
        return finding;
    }
}
