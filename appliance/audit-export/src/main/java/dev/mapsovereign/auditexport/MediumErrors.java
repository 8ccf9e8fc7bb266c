package dev.mapsovereign.auditexport;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** What a failed medium means, in words for whoever stands before it with a stick in his hand. */
public final class MediumErrors {
    private MediumErrors() {}

    /** A medium that was taken away. */
    static FileSystemException gone(Path folder, IOException cause) {
        FileSystemException gone =
                new FileSystemException(
                        folder.toString(), null, "the medium is no longer there; was it pulled?");
        gone.initCause(cause);
        return gone;
    }

    /** Whether the device failed, not what stands on it. */
    static boolean isOfTheDevice(IOException error) {
        String plain = String.valueOf(error.getMessage()).toLowerCase(Locale.ROOT);
        return plain.contains("input/output error")
                || plain.contains("no such device")
                || plain.contains("transport endpoint is not connected");
    }

    /** The system's words for an error, and what they mean for this medium. */
    public static String words(IOException error, Path medium) {
        String message = Optional.ofNullable(error.getMessage()).orElse(error.toString());
        String plain = message.toLowerCase(Locale.ROOT);
        if (plain.contains("no space left")) {
            return message + " (the medium is full)";
        }
        if (plain.contains("read-only file system")) {
            return message
                    + " (the medium is write-protected, or the system made it read-only after an"
                    + " error)";
        }
        if (isOfTheDevice(error)) {
            return message + " (the medium was pulled, or is faulty)";
        }
        if (error instanceof NoSuchFileException || !Files.isDirectory(medium)) {
            return message + " is gone (was the medium pulled?)";
        }
        return error instanceof FileSystemException ? message : error.toString();
    }
}
