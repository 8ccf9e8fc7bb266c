package dev.mapsovereign.engine.agreement;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Multikey;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.context.IdentityDirectory;
import dev.mapsovereign.engine.context.ResolvedIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether somebody's signature stands under an agreement: by a current key of a document that
 * verifies up to a pinned root. Whoever changes his keys signs his agreements again, as parents do
 * with their children's lineage.
 *
 * @param identities documents
 * @param ed25519 verifies
 */
record SignatureCheck(IdentityDirectory identities, Ed25519 ed25519) {
    /**
     * Why it does not; empty if it does.
     *
     * @param purpose the document's list of keys that may sign this, {@code assertionMethod} or
     *     {@code capabilityDelegation}
     */
    Optional<String> problem(SignedText agreement, AgentDid signer, String purpose) {
        Optional<ResolvedIdentity> identity = identities.resolve(signer);
        if (identity.isEmpty()) {
            return Optional.of(signer + " stands in no registry here");
        }
        if (!identity.get().usable() || !identity.get().lineageVerified()) {
            return Optional.of(
                    signer + " was deactivated or revoked, or its lineage does not verify");
        }
        Optional<PartySignature> signature = agreement.signatureOf(signer);
        if (signature.isEmpty()) {
            return Optional.of("it is not signed by " + signer);
        }
        byte[] bytes = agreement.signedBytes();
        for (byte[] key : keys(identity.get().document(), purpose)) {
            if (ed25519.verify(key, bytes, signature.get().signature())) {
                return Optional.empty();
            }
        }
        return Optional.of(
                "the signature of "
                        + signer
                        + " is by none of the keys that its document lists under "
                        + purpose);
    }

    private static List<byte[]> keys(JsonObject document, String purpose) {
        List<JsonValue> listed = document.array(purpose).orElse(JsonArray.EMPTY).values();
        List<byte[]> keys = new ArrayList<>();
        for (JsonValue value :
                document.array("verificationMethod").orElse(JsonArray.EMPTY).values()) {
            if (value instanceof JsonObject method
                    && keys.size() < Limits.DID_KEYS_MAX
                    && listed.contains(new JsonString(method.text("id").orElse("")))) {
                method.text("publicKeyMultibase").map(Multikey::decode).ifPresent(keys::add);
            }
        }
        return keys;
    }
}
