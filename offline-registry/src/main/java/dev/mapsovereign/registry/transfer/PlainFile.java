package dev.mapsovereign.registry.transfer;

import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** A file on a medium that somebody else filled. */
final class PlainFile {
    private PlainFile() {}

    /**
     * Opens it for reading. A link could make us read something else on this machine, and to open a
     * pipe would wait for somebody who writes into it.
     *
     * @throws java.nio.file.NoSuchFileException if it is not there
     * @throws RegistryException if it is a link, a folder or a special file
     */
    static InputStream open(Path file) throws IOException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new RegistryException(
                    RegistryFault.MALFORMED, file + ": links and special files are refused");
        }
        return Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
    }
}
