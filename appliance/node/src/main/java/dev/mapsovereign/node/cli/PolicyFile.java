package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the text of a policy; the node may not be able to read the operator's files. */
final class PolicyFile {
    /** Four bytes for each character that a policy may have. */
    private static final int BYTES_MAX = 256 << 10;

    private PolicyFile() {}

    static String read(Path file) {
        try {
            if (Files.size(file) > BYTES_MAX) {
                throw new OperatorException(
                        ExitCode.USAGE, file + " is too long for a policy: see its size");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new OperatorException(ExitCode.FAILED, file + " is not UTF-8", e);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "couldn't read " + file + ": " + IoReason.of(e), e);
        }
    }
}
