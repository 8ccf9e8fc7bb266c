package dev.mapsovereign.registry.document;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.crypto.Multikey;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.EntityKind;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonBoolean;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.time.UtcSeconds;
import dev.mapsovereign.registry.SigningKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Makes signed DID documents: roots, enterprises, agents. Not safe for use by several threads.
 *
 * <pre>{@code
 * OasDocument alice = new DocumentBuilder(aliceDid, aliceKey.publicKey(), now).sign(aliceKey, now);
 * OasDocument agent = new DocumentBuilder(agentDid, agentKey.publicKey(), now)
 *         .createdBy(alice, aliceKey, now)
 *         .capability(Capability.of("map.max.*"))
 *         .sign(agentKey, now);
 * }</pre>
 */
public final class DocumentBuilder {
    private static final String FIRST_FRAGMENT = "key-1";

    private final AgentDid did;
    private final Map<String, JsonValue> members = new TreeMap<>();
    private final List<VerificationMethod> methods = new ArrayList<>();
    private final List<JsonValue> services = new ArrayList<>();
    private final List<JsonValue> capabilities = new ArrayList<>();

    /**
     * A first version (sequence 1) with one key, {@code #key-1}, for every purpose.
     *
     * @param created when the entity was born, cut to the second
     */
    public DocumentBuilder(AgentDid did, byte[] publicKey, Instant created) {
        this.did = did;
        methods.add(method(FIRST_FRAGMENT, publicKey));
        members.put(
                "@context",
                JsonArray.ofStrings(
                        List.of(
                                OasDocument.CONTEXT,
                                "https://w3id.org/security/suites/ed25519-2020/v1",
                                "https://openagent.id/ns/oas/v1")));
        put("id", did.text());
        put("kind", did.kind().token());
        put("oasVersion", "1.1.0");
        sequence(1);
        members.put(
                "metadata",
                JsonObject.builder().put("created", UtcSeconds.format(created)).build());
    }

    /** The DID whose identifier is the key itself: {@code did:oas:<namespace>:<kind>:z6Mk…}. */
    public static AgentDid didOf(String namespace, EntityKind kind, byte[] publicKey) {
        return AgentDid.parse(
                "did:oas:" + namespace + ":" + kind.token() + ":" + Multikey.encode(publicKey));
    }

    /** The next version of {@code document}: its content, the sequence one higher, no proof yet. */
    public static DocumentBuilder next(OasDocument document, Instant updated) {
        DocumentBuilder builder =
                new DocumentBuilder(
                        document.did(), document.methods().getFirst().publicKey(), updated);
        builder.members.clear();
        builder.members.putAll(document.json().members());
        builder.members.remove("proof");
        builder.methods.clear();
        builder.methods.addAll(document.methods());
        builder.take("service", builder.services);
        builder.take("capabilities", builder.capabilities);
        JsonObject metadata = document.json().object("metadata").orElse(JsonObject.EMPTY);
        builder.members.put(
                "metadata", metadata.with("updated", new JsonString(UtcSeconds.format(updated))));
        return builder.sequence(document.sequence() + 1);
    }

    private void take(String name, List<JsonValue> list) {
        if (members.remove(name) instanceof JsonArray array) {
            list.addAll(array.values());
        }
    }

    private VerificationMethod method(String fragment, byte[] publicKey) {
        return new VerificationMethod(did.text() + "#" + fragment, Multikey.encode(publicKey));
    }

    private void put(String name, String text) {
        members.put(name, new JsonString(text));
    }

    /** A name for people. */
    public DocumentBuilder name(String name) {
        put("name", name);
        return this;
    }

    /** The version number. */
    public DocumentBuilder sequence(long sequence) {
        members.put("sequence", JsonNumber.of(sequence));
        return this;
    }

    /** One more key. It speaks for the DID only because the first key signs the document. */
    public DocumentBuilder key(String fragment, byte[] publicKey) {
        methods.add(method(fragment, publicKey));
        return this;
    }

