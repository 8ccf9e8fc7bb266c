package dev.mapsovereign.protocols.testing;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Multikey;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.EntityKind;
import dev.mapsovereign.engine.context.IdentityDirectory;
import dev.mapsovereign.engine.context.ResolvedIdentity;
import dev.mapsovereign.engine.context.VerificationKey;
import dev.mapsovereign.registry.EntityStatus;
import dev.mapsovereign.registry.RegistryConfig;
import dev.mapsovereign.registry.RegistryMirror;
import dev.mapsovereign.registry.RegistryPublisher;
import dev.mapsovereign.registry.RegistryPublisher.IssueOrder;
import dev.mapsovereign.registry.SigningKey;
import dev.mapsovereign.registry.document.DocumentBuilder;
import dev.mapsovereign.registry.document.OasDocument;
import dev.mapsovereign.registry.lineage.ConformanceLevel;
import dev.mapsovereign.registry.lineage.LineageVerdict;
import dev.mapsovereign.registry.lineage.PinnedRoot;
import dev.mapsovereign.registry.tuf.MetadataKey;
import dev.mapsovereign.registry.tuf.RoleKeys;
import dev.mapsovereign.registry.tuf.RoleName;
import dev.mapsovereign.testing.ManualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A real registry mirror with what a publisher signed: Alice, her enterprise, its two agents, and a
 * stranger whose root nobody pinned.
 */
public final class Registry implements AutoCloseable {
    public static final Instant BORN = Instant.parse("2026-01-01T00:00:00Z");

    private static final Ed25519 ED25519 = Ed25519.jdk();

    public final ManualClock clock = new ManualClock(BORN.plus(Duration.ofDays(30)));
    public final SigningKey scoutKey = key("scout");
    public final SigningKey helperKey = key("helper");
    public final OasDocument alice;
    public final OasDocument acme;
    public final OasDocument scout;
    public final OasDocument helper;
    public final OasDocument mallory;
    public final RegistryMirror mirror;

    private final Path folder;
    private final Path documents;
    private final RegistryPublisher publisher;

    /** The first snapshot is published and imported. */
    public Registry(Path folder) throws IOException {
        this.folder = folder;
        SigningKey aliceKey = key("alice");
        SigningKey acmeKey = key("acme");
        SigningKey malloryKey = key("mallory");
        alice = entity(EntityKind.HUMAN_ROOT, aliceKey).sign(aliceKey, BORN);
        acme =
                entity(EntityKind.ENTITY_NAME_RECORD, acmeKey)
                        .createdBy(alice, aliceKey, BORN)
                        .capability(declared("map.max.*"))
                        .sign(acmeKey, BORN);
        scout =
                entity(EntityKind.AGENT, scoutKey)
                        .createdBy(acme, acmeKey, BORN)
                        .capability(declared("map.max.audit_query"))
                        .capability(declared("map.oas.resolve"))
                        .sign(scoutKey, BORN);
        helper =
                entity(EntityKind.AGENT, helperKey)
                        .createdBy(acme, acmeKey, BORN)
                        .sign(helperKey, BORN);
        mallory = entity(EntityKind.HUMAN_ROOT, malloryKey).sign(malloryKey, BORN);
        documents = Files.createDirectories(folder.resolve("documents"));
        for (OasDocument document : List.of(alice, acme, scout, helper, mallory)) {
            Files.write(documents.resolve(document.did().identifier() + ".json"), document.bytes());
        }
        publisher = new RegistryPublisher(folder.resolve("publisher"), ED25519, clock);
        publisher.signRoot(
                RegistryPublisher.firstRoot(roles(), clock.instant()), List.of(key("root")));
        mirror =
                RegistryMirror.open(
                        RegistryConfig.defaults(folder.resolve("mirror"))
                                .trusting(
                                        publisher.rootFile(),
                                        List.of(
                                                new PinnedRoot(
                                                        alice.did(),
                                                        Set.of(
                                                                Multikey.encode(
                                                                        aliceKey.publicKey()))))),
                        ED25519,
                        clock,
                        BORN,
                        Registry::unrecorded);
        publish(Optional.empty());
    }

    /** Publishes and imports a snapshot that revokes that DID. */
    public void revoke(AgentDid did) throws IOException {
        Path file = folder.resolve("revocations.json");
        Files.writeString(
                file,
                "[{\"did\":\"%s\",\"status\":\"revoked\",\"since\":\"2026-01-31T00:00:00Z\",\"sequence\":1,\"reason\":\"key lost\"}]"
                        .formatted(did));
        clock.advance(Duration.ofDays(1));
        publish(Optional.of(file));
    }

    private void publish(Optional<Path> revocations) {
        publisher.issue(
                new IssueOrder(
                        documents,
                        revocations,
                        Map.of(
                                RoleName.TARGETS, List.of(key("targets")),
                                RoleName.SNAPSHOT, List.of(key("snapshot")),
                                RoleName.TIMESTAMP, List.of(key("timestamp"))),
                        RegistryPublisher.VALIDITY_DEFAULT));
        mirror.importFrom(folder.resolve("publisher"));
    }

    /** The engine's view of the mirror, as the node makes it. */
    public IdentityDirectory identities() {
        return did ->
                mirror.resolve(did)
                        .flatMap(entry ->
                                entry.document()
                                        .map(document -> identity(did, document, entry.status())));
    }

    private ResolvedIdentity identity(AgentDid did, OasDocument document, EntityStatus status) {
        LineageVerdict verdict = mirror.verify(did);
        return new ResolvedIdentity(
                did,
                document.authentication().stream()
                        .map(key -> new VerificationKey(key.id(), Multikey.decode(key.key())))
                        .toList(),
                status != EntityStatus.DEACTIVATED,
                status == EntityStatus.REVOKED,
                verdict.humanRoot(),
                level(verdict.conformanceLevel()),
                verdict.capabilities(),
                verdict.lineageValid(),
                document.json());
    }

    private static int level(ConformanceLevel level) {
        return switch (level) {
            case NONE, L0 -> 0;
            case L1 -> 1;
            case L2 -> 2;
        };
    }

    @Override
    public void close() {
        mirror.close();
    }

    private static Map<RoleName, RoleKeys> roles() {
        Map<RoleName, RoleKeys> roles = new EnumMap<>(RoleName.class);
        for (RoleName role : RoleName.values()) {
            MetadataKey key =
                    MetadataKey.of(key(role.name().toLowerCase(java.util.Locale.ROOT)).publicKey());
            roles.put(role, new RoleKeys(List.of(key), 1));
        }
        return roles;
    }

    private static DocumentBuilder entity(EntityKind kind, SigningKey key) {
        AgentDid did = DocumentBuilder.didOf("acme", kind, key.publicKey());
        return new DocumentBuilder(did, key.publicKey(), BORN);
    }

    private static Capability declared(String name) {
        return Capability.of(name);
    }

    /** The same name gives the same key in every test. */
    private static SigningKey key(String name) {
        byte[] seed = Sha256.hash(("test key " + name).getBytes(StandardCharsets.UTF_8));
        return SigningKey.ofSeed(Secret.copyOf(seed), ED25519);
    }

    private static RecordReference unrecorded(AuditDraft draft) {
        return new RecordReference(draft.tenant(), 0, new byte[32], new byte[32], Instant.EPOCH);
    }
}
