package dev.mapsovereign.registry;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.config.ConfigSection;
import dev.mapsovereign.config.ListenAddress;
import dev.mapsovereign.config.LocalSocket;
import dev.mapsovereign.registry.lineage.PinnedRoot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The table {@code [registry]}.
 *
 * @param folder where the mirror keeps its snapshots
 * @param rootFile the publisher's pinned root metadata; without it nothing can be imported
 * @param roots the human roots that this site trusts, by DID and key
 * @param credentialIssuers whose credentials lift to L2
 * @param maxAge how old a snapshot may be before L2 calls and new grants are refused
 * @param bind where the mirror server listens
 * @param socket a Unix socket in the place of {@code bind}
 */
public record RegistryConfig(
        Path folder,
        Optional<Path> rootFile,
        List<PinnedRoot> roots,
        List<AgentDid> credentialIssuers,
        Duration maxAge,
        ListenAddress bind,
        Optional<LocalSocket> socket) {
    private static final String FOLDER_DEFAULT = "/var/lib/map/registry";
    private static final Duration MAX_AGE_DEFAULT = Duration.ofDays(30);
    private static final ListenAddress BIND_DEFAULT = new ListenAddress("127.0.0.1", 7780);

    /** Refuses a root pinned twice: which of both keys counted would depend on their order. */
    public RegistryConfig {
        roots = List.copyOf(roots);
        credentialIssuers = List.copyOf(credentialIssuers);
        if (roots.stream().map(PinnedRoot::did).distinct().count() != roots.size()) {
            throw new IllegalArgumentException("roots: one DID is pinned twice");
        }
    }

    /** Everything by default, but for the folder. */
    public static RegistryConfig defaults(Path folder) {
        return new RegistryConfig(
                folder,
                Optional.empty(),
                List.of(),
                List.of(),
                MAX_AGE_DEFAULT,
                BIND_DEFAULT,
                Optional.empty());
    }

    /** This configuration with a pinned publisher and pinned human roots. */
    public RegistryConfig trusting(Path publisherRoot, List<PinnedRoot> humanRoots) {
        return new RegistryConfig(
                folder,
                Optional.of(publisherRoot),
                humanRoots,
                credentialIssuers,
                maxAge,
                bind,
                socket);
    }

    /** Reads the table. */
    public static RegistryConfig read(ConfigSection section) {
        return new RegistryConfig(
                section.path("folder").env("MAP_REGISTRY_DIR").orElse(Path.of(FOLDER_DEFAULT)),
                section.path("root_file").optional(),
                section.texts("roots").as(RegistryConfig::pinned, List.of()).orElse(List.of()),
                section.texts("credential_issuers")
                        .as(texts -> texts.stream().map(AgentDid::parse).toList(), List.of())
                        .orElse(List.of()),
                section.duration("max_age", Duration.ofHours(1), Duration.ofDays(3650))
                        .orElse(MAX_AGE_DEFAULT),
                section.listenAddress("bind").env("MAP_REGISTRY_BIND_ADDR").orElse(BIND_DEFAULT),
                section.path("socket")
                        .env("MAP_REGISTRY_SOCKET")
                        .as(LocalSocket::new, Path.of("/run/map/registry.sock"))
                        .optional());
    }

    private static List<PinnedRoot> pinned(List<String> lines) {
        return lines.stream().map(PinnedRoot::parse).toList();
    }
}
