package dev.mapsovereign.registry.document;

import dev.mapsovereign.base.crypto.Base58;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.time.UtcSeconds;
import java.time.Instant;
import java.util.Set;

/**
 * An {@code Ed25519Signature2020} proof: a signature over the RFC 8785 bytes of an object without
 * its {@code proof}. The signature does not cover these fields themselves, so nothing is decided by
 * them; {@code verificationMethod} only says which key to try.
 *
 * @param verificationMethod id of the key
 * @param created when it says it was made; a note, never believed
 * @param signature 64 bytes
 */
public record DocumentProof(String verificationMethod, Instant created, byte[] signature) {
    static final String TYPE = "Ed25519Signature2020";
    static final String PURPOSE = "assertionMethod";
    private static final Set<String> MEMBERS =
            Set.of("type", "created", "verificationMethod", "proofPurpose", "proofValue");

    static DocumentProof parse(Fields fields) {
        fields.onlyKnown(MEMBERS);
        fields.constant("type", TYPE);
        fields.constant("proofPurpose", PURPOSE);
        return new DocumentProof(
                fields.text("verificationMethod"), fields.time("created"), signature(fields));
    }

    private static byte[] signature(Fields fields) {
        String value = fields.text("proofValue");
        try {
            if (!value.isEmpty() && value.charAt(0) == 'z') {
                byte[] signature = Base58.decode(value.substring(1));
                if (signature.length == 64) {
                    return signature;
                }
            }
        } catch (IllegalArgumentException e) {
            throw new DocumentException(
                    DocumentFault.MALFORMED, fields.at("proofValue") + ": " + e.getMessage(), e);
        }
        throw fields.refused("proofValue", "must be z and 64 bytes in base58btc");
    }

    JsonObject json() {
        return JsonObject.builder()
                .put("created", UtcSeconds.format(created))
                .put("proofPurpose", PURPOSE)
                .put("proofValue", "z" + Base58.encode(signature))
                .put("type", TYPE)
                .put("verificationMethod", verificationMethod)
                .build();
    }
}
