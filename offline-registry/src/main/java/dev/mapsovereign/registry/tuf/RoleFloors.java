package dev.mapsovereign.registry.tuf;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * The newest version accepted of each role, with the digest of its file: nothing lower comes in,
 * and nothing else under the same version.
 *
 * @param roles a role without an entry accepts any version
 */
public record RoleFloors(Map<RoleName, Floor> roles) {
    /** No import yet. */
    public static final RoleFloors NONE = new RoleFloors(Map.of());

    /**
     * One role's floor.
     *
     * @param version the newest version accepted
     * @param sha256 digest of that file, lower-case hex
     */
    public record Floor(long version, String sha256) {}

    public RoleFloors {
        roles = Map.copyOf(roles);
    }

    /** The floor of {@code role}, if it has one. */
    public Optional<Floor> of(RoleName role) {
        return Optional.ofNullable(roles.get(role));
    }

    /** These floors with {@code role} raised to a file that was just verified. */
    public RoleFloors raised(RoleName role, long version, byte[] file) {
        Map<RoleName, Floor> more = new EnumMap<>(RoleName.class);
        more.putAll(roles);
        more.put(role, new Floor(version, Hex.encode(Sha256.hash(file))));
        return new RoleFloors(more);
    }

    /** These floors without that of {@code role}, because a root gave it other keys. */
    RoleFloors without(RoleName role) {
        Map<RoleName, Floor> less = new EnumMap<>(RoleName.class);
        less.putAll(roles);
        less.remove(role);
        return new RoleFloors(less);
    }

    void check(String file, RoleName role, long version, byte[] bytes) {
        Floor floor = roles.get(role);
        if (floor == null || version > floor.version()) {
            return;
        }
        if (version < floor.version()) {
            throw new RegistryException(
                    RegistryFault.ROLLED_BACK,
                    file
                            + ": version "
                            + version
                            + ", but version "
                            + floor.version()
                            + " was accepted before");
        }
        if (!Hex.encode(Sha256.hash(bytes)).equals(floor.sha256())) {
            throw new RegistryException(
                    RegistryFault.EQUIVOCATION,
                    file
                            + ": another file under version "
                            + version
                            + ", which was accepted before");
        }
    }

    /** The floors as they stand in the mirror's state. */
    public JsonObject json() {
        JsonObject.Builder json = JsonObject.builder();
        for (RoleName role : RoleName.values()) {
            Floor floor = roles.get(role);
            if (floor != null) {
                json.put(
                        role.wire(),
                        JsonObject.builder()
                                .put("sha256", floor.sha256())
                                .put("version", floor.version())
                                .build());
            }
        }
        return json.build();
    }

    /** Reads what {@link #json()} wrote. */
    public static RoleFloors parse(String file, JsonObject json) {
        Map<RoleName, Floor> roles = new EnumMap<>(RoleName.class);
        for (RoleName role : RoleName.values()) {
            json.object(role.wire())
                    .ifPresent(floor ->
                            roles.put(
                                    role,
                                    new Floor(
                                            MetadataFields.whole(
                                                    file, floor, "version", 1, Long.MAX_VALUE),
                                            MetadataFields.text(file, floor, "sha256"))));
        }
        return new RoleFloors(roles);
    }
}
