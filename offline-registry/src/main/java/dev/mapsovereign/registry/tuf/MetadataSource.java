package dev.mapsovereign.registry.tuf;

import java.util.Optional;

/** Where metadata files are read from: a medium, or the store after an import. */
public interface MetadataSource {
    /**
     * The file's bytes, or empty if there is none.
     *
     * @param bytesMax longest file that is read
     * @throws dev.mapsovereign.registry.RegistryException {@code OVERSIZE} beyond it
     */
    Optional<byte[]> read(String name, int bytesMax);
}
