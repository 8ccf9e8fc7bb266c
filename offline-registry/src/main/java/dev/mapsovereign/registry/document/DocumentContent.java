package dev.mapsovereign.registry.document;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.EntityKind;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.registry.EntityStatus;
import dev.mapsovereign.registry.Limits;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The members of a document that something is decided by. */
record DocumentContent(
        AgentDid did,
        long sequence,
        EntityStatus status,
        Optional<Instant> created,
        Optional<Instant> updated,
        List<VerificationMethod> methods,
        List<String> authentication,
        List<String> assertion,
        Optional<Lineage> lineage,
        Optional<Governance> governance,
        List<Capability> capabilities,
        List<DocumentProof> proofs) {
    private static final Set<String> MEMBERS =
            Set.of(
                    "@context",
                    "id",
                    "controller",
                    "verificationMethod",
                    "authentication",
                    "assertionMethod",
                    "capabilityInvocation",
                    "capabilityDelegation",
                    "service",
                    "oasVersion",
                    "kind",
                    "name",
                    "description",
                    "lineage",
                    "governance",
                    "conformanceLevel",
                    "lifecycleStatus",
                    "sequence",
                    "metadata",
                    "proof",
                    "revoked",
                    "revokedAt",
                    "profile",
                    "contact",
                    "calendar",
                    "operational",
                    "pricing",
                    "interoperability",
                    "reputation",
                    "compliance",
                    "relationships",
                    "capabilities");
    private static final List<String> SECTIONS =
            List.of(
                    "profile",
                    "contact",
                    "calendar",
                    "operational",
                    "pricing",
                    "interoperability",
                    "reputation",
                    "compliance",
                    "relationships",
                    "governance",
                    "metadata");
    private static final Set<String> LEVELS = Set.of("L0", "L1", "L2");
    private static final Set<String> SERVICE_MEMBERS = Set.of("id", "type", "serviceEndpoint");

    static DocumentContent parse(JsonObject json) {
        Fields fields = new Fields("", json);
        fields.onlyKnown(MEMBERS);
        AgentDid did = fields.did("id");
        List<VerificationMethod> methods = methods(fields, did);
        requireForm(fields, did, methods);
        Optional<Fields> metadata = fields.objectIfPresent("metadata");
        return new DocumentContent(
                did,
                fields.whole("sequence", 1),
                status(fields),
                metadata.flatMap(it -> it.timeIfPresent("created")),
                metadata.flatMap(it -> it.timeIfPresent("updated")),
                methods,
                references(fields, "authentication", methods),
                references(fields, "assertionMethod", methods),
                lineage(fields, did),
                governance(fields, did),
                capabilities(fields),
                proofs(fields, did));
    }

    /** The members that must be right although nothing is decided by their content. */
    private static void requireForm(Fields fields, AgentDid did, List<VerificationMethod> methods) {
        List<String> contexts = fields.texts("@context", Limits.SERVICES_MAX);
        if (contexts.isEmpty() || !contexts.getFirst().equals(OasDocument.CONTEXT)) {
            throw fields.refused("@context", "must begin with " + OasDocument.CONTEXT);
        }
        fields.constant("kind", did.kind().token());
        for (String name : List.of("oasVersion", "name", "description")) {
            fields.textIfPresent(name);
        }
        fields.textIfPresent("controller").ifPresent(text -> fields.parseDid("controller", text));
        fields.textIfPresent("conformanceLevel")
                .filter(level -> !LEVELS.contains(level))
                .ifPresent(level -> {
                    throw fields.refused("conformanceLevel", "must be L0, L1 or L2");
                });
        SECTIONS.forEach(fields::objectIfPresent);
        references(fields, "capabilityInvocation", methods);
        references(fields, "capabilityDelegation", methods);
        for (Fields service : fields.objects("service", Limits.SERVICES_MAX)) {
            service.onlyKnown(SERVICE_MEMBERS);
            SERVICE_MEMBERS.forEach(service::text);
        }
    }

    private static List<VerificationMethod> methods(Fields fields, AgentDid did) {
        List<VerificationMethod> methods = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Fields entry : fields.objects("verificationMethod", Limits.VERIFICATION_METHODS_MAX)) {
            VerificationMethod method = VerificationMethod.parse(entry, did);
            if (!seen.add(method.id())) {
                throw entry.refused("id", "must not stand for two keys: " + method.id());
            }
            methods.add(method);
        }
        if (methods.isEmpty()) {
            throw fields.refused("verificationMethod", "must have at least one entry");
        }
        return methods;
    }

    private static List<String> references(
            Fields fields, String name, List<VerificationMethod> methods) {
        List<String> ids = fields.texts(name, Limits.VERIFICATION_METHODS_MAX);
        for (String id : ids) {
            if (methods.stream().noneMatch(method -> method.id().equals(id))) {
                throw fields.refused(name, "names " + id + ", which is no key of the document");
            }
        }
        return List.copyOf(ids);
    }

    private static EntityStatus status(Fields fields) {
        boolean revoked = fields.flag("revoked");
        if (fields.timeIfPresent("revokedAt").isPresent() != revoked) {
            throw fields.refused("revokedAt", "must stand beside revoked: true, and only there");
        }
        String status = fields.textIfPresent("lifecycleStatus").orElse("active");
        return switch (status) {
            case "active" -> revoked ? EntityStatus.REVOKED : EntityStatus.ACTIVE;
            case "deactivated" -> revoked ? EntityStatus.REVOKED : EntityStatus.DEACTIVATED;
            default -> throw fields.refused("lifecycleStatus", "must be active or deactivated");
        };
    }

    private static Optional<Lineage> lineage(Fields fields, AgentDid did) {
        Optional<Lineage> lineage = fields.objectIfPresent("lineage").map(Lineage::parse);
        if (lineage.isPresent() && did.kind().isHumanRoot()) {
            throw fields.refused("lineage", "must be absent from a human root");
        }
        return lineage;
    }

    private static Optional<Governance> governance(Fields fields, AgentDid did) {
        if (did.kind() != EntityKind.MULTI_HUMAN_ROOT) {
            return Optional.empty();
        }
        return fields.objectIfPresent("governance")
                .filter(governance -> governance.json().has("signers"))
                .map(Governance::parse);
    }

    private static List<Capability> capabilities(Fields fields) {
        return fields.objects("capabilities", Limits.CAPABILITIES_MAX).stream()
                .map(DocumentContent::capability)
                .toList();
    }

    private static Capability capability(Fields fields) {
        fields.onlyKnown(Capability.MEMBERS);
        try {
            return Capability.parse(fields.json());
        } catch (IllegalArgumentException e) {
            throw new DocumentException(
                    DocumentFault.MALFORMED, fields.path() + ": " + e.getMessage(), e);
        }
    }

    private static List<DocumentProof> proofs(Fields fields, AgentDid did) {
        boolean several = fields.value("proof").filter(JsonArray.class::isInstance).isPresent();
        if (!several) {
            return List.of(DocumentProof.parse(fields.object("proof")));
        }
        if (did.kind() != EntityKind.MULTI_HUMAN_ROOT) {
            throw fields.refused("proof", "must be one object");
        }
        List<DocumentProof> proofs =
                fields.objects("proof", Limits.SIGNERS_MAX).stream()
                        .map(DocumentProof::parse)
                        .toList();
        if (proofs.isEmpty()) {
            throw fields.refused("proof", "must have at least one entry");
        }
        return proofs;
    }

    /** The methods that {@code ids} name, in their order. */
    List<VerificationMethod> listed(List<String> ids) {
        List<VerificationMethod> listed = new ArrayList<>();
        for (String id : ids) {
            methods.stream().filter(method -> method.id().equals(id)).forEach(listed::add);
        }
        return List.copyOf(listed);
    }

    /** The keys that the proofs name. */
    Set<String> signers() {
        Set<String> keys = new HashSet<>();
        for (DocumentProof proof : proofs) {
            String method = proof.verificationMethod();
            if (governance.isPresent()) {
                governance.get().signers().stream()
                        .filter(signer -> method.startsWith(signer.did().text() + "#"))
                        .forEach(signer -> keys.add(signer.key()));
            } else {
                methods.stream()
                        .filter(it -> it.id().equals(method))
                        .forEach(it -> keys.add(it.key()));
            }
        }
        return Set.copyOf(keys);
    }
}
