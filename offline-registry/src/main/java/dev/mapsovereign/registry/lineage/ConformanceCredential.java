package dev.mapsovereign.registry.lineage;

import dev.mapsovereign.base.crypto.Base58;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.time.UtcSeconds;
import dev.mapsovereign.registry.document.OasDocument;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * A W3C Verifiable Credential that lifts its subject to L2. All that counts stands in what the
 * issuer signed (RFC 8785 bytes without {@code proof}, {@code Ed25519Signature2020}); the subject's
 * own document proves nothing about the subject's trust score.
 */
final class ConformanceCredential {
    private static final String TYPE = "VerifiableCredential";

    private final JsonObject json;

    ConformanceCredential(JsonObject json) {
        this.json = json;
    }

    /** Who says he issued it. */
    Optional<AgentDid> issuer() {
        try {
            return json.text("issuer").map(AgentDid::parse);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Why it does not serve for {@code subject}; empty if it does, given the issuer's document. */
    Optional<String> refusal(
            OasDocument subject, OasDocument issuer, Instant now, Ed25519 ed25519) {
        if (!hasType()) {
            return Optional.of("is not of type " + TYPE);
        }
        if (!isInDate(now)) {
            return Optional.of("is not in date");
        }
        JsonObject about = json.object("credentialSubject").orElse(JsonObject.EMPTY);
        if (!about.text("id").equals(Optional.of(subject.did().text()))) {
            return Optional.of("is about somebody else");
        }
        boolean markers =
                about.array("complianceMarkers").map(it -> !it.values().isEmpty()).orElse(false);
        if (about.get("trustScore").isEmpty() || !markers) {
            return Optional.of("has no trustScore or no complianceMarkers");
        }
        Optional<JsonValue> declared = subject.member("capabilities");
        if (declared.isEmpty() || !declared.equals(about.get("capabilities"))) {
            return Optional.of("does not repeat the document's capabilities");
        }
        return isSignedBy(issuer, ed25519)
                ? Optional.empty()
                : Optional.of("is not signed by an assertion key of its issuer");
    }

    private boolean hasType() {
        return json.array("type")
                .map(JsonArray::values)
                .map(types -> types.contains(new JsonString(TYPE)))
                .orElse(false);
    }

    /**
     * Both names of the dates: those of the data model 2.0, else those of 1.1. An end is demanded.
     */
    private boolean isInDate(Instant now) {
        try {
            Optional<Instant> from = date("validFrom", "issuanceDate");
            Optional<Instant> until = date("validUntil", "expirationDate");
            return from.isPresent()
                    && until.isPresent()
                    && !now.isBefore(from.get())
                    && now.isBefore(until.get());
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    private Optional<Instant> date(String name, String olderName) {
        return json.text(name).or(() -> json.text(olderName)).map(UtcSeconds::parse);
    }

    private boolean isSignedBy(OasDocument issuer, Ed25519 ed25519) {
        JsonObject proof = json.object("proof").orElse(JsonObject.EMPTY);
        String value = proof.text("proofValue").orElse("");
        if (!proof.text("type").equals(Optional.of("Ed25519Signature2020"))
                || value.isEmpty()
                || value.charAt(0) != 'z') {
            return false;
        }
        byte[] signature;
        try {
            signature = Base58.decode(value.substring(1));
        } catch (IllegalArgumentException e) {
            return false;
        }
        byte[] signed = CanonicalJson.encode(json.without("proof"));
        return issuer.assertion().stream()
                .filter(key -> proof.text("verificationMethod").equals(Optional.of(key.id())))
                .anyMatch(key -> ed25519.verify(key.publicKey(), signed, signature));
    }
}
