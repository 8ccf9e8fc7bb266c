package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A text that the person at the terminal names and the node gets as it stands: the node may not be
 * able to read that person's files.
 */
final class OperatorFile {
    private OperatorFile() {}

    /**
     * The text of that file.
     *
     * @throws OperatorException if it is no file, has more than so many bytes, is not UTF-8, or
     *     cannot be read
     */
    static String text(Path file, int bytesMax) {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new OperatorException(ExitCode.USAGE, file + " is no file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(bytesMax + 1);
            if (bytes.length > bytesMax) {
                throw new OperatorException(
                        ExitCode.USAGE, file + " has more than " + bytesMax + " bytes");
            }
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new OperatorException(ExitCode.USAGE, file + " is not UTF-8", e);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "couldn't read " + file + ": " + IoReason.of(e), e);
        }
    }
}
