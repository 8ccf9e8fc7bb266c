package dev.mapsovereign.registry.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.crypto.Base58;
import dev.mapsovereign.base.crypto.Multikey;
import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.EntityKind;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.registry.EntityStatus;
import dev.mapsovereign.registry.Family;
import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.SigningKey;
import dev.mapsovereign.registry.TestKey;
import dev.mapsovereign.registry.document.DocumentBuilder;
import dev.mapsovereign.registry.document.OasDocument;
import dev.mapsovereign.registry.lineage.LineageVerdict.RevocationStatus;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LineageVerifierTest {
    private final Family family = new Family();
    private final Map<AgentDid, DocumentSource.Found> documents = new HashMap<>();
    private final IdentityVerifier verifier =
            new IdentityVerifier(TestKey.ED25519, List.of(family.pin()), List.of());
    private boolean stale;

    LineageVerifierTest() {
        family.all().forEach(this::put);
    }

    /** As a source does: only documents whose own proof verifies. */
    private OasDocument put(OasDocument document) {
        document.verifyProof(TestKey.ED25519);
        documents.put(
                document.did(), new DocumentSource.Found(document.status(), Optional.of(document)));
        return document;
    }

    private LineageVerdict verify(AgentDid did) {
        return verify(verifier, did);
    }

    private LineageVerdict verify(IdentityVerifier by, AgentDid did) {
        return by.verify(
                did,
                wanted -> Optional.ofNullable(documents.get(wanted)),
                new IdentityVerifier.Standing(1, Duration.ofDays(1), stale, Family.NOW));
    }

    private void assertFault(OasDocument document, LineageFault fault, AgentDid at) {
        LineageVerdict verdict = verify(document.did());
        assertThat(verdict.lineageValid()).isFalse();
        assertThat(verdict.fault().orElseThrow().kind()).isEqualTo(fault);
        assertThat(verdict.fault().orElseThrow().at()).isEqualTo(at);
        assertThat(verdict.capabilities()).isEmpty();
        assertThat(verdict.conformanceLevel().meets(ConformanceLevel.L1)).isFalse();
    }

    private void assertFault(OasDocument document, LineageFault fault) {
        assertFault(document, fault, document.did());
    }

    private static DocumentBuilder agent(SigningKey key) {
        return Family.builder(EntityKind.AGENT, key);
    }

    /** Changes the lineage after it was signed, and signs the document anew. */
    private OasDocument withLineage(
            OasDocument document, SigningKey key, String name, JsonValue value) {
        JsonObject lineage = document.json().object("lineage").orElseThrow().with(name, value);
        return DocumentBuilder.next(document, Family.NOW)
                .member("lineage", lineage)
                .sign(key, Family.NOW);
    }

    private OasDocument withProof(
            OasDocument document, SigningKey key, String name, JsonValue value) {
        JsonObject lineage = document.json().object("lineage").orElseThrow();
        JsonObject proof = lineage.object("derivationProof").orElseThrow().with(name, value);
        return withLineage(document, key, "derivationProof", proof);
    }

    @Test
    void verify_wholeFamily_reachesAlice() {
        int depth = 0;
        for (OasDocument document : family.all()) {
            LineageVerdict verdict = verify(document.did());
            assertThat(verdict.fault()).isEmpty();
            assertThat(verdict.lineageDepth()).isEqualTo(depth++);
            assertThat(verdict.humanRoot()).contains(family.alice.did());
            assertThat(verdict.conformanceLevel()).isEqualTo(ConformanceLevel.L1);
        }
    }

    @Test
    void verify_capabilities_onlyNarrowDownTheChain() {
        assertThat(verify(family.scout.did()).capabilities())
                .as("map.oas.resolve is not the enterprise's to give")
                .containsExactly(Capability.of("map.max.*"));
        assertThat(verify(family.helper.did()).capabilities())
                .containsExactly(Capability.of("map.max.audit_query"));
        put(
                agent(family.helperKey)
                        .createdBy(family.scout, family.scoutKey, Family.BORN)
                        .capability(Capability.of("map.*.*"))
                        .sign(family.helperKey, Family.BORN));
        assertThat(verify(family.helper.did()).capabilities())
                .as("who asks for all gets what its parents have")
                .containsExactly(Capability.of("map.max.*"));
    }

    @Test
    void verify_ancestorWithoutAList_declaresNothingOn() {
        OasDocument bare =
                put(
                        agent(family.scoutKey)
                                .createdBy(family.acme, family.acmeKey, Family.BORN)
                                .sign(family.scoutKey, Family.BORN));
        assertThat(verify(bare.did()).capabilities()).isEmpty();
        assertThat(verify(family.helper.did()).lineageValid()).isTrue();
        assertThat(verify(family.helper.did()).capabilities()).isEmpty();
    }

    @Test
    void verify_unknownDid_isNotFound() {
        AgentDid stranger = AgentDid.parse("did:oas:acme:agent:stranger");
        LineageVerdict verdict = verify(stranger);
        assertThat(verdict.fault().orElseThrow().kind()).isEqualTo(LineageFault.NOT_FOUND);
        assertThat(verdict.revocationStatus()).isEqualTo(RevocationStatus.UNKNOWN);
        assertThat(verdict.conformanceLevel()).isEqualTo(ConformanceLevel.NONE);
        assertThat(verdict.signatureValid()).isFalse();
    }

    @Test
    void verify_missingParent_isNotFoundAtTheParent() {
        documents.remove(family.scout.did());
        assertFault(family.helper, LineageFault.NOT_FOUND, family.scout.did());
        assertThat(verify(family.helper.did()).conformanceLevel()).isEqualTo(ConformanceLevel.L0);
    }

    @Test
    void verify_finalStates_takeTheSubtreeAlong() {
        Map<EntityStatus, List<LineageFault>> faults =
                Map.of(
                        EntityStatus.DEACTIVATED,
                        List.of(LineageFault.DEACTIVATED, LineageFault.ANCESTOR_DEACTIVATED),
                        EntityStatus.REVOKED,
                        List.of(LineageFault.REVOKED, LineageFault.ANCESTOR_REVOKED),
                        EntityStatus.TOMBSTONE,
                        List.of(LineageFault.TOMBSTONE, LineageFault.ANCESTOR_TOMBSTONE));
        faults.forEach((status, expected) -> {
            documents.put(
                    family.acme.did(), new DocumentSource.Found(status, Optional.of(family.acme)));
            assertFault(family.acme, expected.getFirst());
            assertFault(family.scout, expected.getLast(), family.acme.did());
            assertFault(family.helper, expected.getLast(), family.acme.did());
            assertThat(verify(family.alice.did()).lineageValid()).isTrue();
        });
    }

    @Test
    void verify_withoutProof_isMissing() {
        OasDocument orphan =
                put(agent(TestKey.of("orphan")).sign(TestKey.of("orphan"), Family.BORN));
        assertFault(orphan, LineageFault.LINEAGE_MISSING);
        assertThat(verify(orphan.did()).conformanceLevel()).isEqualTo(ConformanceLevel.L0);
    }

    @Test
    void verify_copiedProofWithAKeyOfOnesOwn_isChildKey() {
        // The thief copies scout's public lineage, lists scout's key first and signs by his own.
        SigningKey thief = TestKey.of("thief");
        String did = family.scout.did().text();
        JsonObject stolen = family.scout.json().without("proof");
        JsonObject method =
                JsonObject.builder()
                        .put("controller", did)
                        .put("id", did + "#key-2")
                        .put("publicKeyMultibase", Multikey.encode(thief.publicKey()))
                        .put("type", "Ed25519VerificationKey2020")
                        .build();
        JsonValue first = stolen.array("verificationMethod").orElseThrow().values().getFirst();
        JsonObject unsigned =
                stolen.with("verificationMethod", JsonArray.of(first, method))
                        .with("assertionMethod", JsonArray.ofStrings(List.of(did + "#key-2")))
                        .with("authentication", JsonArray.ofStrings(List.of(did + "#key-2")));
        JsonObject proof =
                JsonObject.builder()
                        .put("created", "2026-01-01T00:00:00Z")
                        .put("proofPurpose", "assertionMethod")
                        .put(
                                "proofValue",
                                "z" + Base58.encode(thief.sign(CanonicalJson.encode(unsigned))))
                        .put("type", "Ed25519Signature2020")
                        .put("verificationMethod", did + "#key-2")
                        .build();
        OasDocument forged =
                put(OasDocument.parse(CanonicalJson.encode(unsigned.with("proof", proof))));
        assertFault(forged, LineageFault.CHILD_KEY);
    }

    @Test
    void verify_proofSignedByAStranger_isParentKey() {
        SigningKey stranger = TestKey.of("stranger");
        OasDocument forged =
                put(
                        agent(family.scoutKey)
                                .createdBy(family.acme, stranger, Family.BORN)
                                .sign(family.scoutKey, Family.BORN));
        assertFault(forged, LineageFault.PARENT_KEY);
    }

    @Test
    void verify_fieldsOutsideTheSignature_decideNothing() {
        JsonObject derivation =
                family.scout
                        .json()
                        .object("lineage")
                        .flatMap(it -> it.object("derivationProof"))
                        .flatMap(it -> it.object("derivation"))
                        .orElseThrow()
                        .with("method", new JsonString("magic"));
        OasDocument document =
                put(withProof(family.scout, family.scoutKey, "derivation", derivation));
        assertThat(verify(document.did()).lineageValid()).isTrue();
    }

    @Test
    void verify_anyCoveredFieldChanged_isLineageSignature() {
        OasDocument later =
                withProof(
                        family.scout,
                        family.scoutKey,
                        "created",
                        new JsonString("2026-01-02T00:00:00Z"));
        put(later);
        assertFault(later, LineageFault.LINEAGE_SIGNATURE);
    }

    @Test
    void verify_jwsOfAnotherForm_isLineageSignature() {
        String jws = family.scout.lineage().flatMap(it -> it.proof()).orElseThrow().jws();
        String[] parts = jws.split("\\.", -1);
        String otherHeader =
                StrictBase64.encodeUrl("{\"alg\":\"none\"}".getBytes(StandardCharsets.US_ASCII));
        String spacedHeader =
                StrictBase64.encodeUrl("{\"alg\": \"EdDSA\"}".getBytes(StandardCharsets.US_ASCII));
        char last = parts[2].charAt(parts[2].length() - 1);
        String otherSpelling = parts[2].substring(0, parts[2].length() - 1) + (char) (last + 1);
        for (String bad :
                List.of(
                        otherHeader + "." + parts[1] + "." + parts[2],
                        otherHeader + "." + parts[1] + ".",
                        spacedHeader + "." + parts[1] + "." + parts[2],
                        parts[0] + ".." + parts[2],
                        parts[0] + "." + parts[1],
                        parts[0] + "." + parts[1] + ".",
                        parts[0] + "." + parts[1] + "." + otherSpelling,
                        parts[0] + "." + parts[1] + "." + parts[2] + "=",
                        jws + ".",
                        "")) {
            OasDocument forged =
                    put(withProof(family.scout, family.scoutKey, "jws", new JsonString(bad)));
            assertFault(forged, LineageFault.LINEAGE_SIGNATURE);
        }
    }

    @Test
    void jws_payload_isTheContractsFieldsInTheirCanonicalForm() {
        String jws = family.scout.lineage().flatMap(it -> it.proof()).orElseThrow().jws();
        String[] parts = jws.split("\\.", -1);
        assertThat(new String(StrictBase64.decodeUrl(parts[0]), StandardCharsets.UTF_8))
                .isEqualTo("{\"alg\":\"EdDSA\"}");
        byte[] payload = StrictBase64.decodeUrl(parts[1]);
        JsonObject json = (JsonObject) JsonReader.parse(payload);
        assertThat(CanonicalJson.encode(json)).isEqualTo(payload);
        assertThat(json.members().keySet())
                .containsExactlyInAnyOrder(
                        "type",
                        "creator",
                        "created",
                        "proofPurpose",
                        "parentKey",
                        "childKey",
                        "child",
                        "childKind");
        assertThat(
                        TestKey.ED25519.verify(
                                family.acmeKey.publicKey(),
                                (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII),
                                StrictBase64.decodeUrl(parts[2])))
                .isTrue();
    }

    @Test
    void verify_claimsThatDifferFromTheWalk_areLineageClaims() {
        AgentDid other = AgentDid.parse("did:oas:acme:hmr:mallory");
        put(withLineage(family.scout, family.scoutKey, "generation", JsonNumber.of(5)));
        assertFault(family.scout, LineageFault.LINEAGE_CLAIM);
        put(
                withLineage(
                        family.scout,
                        family.scoutKey,
                        "humanRootDid",
                        new JsonString(other.text())));
        assertFault(family.scout, LineageFault.LINEAGE_CLAIM);
        JsonArray chain = JsonArray.ofStrings(List.of(family.acme.did().text(), other.text()));
        JsonObject lineage =
                family.scout
                        .json()
                        .object("lineage")
                        .orElseThrow()
                        .with("humanRootChain", chain)
                        .with("humanRootDid", new JsonString(other.text()));
        put(
                DocumentBuilder.next(family.scout, Family.NOW)
                        .member("lineage", lineage)
                        .sign(family.scoutKey, Family.NOW));
        assertFault(family.scout, LineageFault.LINEAGE_CLAIM);
    }

    @Test
    void verify_kindThatMayNotCreateThis_isParentKind() {
        SigningKey toolKey = TestKey.of("tool");
        OasDocument tool =
                put(
                        Family.builder(EntityKind.TOOL, toolKey)
                                .createdBy(family.acme, family.acmeKey, Family.BORN)
                                .sign(toolKey, Family.BORN));
        assertFault(tool, LineageFault.PARENT_KIND);
    }

    @Test
    void verify_olderThanTheParent_isLineageTime() {
        SigningKey lateKey = TestKey.of("late");
        AgentDid lateDid = Family.did(EntityKind.AGENT, lateKey);
        OasDocument late =
                put(
                        new DocumentBuilder(lateDid, lateKey.publicKey(), Family.NOW)
                                .createdBy(family.acme, family.acmeKey, Family.NOW)
                                .sign(lateKey, Family.NOW));
        OasDocument early =
                put(
                        agent(family.helperKey)
                                .createdBy(late, lateKey, Family.NOW)
                                .sign(family.helperKey, Family.NOW));
        assertFault(early, LineageFault.LINEAGE_TIME);
    }

    @Test
    void verify_proofFromTheFuture_isFutureDated() {
        Instant future = Family.NOW.plus(Limits.DOCUMENT_TIME_AHEAD_MAX).plusSeconds(1);
        OasDocument document =
                put(
                        agent(family.scoutKey)
                                .createdBy(family.acme, family.acmeKey, future)
                                .sign(family.scoutKey, Family.BORN));
        assertFault(document, LineageFault.FUTURE_DATED);
        SigningKey unborn = TestKey.of("unborn");
        OasDocument root =
                put(
                        new DocumentBuilder(
                                        Family.did(EntityKind.AGENT, unborn),
                                        unborn.publicKey(),
                                        future)
                                .sign(unborn, Family.BORN));
        assertFault(root, LineageFault.FUTURE_DATED);
        assertThat(verify(root.did()).conformanceLevel()).isEqualTo(ConformanceLevel.NONE);
    }

    @Test
    void verify_cycle_ends() {
        SigningKey a = TestKey.of("cycle-a");
        SigningKey b = TestKey.of("cycle-b");
        OasDocument first =
                agent(a).createdBy(family.acme, family.acmeKey, Family.BORN).sign(a, Family.BORN);
        OasDocument second = put(agent(b).createdBy(first, a, Family.BORN).sign(b, Family.BORN));
        put(agent(a).createdBy(second, b, Family.BORN).sign(a, Family.BORN));
        assertFault(second, LineageFault.LINEAGE_CYCLE);
    }

    @Test
    void verify_deeperThanTheLimit_endsThere() {
        OasDocument parent = family.acme;
        SigningKey parentKey = family.acmeKey;
        for (int i = 0; i < Limits.LINEAGE_DEPTH_MAX + 2; i++) {
            SigningKey key = TestKey.of("deep-" + i);
            // The form bounds the chain that a document may claim; a liar claims a short one.
            JsonObject lineage =
                    agent(key)
                            .createdBy(shallow(parent), parentKey, Family.BORN)
                            .sign(key, Family.BORN)
                            .json()
                            .object("lineage")
                            .orElseThrow();
            parent = put(agent(key).member("lineage", lineage).sign(key, Family.BORN));
            parentKey = key;
        }
        LineageVerdict verdict = verify(parent.did());
        assertThat(verdict.fault().orElseThrow().kind()).isEqualTo(LineageFault.LINEAGE_DEPTH);
    }

    private OasDocument shallow(OasDocument parent) {
        return parent.lineage().filter(it -> it.chain().size() > 40).isEmpty()
                ? parent
                : DocumentBuilder.next(parent, Family.NOW)
                        .member("lineage", family.scout.json().object("lineage").orElseThrow())
                        .sign(TestKey.of("any"), Family.NOW);
    }

    @Test
    void verify_rootThatIsNotPinned_isRefused() {
        SigningKey mallory = TestKey.of("mallory");
        OasDocument root =
                put(Family.builder(EntityKind.HUMAN_ROOT, mallory).sign(mallory, Family.BORN));
        assertFault(root, LineageFault.ROOT_NOT_PINNED);
        SigningKey key = TestKey.of("mallorys");
        OasDocument child =
                put(agent(key).createdBy(root, mallory, Family.BORN).sign(key, Family.BORN));
        assertFault(child, LineageFault.ROOT_NOT_PINNED, root.did());
        assertThat(verify(child.did()).conformanceLevel()).isEqualTo(ConformanceLevel.L0);
    }

    @Test
    void verify_pinnedRootUnderAnotherKey_isRootKey() {
        SigningKey other = TestKey.of("alice-2");
        put(
                DocumentBuilder.next(family.alice, Family.NOW)
                        .replaceKey(other.publicKey())
                        .sign(other, Family.NOW));
        assertFault(family.alice, LineageFault.ROOT_KEY);
        assertFault(family.acme, LineageFault.PARENT_KEY);
    }

    @Test
    void verify_enterprisePinned_endsThere() {
        IdentityVerifier pinned =
                new IdentityVerifier(
                        TestKey.ED25519,
                        List.of(
                                new PinnedRoot(
                                        family.acme.did(),
                                        Set.of(Family.multikey(family.acmeKey)))),
                        List.of());
        documents.remove(family.alice.did());
        LineageVerdict verdict = verify(pinned, family.helper.did());
        assertThat(verdict.fault()).isEmpty();
        assertThat(verdict.humanRoot()).contains(family.acme.did());
        assertThat(verdict.lineageDepth()).isEqualTo(2);
    }

    @Test
    void verify_parentKeyRotated_needsTheChildrenSignedAnew() {
        SigningKey fresh = TestKey.of("acme-2");
        OasDocument rotated =
                put(
                        DocumentBuilder.next(family.acme, Family.NOW)
                                .replaceKey(fresh.publicKey())
                                .createdBy(family.alice, family.aliceKey, Family.NOW)
                                .sign(fresh, Family.NOW));
        assertThat(verify(rotated.did()).lineageValid()).isTrue();
        assertThat(verify(rotated.did()).warnings()).hasSize(1);
        assertFault(family.scout, LineageFault.PARENT_KEY);
        put(
                DocumentBuilder.next(family.scout, Family.NOW)
                        .createdBy(rotated, fresh, Family.NOW)
                        .sign(family.scoutKey, Family.NOW));
        assertThat(verify(family.scout.did()).lineageValid()).isTrue();
        assertThat(verify(family.helper.did()).lineageValid())
                .as("grandchildren need nothing")
                .isTrue();
    }

    private JsonObject credential(
            SigningKey key, AgentDid issuer, AgentDid subject, JsonValue capabilities) {
        JsonObject unsigned =
                JsonObject.builder()
                        .put(
                                "@context",
                                JsonArray.ofStrings(
                                        List.of("https://www.w3.org/ns/credentials/v2")))
                        .put("type", JsonArray.ofStrings(List.of("VerifiableCredential")))
                        .put("issuer", issuer.text())
                        .put("validFrom", "2026-01-01T00:00:00Z")
                        .put("validUntil", "2027-01-01T00:00:00Z")
                        .put(
                                "credentialSubject",
                                JsonObject.builder()
                                        .put("id", subject.text())
                                        .put("trustScore", 80)
                                        .put(
                                                "complianceMarkers",
                                                JsonArray.ofStrings(List.of("iso-42001")))
                                        .put("capabilities", capabilities)
                                        .build())
                        .build();
        return unsigned.with(
                "proof",
                JsonObject.builder()
                        .put("type", "Ed25519Signature2020")
                        .put("created", "2026-01-01T00:00:00Z")
                        .put("proofPurpose", "assertionMethod")
                        .put("verificationMethod", issuer.text() + "#key-1")
                        .put(
                                "proofValue",
                                "z" + Base58.encode(key.sign(CanonicalJson.encode(unsigned))))
                        .build());
    }

    private OasDocument scoutWith(JsonObject credential) {
        return put(
                DocumentBuilder.next(family.scout, Family.NOW)
                        .service("api", "AgentAPI", "https://scout.example/")
                        .member(
                                "compliance",
                                JsonObject.builder()
                                        .put("credentials", JsonArray.of(credential))
                                        .build())
                        .sign(family.scoutKey, Family.NOW));
    }

    @Test
    void verify_credentialOfARecognizedIssuer_liftsToL2() {
        IdentityVerifier recognizing =
                new IdentityVerifier(
                        TestKey.ED25519, List.of(family.pin()), List.of(family.acme.did()));
        JsonValue capabilities = family.scout.member("capabilities").orElseThrow();
        JsonObject good =
                credential(family.acmeKey, family.acme.did(), family.scout.did(), capabilities);
        OasDocument lifted = scoutWith(good);
        assertThat(verify(recognizing, lifted.did()).conformanceLevel())
                .isEqualTo(ConformanceLevel.L2);
        assertThat(verify(lifted.did()).conformanceLevel())
                .as("an issuer that the site does not recognize")
                .isEqualTo(ConformanceLevel.L1);
        stale = true;
        assertThat(verify(recognizing, lifted.did()).conformanceLevel())
                .isEqualTo(ConformanceLevel.L1);
        stale = false;

        for (JsonObject bad :
                List.of(
                        good.with("validUntil", new JsonString("2028-01-01T00:00:00Z")),
                        credential(
                                family.scoutKey,
                                family.acme.did(),
                                family.scout.did(),
                                capabilities),
                        credential(
                                family.acmeKey,
                                family.acme.did(),
                                family.helper.did(),
                                capabilities),
                        credential(
                                family.acmeKey,
                                family.acme.did(),
                                family.scout.did(),
                                JsonArray.EMPTY))) {
            assertThat(verify(recognizing, scoutWith(bad).did()).conformanceLevel())
                    .isEqualTo(ConformanceLevel.L1);
        }
    }
}
