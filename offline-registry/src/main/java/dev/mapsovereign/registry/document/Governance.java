package dev.mapsovereign.registry.document;

import dev.mapsovereign.base.crypto.Multikey;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.registry.Limits;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How many of which humans sign for a multi-human root.
 *
 * @param threshold how many must sign, at least 1
 * @param signers who may, at least {@code threshold} of them
 */
public record Governance(long threshold, List<Signer> signers) {
    /**
     * One of the humans.
     *
     * @param did a human root
     * @param key its key, multibase
     */
    public record Signer(AgentDid did, String key) {}

    private static final Set<String> SIGNER_MEMBERS = Set.of("did", "publicKeyMultibase");

    public Governance {
        signers = List.copyOf(signers);
    }

    static Governance parse(Fields fields) {
        List<Signer> signers = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        for (Fields entry : fields.objects("signers", Limits.SIGNERS_MAX)) {
            entry.onlyKnown(SIGNER_MEMBERS);
            String key = entry.text("publicKeyMultibase");
            try {
                Multikey.decode(key);
            } catch (IllegalArgumentException e) {
                throw new DocumentException(
                        DocumentFault.MALFORMED,
                        entry.at("publicKeyMultibase") + ": " + e.getMessage(),
                        e);
            }
            if (!keys.add(key)) {
                throw entry.refused("publicKeyMultibase", "must not stand for two signers");
            }
            signers.add(new Signer(entry.did("did"), key));
        }
        long threshold = fields.whole("threshold", 1);
        if (threshold > signers.size()) {
            throw fields.refused("threshold", "must not be above the number of signers");
        }
        return new Governance(threshold, signers);
    }

    JsonObject json() {
        List<JsonValue> list = new ArrayList<>();
        for (Signer signer : signers) {
            list.add(
                    JsonObject.builder()
                            .put("did", signer.did().text())
                            .put("publicKeyMultibase", signer.key())
                            .build());
        }
        return JsonObject.builder()
                .put("signers", new JsonArray(list))
                .put("threshold", threshold)
                .build();
    }
}
