package dev.mapsovereign.protocols.oas;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.time.UtcSeconds;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.module.ProtocolModule;
import dev.mapsovereign.engine.module.ProtocolVersion;
import dev.mapsovereign.protocols.schema.Dids;
import dev.mapsovereign.protocols.schema.SchemaFiles;
import dev.mapsovereign.registry.RegistryEntry;
import dev.mapsovereign.registry.RegistryMirror;
import dev.mapsovereign.registry.SnapshotStatus;
import dev.mapsovereign.registry.document.OasDocument;
import dev.mapsovereign.registry.lineage.LineageVerdict;
import dev.mapsovereign.registry.snapshot.Revocation;
import java.util.List;
import java.util.Optional;

/**
 * OAS, what the registry mirror holds of an identity. Every answer names the snapshot it comes from
 * and says whether that is past its date.
 */
public final class OasModule implements ProtocolModule {
    /** What it offers. */
    public static final List<OperationSpec> OPERATIONS =
            SchemaFiles.operations("oas", "resolve", "lineage", "capabilities");

    private final RegistryMirror mirror;

    /** OAS over that mirror. */
    public OasModule(RegistryMirror mirror) {
        this.mirror = mirror;
    }

    @Override
    public String protocol() {
        return "OAS";
    }

    @Override
    public ProtocolVersion version() {
        return ProtocolVersion.of(1, 0, 0);
    }

    @Override
    public List<OperationSpec> operations() {
        return OPERATIONS;
    }

    @Override
    public JsonObject invoke(String operation, JsonObject input, InvokeContext context)
            throws ModuleRefusal {
        AgentDid did = Dids.required(input, "did");
        SnapshotStatus status = mirror.status();
        RegistryEntry entry = mirror.resolve(did).orElseThrow(() -> notFound(did, status));
        JsonObject.Builder answer =
                switch (operation) {
                    case "resolve" -> resolve(entry);
                    case "lineage" ->
                            lineage(
                                    mirror.verify(did),
                                    input.bool("include_documents").orElse(false));
                    case "capabilities" -> capabilities(entry, mirror.verify(did));
                    default ->
                            throw new ModuleRefusal(
                                    ErrorCode.UNKNOWN_OPERATION, "OAS has no " + operation);
                };
        return answer.put("snapshot", status.number())
                .put("snapshot_age_s", status.age().toSeconds())
                .put("snapshot_expired", status.expired())
                .build();
    }

    private static JsonObject.Builder resolve(RegistryEntry entry) {
        JsonObject.Builder answer =
                JsonObject.builder()
                        .put("did", entry.did().text())
                        .put("status", entry.status().wire())
                        .put("sequence", entry.sequence());
        entry.document().ifPresent(document -> answer.put("document", document.json()));
        entry.revocation()
                .ifPresent(it -> answer.put("revoked_since", UtcSeconds.format(it.since())));
        return answer.putIfPresent(
                "revocation_reason", entry.revocation().flatMap(Revocation::reason));
    }

    private static JsonObject.Builder lineage(LineageVerdict verdict, boolean documents) {
        JsonObject judged = verdict.json();
        JsonObject.Builder answer =
                JsonObject.builder()
                        .put("did", verdict.did().text())
                        .put("valid", verdict.lineageValid())
                        .putIfPresent("human_root", verdict.humanRoot().map(AgentDid::text))
                        .put("depth", verdict.lineageDepth())
                        .put("chain", chain(verdict.chain(), documents))
                        .put("warnings", JsonArray.ofStrings(verdict.warnings()))
                        .put("verified_at", UtcSeconds.format(verdict.verifiedAt()));
        judged.object("fault").ifPresent(fault -> answer.put("fault", fault));
        return answer;
    }

    private static JsonArray chain(List<OasDocument> chain, boolean documents) {
        return new JsonArray(
                chain.stream().<JsonValue>map(document -> link(document, documents)).toList());
    }

    private static JsonObject link(OasDocument document, boolean whole) {
        JsonObject.Builder link =
                JsonObject.builder()
                        .put("did", document.did().text())
                        .put("kind", document.kind().token());
        return whole ? link.put("document", document.json()).build() : link.build();
    }

    private static JsonObject.Builder capabilities(RegistryEntry entry, LineageVerdict verdict) {
        List<Capability> declared =
                entry.document().map(OasDocument::capabilities).orElse(List.of());
        return JsonObject.builder()
                .put("did", entry.did().text())
                .put("declared", json(declared))
                .put("effective", json(verdict.capabilities()))
                .put("lineage_valid", verdict.lineageValid());
    }

    private static JsonArray json(List<Capability> capabilities) {
        return new JsonArray(capabilities.stream().<JsonValue>map(Capability::json).toList());
    }

    private static ModuleRefusal notFound(AgentDid did, SnapshotStatus status) {
        Optional<String> snapshot =
                status.isPresent()
                        ? Optional.of("snapshot " + status.number() + " has no entry of " + did)
                        : Optional.empty();
        return new ModuleRefusal(
                ErrorCode.NOT_FOUND,
                snapshot.orElse("no registry snapshot was imported yet"),
                JsonObject.builder().put("snapshot", status.number()).build());
    }
}
