package dev.mapsovereign.registry.lineage;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.time.UtcSeconds;
import dev.mapsovereign.registry.document.OasDocument;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a verification found. Nobody who decides by it needs to look at the documents again.
 *
 * @param did who was asked for
 * @param signatureValid whether there is a document, authentic and signed by its own key
 * @param lineageValid whether the walk reached a pinned root
 * @param lineageDepth links walked, 0 for a root
 * @param humanRoot the root that was reached
 * @param revocationStatus of the entity itself; {@code UNKNOWN} without an entry
 * @param conformanceLevel the level that was proved, whatever the document claims
 * @param fault why the lineage is not valid
 * @param warnings what does not refuse but should be looked at
 * @param verifiedAt when this was found out
 * @param snapshot number of the snapshot it was found out from
 * @param snapshotAge how old that snapshot was then
 * @param chain the entity's document and its ancestors', as far as the walk came
 * @param capabilities the effective declaration; empty without a valid lineage
 */
public record LineageVerdict(
        AgentDid did,
        boolean signatureValid,
        boolean lineageValid,
        int lineageDepth,
        Optional<AgentDid> humanRoot,
        RevocationStatus revocationStatus,
        ConformanceLevel conformanceLevel,
        Optional<LineageWalk.Fault> fault,
        List<String> warnings,
        Instant verifiedAt,
        long snapshot,
        Duration snapshotAge,
        List<OasDocument> chain,
        List<Capability> capabilities) {
    /** An entity's own status as an answer spells it. */
    public enum RevocationStatus {
        ACTIVE,
        DEACTIVATED,
        REVOKED,
        TOMBSTONE,
        UNKNOWN;

        /** The lower-case name. */
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public LineageVerdict {
        warnings = List.copyOf(warnings);
        chain = List.copyOf(chain);
        capabilities = List.copyOf(capabilities);
    }

    /** The entity's own document, if it has a living one. */
    public Optional<OasDocument> document() {
        return chain.isEmpty() ? Optional.empty() : Optional.of(chain.getFirst());
    }

    /** The answer's members, as reports and protocol answers carry them. */
    public JsonObject json() {
        JsonObject.Builder json =
                JsonObject.builder()
                        .put("did", did.text())
                        .put("signature_valid", signatureValid)
                        .put("lineage_valid", lineageValid)
                        .put("lineage_depth", lineageDepth)
                        .putIfPresent("human_root", humanRoot.map(AgentDid::text))
                        .put("revocation_status", revocationStatus.wire())
                        .put("conformance_level", conformanceLevel.name());
        fault.ifPresent(it ->
                json.put(
                        "fault",
                        JsonObject.builder()
                                .put("kind", it.kind().wire())
                                .put("at", it.at().text())
                                .put("detail", it.detail())
                                .build()));
        return json.put("warnings", JsonArray.ofStrings(warnings))
                .put("verified_at", UtcSeconds.format(verifiedAt))
                .put("snapshot", snapshot)
                .put("snapshot_age_s", snapshotAge.toSeconds())
                .put(
                        "capabilities",
                        new JsonArray(
                                capabilities.stream().<JsonValue>map(Capability::json).toList()))
                .build();
    }
}
