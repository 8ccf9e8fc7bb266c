package dev.mapsovereign.registry.document;

import dev.mapsovereign.base.crypto.Multikey;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonObject;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One key of a document.
 *
 * @param id {@code <did>#<fragment>}
 * @param key the key as multibase, {@code z6Mk…}
 */
public record VerificationMethod(String id, String key) {
    static final String TYPE = "Ed25519VerificationKey2020";
    private static final Set<String> MEMBERS =
            Set.of("id", "type", "controller", "publicKeyMultibase");
    private static final Pattern FRAGMENT = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    static VerificationMethod parse(Fields fields, AgentDid did) {
        fields.onlyKnown(MEMBERS);
        fields.constant("type", TYPE);
        fields.constant("controller", did.text());
        String id = fields.text("id");
        String head = did.text() + "#";
        if (!id.startsWith(head) || !FRAGMENT.matcher(id.substring(head.length())).matches()) {
            throw fields.refused("id", "must be the document's DID, # and a name");
        }
        String key = fields.text("publicKeyMultibase");
        try {
            Multikey.decode(key);
        } catch (IllegalArgumentException e) {
            throw new DocumentException(
                    DocumentFault.MALFORMED,
                    fields.at("publicKeyMultibase") + ": " + e.getMessage(),
                    e);
        }
        return new VerificationMethod(id, key);
    }

    /** The 32 bytes of the key. */
    public byte[] publicKey() {
        return Multikey.decode(key);
    }

    JsonObject json(AgentDid did) {
        return JsonObject.builder()
                .put("controller", did.text())
                .put("id", id)
                .put("publicKeyMultibase", key)
                .put("type", TYPE)
                .build();
    }
}
