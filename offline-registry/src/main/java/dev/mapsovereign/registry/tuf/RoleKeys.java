package dev.mapsovereign.registry.tuf;

import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Who signs for a role.
 *
 * @param keys 1 to 16 different keys
 * @param threshold how many of them must sign
 */
public record RoleKeys(List<MetadataKey> keys, int threshold) {
    /** Refuses a threshold that cannot be met and a key listed twice. */
    public RoleKeys {
        keys = List.copyOf(keys);
        if (keys.size() > Limits.KEYS_PER_ROLE_MAX || Set.copyOf(keys).size() != keys.size()) {
            throw new RegistryException(
                    RegistryFault.MALFORMED,
                    "a role has " + keys.size() + " keys, at most 16 different ones are allowed");
        }
        if (threshold < 1 || threshold > keys.size()) {
            throw new RegistryException(
                    RegistryFault.MALFORMED,
                    "a threshold of " + threshold + " cannot be met by " + keys.size() + " keys");
        }
    }

    Optional<MetadataKey> find(String id) {
        return keys.stream().filter(key -> key.id().equals(id)).findFirst();
    }

    /** Whether both let the same keys sign, whatever the threshold. */
    boolean sameKeys(RoleKeys other) {
        return ids().equals(other.ids());
    }

    private Set<String> ids() {
        return keys.stream().map(MetadataKey::id).collect(Collectors.toUnmodifiableSet());
    }
}
