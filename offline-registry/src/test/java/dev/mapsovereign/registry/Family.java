package dev.mapsovereign.registry;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.crypto.Multikey;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.EntityKind;
import dev.mapsovereign.registry.document.DocumentBuilder;
import dev.mapsovereign.registry.document.OasDocument;
import dev.mapsovereign.registry.lineage.PinnedRoot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** Alice, her enterprise, its agent, and an agent of that agent. */
public final class Family {
    public static final Instant BORN = Instant.parse("2026-01-01T00:00:00Z");
    public static final Instant NOW = BORN.plus(Duration.ofDays(30));

    public final SigningKey aliceKey = TestKey.of("alice");
    public final SigningKey acmeKey = TestKey.of("acme");
    public final SigningKey scoutKey = TestKey.of("scout");
    public final SigningKey helperKey = TestKey.of("helper");

    public final OasDocument alice = builder(EntityKind.HUMAN_ROOT, aliceKey).sign(aliceKey, BORN);
    public final OasDocument acme =
            builder(EntityKind.ENTITY_NAME_RECORD, acmeKey)
                    .createdBy(alice, aliceKey, BORN)
                    .capability(Capability.of("map.max.*"))
                    .capability(Capability.of("map.mim.*"))
                    .sign(acmeKey, BORN);
    public final OasDocument scout =
            builder(EntityKind.AGENT, scoutKey)
                    .createdBy(acme, acmeKey, BORN)
                    .capability(Capability.of("map.max.*"))
                    .capability(Capability.of("map.oas.resolve"))
                    .sign(scoutKey, BORN);
    public final OasDocument helper =
            builder(EntityKind.AGENT, helperKey)
                    .createdBy(scout, scoutKey, BORN)
                    .capability(Capability.of("map.max.audit_query"))
                    .sign(helperKey, BORN);

    /** The same family in every test. */
    public Family() {}

    public static DocumentBuilder builder(EntityKind kind, SigningKey key) {
        return new DocumentBuilder(did(kind, key), key.publicKey(), BORN);
    }

    public static AgentDid did(EntityKind kind, SigningKey key) {
        return DocumentBuilder.didOf("acme", kind, key.publicKey());
    }

    public static String multikey(SigningKey key) {
        return Multikey.encode(key.publicKey());
    }

    public List<OasDocument> all() {
        return List.of(alice, acme, scout, helper);
    }

    public PinnedRoot pin() {
        return new PinnedRoot(alice.did(), Set.of(multikey(aliceKey)));
    }
}
