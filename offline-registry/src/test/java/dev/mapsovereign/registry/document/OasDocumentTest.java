package dev.mapsovereign.registry.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mapsovereign.base.crypto.Multikey;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.EntityKind;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonBoolean;
import dev.mapsovereign.base.json.JsonNull;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.registry.EntityStatus;
import dev.mapsovereign.registry.Family;
import dev.mapsovereign.registry.SigningKey;
import dev.mapsovereign.registry.TestKey;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OasDocumentTest {
    private final Family family = new Family();

    private static DocumentFault faultOf(byte[] bytes) {
        DocumentException refusal =
                catchThrowableOfType(
                        DocumentException.class,
                        () -> OasDocument.parseCanonical(bytes).verifyProof(TestKey.ED25519));
        assertThat(refusal).isNotNull();
        return refusal.fault();
    }

    private static DocumentFault faultOf(JsonObject json) {
        return faultOf(CanonicalJson.encode(json));
    }

    private DocumentFault faultWith(String name, JsonValue value) {
        return faultOf(family.scout.json().with(name, value));
    }

    @Test
    void verifyProof_documentsOfTheBuilder_verifyAndRoundTrip() {
        for (OasDocument document : family.all()) {
            OasDocument read = OasDocument.parseCanonical(document.bytes());
            assertThat(read.verifyProof(TestKey.ED25519))
                    .containsExactly(document.methods().getFirst().key());
            assertThat(read.bytes()).isEqualTo(document.bytes());
            assertThat(read.signers()).isEqualTo(read.verifyProof(TestKey.ED25519));
        }
    }

    @Test
    void verifyProof_anyMemberChanged_fails() {
        JsonObject json = family.scout.json();
        for (String name : json.members().keySet()) {
            if (!name.equals("proof")) {
                assertThat(faultOf(json.without(name)))
                        .as("without " + name)
                        .isIn(
                                DocumentFault.MALFORMED,
                                DocumentFault.PROOF_SIGNATURE,
                                DocumentFault.PROOF_KEY);
            }
        }
        assertThat(faultWith("name", new JsonString("x"))).isEqualTo(DocumentFault.PROOF_SIGNATURE);
        assertThat(faultWith("sequence", JsonNumber.of(2)))
                .isEqualTo(DocumentFault.PROOF_SIGNATURE);
    }

    @Test
    void verifyProof_anyByteChanged_fails() {
        byte[] bytes = family.helper.bytes();
        JsonObject proof = family.helper.json().object("proof").orElseThrow();
        int created = text(bytes).lastIndexOf(proof.text("created").orElseThrow());
        for (int at = 0; at < bytes.length; at++) {
            boolean note = at >= created && at < created + 20;
            if (note) {
                continue;
            }
            byte[] changed = bytes.clone();
            changed[at] ^= 1;
            assertThat(faultOf(changed)).as("byte " + at).isNotNull();
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void verifyProof_byAnotherKeyOfTheDocumentThanAllowed_isProofKey() {
        OasDocument two =
                Family.builder(EntityKind.AGENT, family.scoutKey)
                        .key("key-2", family.helperKey.publicKey())
                        .sign(family.scoutKey, Family.BORN);
        JsonObject proof =
                two.json()
                        .object("proof")
                        .orElseThrow()
                        .with("verificationMethod", new JsonString(two.did() + "#key-2"));
        assertThat(faultOf(two.json().with("proof", proof))).isEqualTo(DocumentFault.PROOF_KEY);
    }

    @Test
    void verifyProof_signedByAStranger_fails() {
        OasDocument forged =
                Family.builder(EntityKind.AGENT, family.scoutKey)
                        .sign(TestKey.of("stranger"), Family.BORN);
        assertThat(faultOf(forged.bytes())).isEqualTo(DocumentFault.PROOF_SIGNATURE);
    }

    @Test
    void parse_otherSpelling_isTakenAndCanonicalOnesDemandedWhereItCounts() {
        String spaced = text(family.alice.bytes()).replace(",", " ,\n");
        byte[] bytes = spaced.getBytes(StandardCharsets.UTF_8);
        assertThat(OasDocument.parse(bytes).bytes()).isEqualTo(family.alice.bytes());
        assertThat(faultOf(bytes)).isEqualTo(DocumentFault.NOT_CANONICAL);
    }

    @Test
    void parse_wrongShapes_areRefusedEachByItsName() {
        assertThat(faultOf("[]".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(DocumentFault.NOT_JSON);
        assertThat(faultOf("{\"id\":1,\"id\":2}".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(DocumentFault.NOT_JSON);
        assertThat(faultOf(new byte[64 * 1024 + 1])).isEqualTo(DocumentFault.OVERSIZE);
        assertThat(faultWith("surprise", JsonBoolean.of(true)))
                .isEqualTo(DocumentFault.UNKNOWN_MEMBER);
        Map<String, JsonValue> malformed =
                Map.ofEntries(
                        Map.entry("id", new JsonString("did:oas:acme:robot:x")),
                        Map.entry("kind", new JsonString("tool")),
                        Map.entry("@context", JsonArray.ofStrings(List.of("https://example"))),
                        Map.entry("sequence", JsonNumber.of(0)),
                        Map.entry("verificationMethod", JsonArray.EMPTY),
                        Map.entry("assertionMethod", JsonArray.ofStrings(List.of("did:x#key-1"))),
                        Map.entry("lifecycleStatus", new JsonString("sleeping")),
                        Map.entry("revoked", JsonBoolean.of(true)),
                        Map.entry("conformanceLevel", new JsonString("L9")),
                        Map.entry("metadata", new JsonString("2026")),
                        Map.entry("name", JsonNull.INSTANCE),
                        Map.entry("proof", JsonArray.EMPTY),
                        Map.entry("controller", new JsonString("me")),
                        Map.entry("capabilities", JsonArray.of(new JsonString("map.max.*"))));
        malformed.forEach((name, value) ->
                assertThat(faultWith(name, value)).as(name).isEqualTo(DocumentFault.MALFORMED));
    }

    @Test
    void parse_lookAlikesInDidAndKey_areRefused() {
        String did = family.scout.did().text();
        for (String bad :
                List.of(
                        did.replace("acme", "\u0430cme"),
                        did.replace("z6Mk", "z6Mk0"),
                        did.replace("did:oas", "did:0as"),
                        did.toUpperCase(Locale.ROOT))) {
            JsonObject json = family.scout.json().with("id", new JsonString(bad));
            assertThat(faultOf(json)).as(bad).isEqualTo(DocumentFault.MALFORMED);
        }
        String key = family.scout.methods().getFirst().key();
        String swapped =
                text(family.scout.bytes())
                        .replace("\"" + key + "\"", "\"" + key.replace('k', 'l') + "\"");
        assertThat(faultOf(swapped.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(DocumentFault.MALFORMED);
    }

    @Test
    void status_finalStates_areRead() {
        OasDocument deactivated =
                DocumentBuilder.next(family.scout, Family.NOW)
                        .deactivated()
                        .sign(family.scoutKey, Family.NOW);
        OasDocument revoked =
                DocumentBuilder.next(family.scout, Family.NOW)
                        .revoked(Family.NOW)
                        .sign(family.scoutKey, Family.NOW);
        assertThat(family.scout.status()).isEqualTo(EntityStatus.ACTIVE);
        assertThat(deactivated.status()).isEqualTo(EntityStatus.DEACTIVATED);
        assertThat(revoked.status()).isEqualTo(EntityStatus.REVOKED);
        assertThat(revoked.sequence()).isEqualTo(2);
        assertThat(revoked.created()).contains(Family.BORN);
        assertThat(revoked.updated()).contains(Family.NOW);
    }

    @Test
    void multiHumanRoot_thresholdOfSigners_isDemanded() {
        SigningKey group = TestKey.of("council");
        SigningKey bob = TestKey.of("bob");
        AgentDid bobDid = Family.did(EntityKind.HUMAN_ROOT, bob);
        Governance governance =
                new Governance(
                        2,
                        List.of(
                                new Governance.Signer(
                                        family.alice.did(),
                                        Multikey.encode(family.aliceKey.publicKey())),
                                new Governance.Signer(bobDid, Multikey.encode(bob.publicKey()))));
        DocumentBuilder builder =
                Family.builder(EntityKind.MULTI_HUMAN_ROOT, group).governance(governance);
        OasDocument both =
                builder.signByAll(
                        Map.of(family.alice.did(), family.aliceKey, bobDid, bob), Family.BORN);
        assertThat(both.verifyProof(TestKey.ED25519)).hasSize(2);

        OasDocument one = builder.signByAll(Map.of(bobDid, bob), Family.BORN);
        assertThat(faultOf(one.bytes())).isEqualTo(DocumentFault.PROOF_THRESHOLD);
        OasDocument wrong =
                builder.signByAll(Map.of(family.alice.did(), bob, bobDid, bob), Family.BORN);
        assertThat(faultOf(wrong.bytes())).isEqualTo(DocumentFault.PROOF_SIGNATURE);
        OasDocument stranger =
                builder.signByAll(
                        Map.of(family.scout.did(), family.scoutKey, bobDid, bob), Family.BORN);
        assertThat(faultOf(stranger.bytes())).isEqualTo(DocumentFault.PROOF_KEY);
        OasDocument own = builder.sign(group, Family.BORN);
        assertThat(faultOf(own.bytes()))
                .as("the group key alone does not speak for the humans")
                .isEqualTo(DocumentFault.PROOF_KEY);
    }

    @Test
    void identifierMatchesKey_afterRotation_isFalse() {
        OasDocument rotated =
                DocumentBuilder.next(family.scout, Family.NOW)
                        .replaceKey(family.helperKey.publicKey())
                        .sign(family.helperKey, Family.NOW);
        assertThat(family.scout.identifierMatchesKey()).isTrue();
        assertThat(rotated.identifierMatchesKey()).isFalse();
        assertThat(rotated.verifyProof(TestKey.ED25519))
                .containsExactly(Multikey.encode(family.helperKey.publicKey()));
    }
}
