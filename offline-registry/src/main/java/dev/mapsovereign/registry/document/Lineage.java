package dev.mapsovereign.registry.document;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.registry.Limits;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a derived entity says about where it comes from. Claims, until a walk confirms them.
 *
 * @param creator the parent
 * @param humanRoot where the chain ends
 * @param generation 0 when the root itself is the creator
 * @param chain the creator and its ancestors in order; ends with the root
 * @param proof the parent's signature, if there is one
 */
public record Lineage(
        AgentDid creator,
        AgentDid humanRoot,
        long generation,
        List<AgentDid> chain,
        Optional<LineageProof> proof) {
    private static final Set<String> MEMBERS =
            Set.of(
                    "humanRootDid",
                    "creatorDid",
                    "generation",
                    "derivationProof",
                    "humanRootChain",
                    "orgInclusionProof",
                    "anchorRefs");

    public Lineage {
        chain = List.copyOf(chain);
    }

    static Lineage parse(Fields fields) {
        fields.onlyKnown(MEMBERS);
        List<AgentDid> chain =
                fields.texts("humanRootChain", Limits.LINEAGE_DEPTH_MAX).stream()
                        .map(text -> fields.parseDid("humanRootChain", text))
                        .toList();
        return new Lineage(
                fields.did("creatorDid"),
                fields.did("humanRootDid"),
                fields.whole("generation", 0),
                chain,
                fields.objectIfPresent("derivationProof").map(LineageProof::parse));
    }

    /** Whether creator, root, generation and chain agree with each other. */
    public boolean agreesWithItself() {
        return !chain.isEmpty()
                && chain.getFirst().equals(creator)
                && chain.getLast().equals(humanRoot)
                && generation == chain.size() - 1;
    }

    JsonObject json() {
        JsonObject.Builder json =
                JsonObject.builder()
                        .put("creatorDid", creator.text())
                        .put("generation", generation)
                        .put(
                                "humanRootChain",
                                JsonArray.ofStrings(chain.stream().map(AgentDid::text).toList()))
                        .put("humanRootDid", humanRoot.text());
        proof.ifPresent(value -> json.put("derivationProof", value.json()));
        return json.build();
    }
}
