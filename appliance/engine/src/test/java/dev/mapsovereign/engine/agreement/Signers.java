package dev.mapsovereign.engine.agreement;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Multikey;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.engine.context.ResolvedIdentity;
import dev.mapsovereign.engine.context.VerificationKey;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Identities whose keys come from their names, and their signatures. */
final class Signers {
    private static final Ed25519 ED25519 = Ed25519.jdk();

    private Signers() {}

    static byte[] seed(AgentDid did) {
        return Sha256.hash(did.text().getBytes(StandardCharsets.UTF_8));
    }

    /** A document with one key for every purpose. */
    static ResolvedIdentity identity(AgentDid did) {
        return identity(did, seed(did), true);
    }

    static ResolvedIdentity identity(AgentDid did, byte[] seed, boolean usable) {
        String id = did + "#key-1";
        byte[] key = ED25519.publicKey(seed);
        JsonArray purpose = JsonArray.of(new JsonString(id));
        JsonObject document =
                JsonObject.builder()
                        .put("id", did.text())
                        .put(
                                "verificationMethod",
                                JsonArray.of(
                                        JsonObject.builder()
                                                .put("id", id)
                                                .put("publicKeyMultibase", Multikey.encode(key))
                                                .build()))
                        .put("assertionMethod", purpose)
                        .put("capabilityDelegation", purpose)
                        .build();
        return new ResolvedIdentity(
                did,
                List.of(new VerificationKey(id, key)),
                true,
                !usable,
                Optional.empty(),
                1,
                List.of(),
                usable,
                document);
    }

    /** The same document, which declares something. */
    static ResolvedIdentity declaring(AgentDid did, String capability) {
        ResolvedIdentity plain = identity(did);
        return new ResolvedIdentity(
                did,
                plain.keys(),
                true,
                false,
                Optional.empty(),
                1,
                List.of(Capability.of(capability)),
                true,
                plain.document());
    }

    static SignedText signed(SignedText text, AgentDid signer) {
        return text.signed(
                signer,
                Instant.parse("2026-11-30T08:00:00Z"),
                ED25519.sign(seed(signer), text.signedBytes()));
    }

    static byte[] sign(AgentDid signer, byte[] message) {
        return ED25519.sign(seed(signer), message);
    }
}