    /** Puts another key in the place of the first: a rotation. */
    public DocumentBuilder replaceKey(byte[] publicKey) {
        methods.set(
                0, method(methods.getFirst().id().substring(did.text().length() + 1), publicKey));
        return this;
    }

    /** A service entry. */
    public DocumentBuilder service(String fragment, String type, String endpoint) {
        services.add(
                JsonObject.builder()
                        .put("id", did.text() + "#" + fragment)
                        .put("serviceEndpoint", endpoint)
                        .put("type", type)
                        .build());
        return this;
    }

    /** Declares a capability. */
    public DocumentBuilder capability(Capability capability) {
        capabilities.add(capability.json());
        return this;
    }

    /** Any other member of the form, for example {@code compliance}. */
    public DocumentBuilder member(String name, JsonValue value) {
        members.put(name, value);
        return this;
    }

    /** Ends the entity by its own signature; final. */
    public DocumentBuilder deactivated() {
        put("lifecycleStatus", "deactivated");
        return this;
    }

    /** Marks the document revoked; final. */
    public DocumentBuilder revoked(Instant at) {
        members.put("revoked", JsonBoolean.of(true));
        put("revokedAt", UtcSeconds.format(at));
        return this;
    }

    /** Names the humans who sign for a multi-human root. */
    public DocumentBuilder governance(Governance governance) {
        members.put("governance", governance.json());
        return this;
    }

    /**
     * The parent vouches for this entity's first key.
     *
     * @param parent the parent's present document; its own lineage becomes the chain
     * @param parentKey a key that the parent's document lists under {@code assertionMethod}
     */
    public DocumentBuilder createdBy(OasDocument parent, SigningKey parentKey, Instant at) {
        LineageProof proof =
                LineageProof.sign(parent.did(), parentKey, did, methods.getFirst().key(), at);
        List<AgentDid> chain = new ArrayList<>();
        chain.add(parent.did());
        parent.lineage().ifPresent(above -> chain.addAll(above.chain()));
        Lineage lineage =
                new Lineage(
                        parent.did(),
                        chain.getLast(),
                        chain.size() - 1L,
                        chain,
                        Optional.of(proof));
        members.put("lineage", lineage.json());
        return this;
    }

    /** Signs by the first key, and reads the result back as strictly as anybody's. */
    public OasDocument sign(SigningKey key, Instant at) {
        JsonObject unsigned = unsigned();
        DocumentProof proof =
                new DocumentProof(
                        methods.getFirst().id(), at, key.sign(CanonicalJson.encode(unsigned)));
        return OasDocument.of(unsigned.with("proof", proof.json()));
    }

    /** Signs by several humans, for a root with {@link #governance}. */
    public OasDocument signByAll(Map<AgentDid, SigningKey> signers, Instant at) {
        JsonObject unsigned = unsigned();
        byte[] bytes = CanonicalJson.encode(unsigned);
        List<JsonValue> proofs = new ArrayList<>();
        new TreeMap<>(signers)
                .forEach((signer, key) ->
                        proofs.add(
                                new DocumentProof(
                                                signer.text() + "#" + FIRST_FRAGMENT,
                                                at,
                                                key.sign(bytes))
                                        .json()));
        return OasDocument.of(unsigned.with("proof", new JsonArray(proofs)));
    }

    private JsonObject unsigned() {
        JsonArray ids = JsonArray.ofStrings(methods.stream().map(VerificationMethod::id).toList());
        members.put(
                "verificationMethod",
                new JsonArray(
                        methods.stream().<JsonValue>map(method -> method.json(did)).toList()));
        members.put("authentication", ids);
        members.put("assertionMethod", JsonArray.ofStrings(List.of(methods.getFirst().id())));
        members.put("capabilityInvocation", ids);
        members.put("capabilityDelegation", JsonArray.ofStrings(List.of(methods.getFirst().id())));
        if (!services.isEmpty()) {
            members.put("service", new JsonArray(services));
        }
        if (!capabilities.isEmpty()) {
            members.put("capabilities", new JsonArray(capabilities));
        }
        return new JsonObject(members);
    }
}
