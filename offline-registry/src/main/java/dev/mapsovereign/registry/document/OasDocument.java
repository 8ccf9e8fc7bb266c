package dev.mapsovereign.registry.document;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Multikey;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.EntityKind;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.registry.EntityStatus;
import dev.mapsovereign.registry.Limits;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A DID document of the Open Agent Specification, strictly read (docs/reference/did-document.md).
 * Reading checks the form; {@link #verifyProof} checks the signature; what the document claims
 * about its lineage is confirmed by {@code lineage.LineageVerifier} alone. Immutable.
 */
public final class OasDocument {
    /** The first entry of {@code @context}. */
    public static final String CONTEXT = "https://www.w3.org/ns/did/v1";

    private static final JsonReader.Limits JSON_LIMITS =
            new JsonReader.Limits(Limits.DOCUMENT_DEPTH_MAX, Limits.DOCUMENT_BYTES_MAX);

    private final byte[] bytes;
    private final JsonObject json;
    private final DocumentContent content;

    private OasDocument(byte[] bytes, JsonObject json) {
        this.bytes = bytes;
        this.json = json;
        this.content = DocumentContent.parse(json);
    }

    /**
     * Reads a document in any spelling of JSON; its bytes become the RFC 8785 form.
     *
     * @throws DocumentException naming the member and the rule
     */
    public static OasDocument parse(byte[] input) {
        JsonObject json = read(input);
        return new OasDocument(CanonicalJson.encode(json), json);
    }

    /**
     * Reads a document that must be in its RFC 8785 form, as a snapshot carries it.
     *
     * @throws DocumentException {@code NOT_CANONICAL}, or naming the member and the rule
     */
    public static OasDocument parseCanonical(byte[] input) {
        JsonObject json = read(input);
        if (!Arrays.equals(CanonicalJson.encode(json), input)) {
            throw new DocumentException(
                    DocumentFault.NOT_CANONICAL, "the document is not in its RFC 8785 form");
        }
        return new OasDocument(input.clone(), json);
    }

    static OasDocument of(JsonObject json) {
        return parse(CanonicalJson.encode(json));
    }

    private static JsonObject read(byte[] input) {
        if (input.length > Limits.DOCUMENT_BYTES_MAX) {
            throw new DocumentException(
                    DocumentFault.OVERSIZE,
                    "a document of "
                            + input.length
                            + " bytes, at most "
                            + Limits.DOCUMENT_BYTES_MAX);
        }
        try {
            return JsonReader.parseObject(input, JSON_LIMITS);
        } catch (JsonException e) {
            throw new DocumentException(
                    DocumentFault.NOT_JSON,
                    "the document is not strict JSON: " + e.getMessage(),
                    e);
        }
    }

    /** The RFC 8785 form with its proof: what a snapshot carries and a leaf digests. A copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** SHA-256 of {@link #bytes}. */
    public byte[] digest() {
        return Sha256.hash(bytes);
    }

    /** All of the document. */
    public JsonObject json() {
        return json;
    }

    /** Whom it describes. */
    public AgentDid did() {
        return content.did();
    }

    /** The kind, which stands in the DID too. */
    public EntityKind kind() {
        return content.did().kind();
    }

    /** The version number; rises with each version. */
    public long sequence() {
        return content.sequence();
    }

    /** What the document says about itself; a revocation list may say worse. */
    public EntityStatus status() {
        return content.status();
    }

    /** When the entity was born, if the document says so. */
    public Optional<Instant> created() {
        return content.created();
    }

    /** When this version was made, if the document says so. */
    public Optional<Instant> updated() {
        return content.updated();
    }

    /** All keys. */
    public List<VerificationMethod> methods() {
        return content.methods();
    }

    /** The keys that may authenticate as this DID. */
    public List<VerificationMethod> authentication() {
        return content.listed(content.authentication());
    }

    /** The keys that may sign statements of this DID: its documents and its children's lineage. */
    public List<VerificationMethod> assertion() {
        return content.listed(content.assertion());
    }

    /** Where it says it comes from; empty for a root. */
    public Optional<Lineage> lineage() {
        return content.lineage();
    }

    /** Who signs for a multi-human root, if it names them. */
    public Optional<Governance> governance() {
        return content.governance();
    }

    /** Whether the document has a {@code capabilities} member, be it empty. */
    public boolean declaresCapabilities() {
        return json.has("capabilities");
    }

    /** The MAP capabilities that it declares. */
    public List<Capability> capabilities() {
        return content.capabilities();
    }

    /** The credentials under {@code compliance.credentials}, not interpreted. */
    public List<JsonObject> credentials() {
        List<JsonObject> credentials = new ArrayList<>();
        json
                .object("compliance")
                .flatMap(compliance -> compliance.array("credentials"))
                .map(JsonArray::values)
                .orElse(List.of())
                .stream()
                .limit(Limits.CREDENTIALS_MAX)
                .forEach(value -> {
                    if (value instanceof JsonObject credential) {
                        credentials.add(credential);
                    }
                });
        return credentials;
    }

    /** Whether it names at least one service. */
    public boolean hasService() {
        return json.array("service").map(array -> !array.values().isEmpty()).orElse(false);
    }

    /**
     * Checks the proof and returns the keys (multibase) that signed: one of the document's own
     * assertion keys, or at least the threshold of the signers that a multi-human root names. One
     * wrong signature among several refuses the document.
     *
     * @throws DocumentException {@code PROOF_KEY}, {@code PROOF_SIGNATURE}, {@code PROOF_THRESHOLD}
     */
    public Set<String> verifyProof(Ed25519 ed25519) {
        byte[] signed = CanonicalJson.encode(json.without("proof"));
        return content.governance()
                .map(governance -> ProofCheck.threshold(content, governance, signed, ed25519))
                .orElseGet(() -> ProofCheck.single(content, signed, ed25519));
    }

    /**
     * The keys (multibase) that the proof names, without checking anything: meaningful once {@link
     * #verifyProof} has passed for these bytes, here or at an import.
     */
    public Set<String> signers() {
        return content.signers();
    }

    /**
     * Whether an identifier that is itself a key is one of the document's keys. False after a
     * rotation, which is no fault but worth a warning.
     */
    public boolean identifierMatchesKey() {
        String identifier = did().identifier();
        try {
            Multikey.decode(identifier);
        } catch (IllegalArgumentException e) {
            return true;
        }
        return methods().stream().anyMatch(method -> method.key().equals(identifier));
    }

    /** The member, if the document has it. */
    public Optional<JsonValue> member(String name) {
        return json.get(name);
    }

    @Override
    public String toString() {
        return "OasDocument[" + did() + ", sequence " + sequence() + "]";
    }
}
