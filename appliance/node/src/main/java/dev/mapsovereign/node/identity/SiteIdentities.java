package dev.mapsovereign.node.identity;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.EntityKind;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.custody.KeyFiles;
import dev.mapsovereign.custody.KeyRole;
import dev.mapsovereign.registry.SigningKey;
import dev.mapsovereign.registry.document.DocumentBuilder;
import dev.mapsovereign.registry.document.OasDocument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The first identities of a site: a human root, an enterprise below it, and two agents below that,
 * each with a key and a signed document. Real ones, to begin with; a site goes on from here or pins
 * another root.
 *
 * <p>Below one folder: {@code <name>/did.key} (mode 0600) and {@code documents/<name>.json}. What
 * exists stays as it is.
 */
public final class SiteIdentities {
    /** An agent's declaration counts only as far as its ancestors declare the same. */
    private static final List<String> ENTERPRISE_CAPABILITIES = List.of("map.*.*");

    private static final List<String> CLERK_CAPABILITIES =
            List.of("map.max.*", "map.mim.*", "map.oas.*", "map.macs.*", "map.echo.*");
    private static final List<String> GUEST_CAPABILITIES = List.of("map.oas.resolve");

    private final Path folder;
    private final Ed25519 ed25519;
    private final Clock clock;

    /** Identities below {@code folder}. */
    public SiteIdentities(Path folder, Ed25519 ed25519, Clock clock) {
        this.folder = folder;
        this.ed25519 = ed25519;
        this.clock = clock;
    }

    /**
     * What was made.
     *
     * @param humanRootPin the line that pins the root in the configuration
     * @param clerk an agent that may use the native protocols
     * @param guest an agent that may only resolve identities
     */
    public record Made(String humanRootPin, AgentDid humanRoot, AgentDid clerk, AgentDid guest) {}

    /** Makes what is missing for {@code tenant}. */
    public Made make(TenantId tenant) {
        String namespace = tenant.value().replace('_', '-');
        Entity root =
                entity("human-root", namespace, EntityKind.HUMAN_ROOT, Optional.empty(), List.of());
        Entity enterprise =
                entity(
                        "enterprise",
                        namespace,
                        EntityKind.ENTITY_NAME_RECORD,
                        Optional.of(root),
                        ENTERPRISE_CAPABILITIES);
        Entity clerk =
                entity(
                        "clerk",
                        namespace,
                        EntityKind.AGENT,
                        Optional.of(enterprise),
                        CLERK_CAPABILITIES);
        Entity guest =
                entity(
                        "guest",
                        namespace,
                        EntityKind.AGENT,
                        Optional.of(enterprise),
                        GUEST_CAPABILITIES);
        String pin =
                root.document().did().text() + " " + root.document().methods().getFirst().key();
        return new Made(pin, root.document().did(), clerk.document().did(), guest.document().did());
    }

    /** The folder of documents that a registry is made from. */
    public Path documents() {
        return folder.resolve("documents");
    }

    private record Entity(OasDocument document, KeyFiles keys) {}

    private Entity entity(
            String name,
            String namespace,
            EntityKind kind,
            Optional<Entity> parent,
            List<String> capabilities) {
        KeyFiles keys = new KeyFiles(folder.resolve(name), ed25519, clock);
        byte[] publicKey = keys.generate(KeyRole.DID).publicKey();
        Path file = documents().resolve(name + ".json");
        try {
            if (Files.exists(file)) {
                return new Entity(OasDocument.parse(Files.readAllBytes(file)), keys);
            }
            OasDocument document =
                    document(
                            DocumentBuilder.didOf(namespace, kind, publicKey),
                            name,
                            keys,
                            parent,
                            capabilities);
            DurableFiles.createDirectories(documents(), Mode.PUBLIC);
            DurableFiles.writeNew(file, document.bytes(), Mode.PUBLIC);
            return new Entity(document, keys);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "couldn't keep identity document " + file + ": " + IoReason.of(e),
                    e);
        }
    }

    private OasDocument document(
            AgentDid did,
            String name,
            KeyFiles keys,
            Optional<Entity> parent,
            List<String> capabilities) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        try (Secret seed = keys.seed(KeyRole.DID)) {
            SigningKey key = SigningKey.ofSeed(seed, ed25519);
            DocumentBuilder builder = new DocumentBuilder(did, key.publicKey(), now).name(name);
            capabilities.forEach(each -> builder.capability(Capability.of(each)));
            if (parent.isPresent()) {
                try (Secret parentSeed = parent.get().keys().seed(KeyRole.DID)) {
                    builder.createdBy(
                            parent.get().document(), SigningKey.ofSeed(parentSeed, ed25519), now);
                }
            }
            return builder.sign(key, now);
        }
    }

    /** Names of the documents that exist, for listings. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        if (Files.isDirectory(documents())) {
            try (var files = Files.list(documents())) {
                files.map(path -> path.getFileName().toString()).sorted().forEach(names::add);
            } catch (IOException e) {
                throw new OperatorException(
                        ExitCode.ENVIRONMENT,
                        "couldn't list " + documents() + ": " + IoReason.of(e),
                        e);
            }
        }
        return names;
    }
}
