package dev.mapsovereign.registry.transfer;

import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import dev.mapsovereign.registry.tuf.MetadataSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Metadata files in a folder. Links are not followed: a medium must not make us read something else
 * on this machine.
 *
 * @param folder where they lie
 */
public record FolderSource(Path folder) implements MetadataSource {
    @Override
    public Optional<byte[]> read(String name, int bytesMax) {
        Path file = folder.resolve(name);
        try (InputStream in = PlainFile.open(file)) {
            byte[] bytes = in.readNBytes(bytesMax + 1);
            if (bytes.length > bytesMax) {
                throw new RegistryException(
                        RegistryFault.OVERSIZE, file + ": more than " + bytesMax + " bytes");
            }
            return Optional.of(bytes);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
