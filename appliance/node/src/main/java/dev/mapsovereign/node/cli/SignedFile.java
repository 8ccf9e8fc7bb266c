package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the file of a delegation or treaty, as the person at the terminal may read it. */
final class SignedFile {
    private SignedFile() {}

    /**
     * The bytes, at most {@link dev.mapsovereign.engine.Limits#AGREEMENT_BYTES_MAX}.
     *
     * @throws OperatorException if it is no file, too large, or cannot be read
     */
    static byte[] read(Path file) {
        int max = dev.mapsovereign.engine.Limits.AGREEMENT_BYTES_MAX;
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new OperatorException(ExitCode.USAGE, file + " is no file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(max + 1);
            if (bytes.length > max) {
                throw new OperatorException(
                        ExitCode.USAGE, file + " has more than " + max + " bytes");
            }
            return bytes;
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "couldn't read " + file + ": " + IoReason.of(e), e);
        }
    }

    /** The same as text, to be sent to the node. */
    static String text(Path file) {
        return new String(read(file), StandardCharsets.UTF_8);
    }
}
