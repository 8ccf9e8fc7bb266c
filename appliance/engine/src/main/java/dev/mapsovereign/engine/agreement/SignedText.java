package dev.mapsovereign.engine.agreement;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.time.UtcSeconds;
import dev.mapsovereign.engine.Limits;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * An agreement as it was signed: a JSON object with a member {@code signatures}. Everything else is
 * signed, in its RFC 8785 form, and the SHA-256 of that form is the agreement's digest.
 *
 * @param json the whole object
 * @param signatures of different signers
 */
public record SignedText(JsonObject json, List<PartySignature> signatures) {
    private static final String SIGNATURES = "signatures";
    private static final int SIGNATURES_MAX = 4;
    private static final JsonReader.Limits FORM =
            new JsonReader.Limits(16, Limits.AGREEMENT_BYTES_MAX);

    /** Copies the list. */
    public SignedText {
        signatures = List.copyOf(signatures);
    }

    /**
     * Reads one; whether its signatures are good is not looked at.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    public static SignedText parse(byte[] utf8) {
        try {
            return of(JsonReader.parseObject(utf8, FORM));
        } catch (JsonException e) {
            throw new IllegalArgumentException("it is not JSON: " + e.getMessage(), e);
        }
    }

    /**
     * The same of an object; without the member, it has no signatures yet.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    public static SignedText of(JsonObject json) {
        if (!json.has(SIGNATURES)) {
            return new SignedText(json, List.of());
        }
        List<PartySignature> signatures = new ArrayList<>();
        for (JsonObject signature : objects(json, SIGNATURES, SIGNATURES_MAX)) {
            signatures.add(PartySignature.parse(signature));
        }
        if (signatures.stream().map(PartySignature::signedBy).distinct().count()
                != signatures.size()) {
            throw new IllegalArgumentException("somebody signed it twice");
        }
        return new SignedText(json, signatures);
    }

    /** What is signed. */
    public byte[] signedBytes() {
        return CanonicalJson.encode(json.without(SIGNATURES));
    }

    /** Lower-case hex SHA-256 of what is signed. */
    public String digest() {
        return Hex.encode(Sha256.hash(signedBytes()));
    }

    /** The same text with a signature more; it takes the place of an earlier one of that signer. */
    public SignedText signed(AgentDid signer, Instant timestamp, byte[] signature) {
        List<PartySignature> all =
                Stream.concat(
                                signatures.stream()
                                        .filter(other -> !other.signedBy().equals(signer)),
                                Stream.of(new PartySignature(signer, timestamp, signature)))
                        .sorted(Comparator.comparing(PartySignature::signedBy))
                        .toList();
        JsonArray values =
                new JsonArray(all.stream().<JsonValue>map(PartySignature::json).toList());
        return new SignedText(json.with(SIGNATURES, values), all);
    }

    /** Who signed it, as far as it says. */
    public List<AgentDid> signers() {
        return signatures.stream().map(PartySignature::signedBy).toList();
    }

    Optional<PartySignature> signatureOf(AgentDid signer) {
        return signatures.stream().filter(each -> each.signedBy().equals(signer)).findFirst();
    }

    static void onlyKnown(JsonObject json, String... known) {
        Set<String> names = Set.of(known);
        for (String member : json.members().keySet()) {
            if (!names.contains(member)) {
                throw new IllegalArgumentException("no member " + member + " is known");
            }
        }
    }

    static void constant(JsonObject json, String member, String value) {
        if (!json.text(member).equals(Optional.of(value))) {
            throw new IllegalArgumentException(member + " must be " + value);
        }
    }

    static String text(JsonObject json, String member) {
        return json.text(member)
                .orElseThrow(() -> new IllegalArgumentException(member + " must be a text"));
    }

    static AgentDid did(JsonObject json, String member) {
        try {
            return AgentDid.parse(text(json, member));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(member + ": " + e.getMessage(), e);
        }
    }

    static Instant time(JsonObject json, String member) {
        try {
            return UtcSeconds.parse(text(json, member));
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    member + " must be a time like 2026-01-31T09:00:00Z", e);
        }
    }

    /** The objects in that array, 1 to {@code max}. */
    static List<JsonObject> objects(JsonObject json, String member, int max) {
        List<JsonValue> values =
                json.array(member)
                        .map(JsonArray::values)
                        .orElseThrow(
                                () -> new IllegalArgumentException(member + " must be an array"));
        List<JsonObject> objects = new ArrayList<>();
        for (JsonValue value : values) {
            if (value instanceof JsonObject object) {
                objects.add(object);
            }
        }
        if (objects.isEmpty() || objects.size() > max || objects.size() != values.size()) {
            throw new IllegalArgumentException(member + " must have 1 to " + max + " objects");
        }
        return objects;
    }

    /** Refuses terms that this release could not enforce. */
    static Capability understood(Capability capability) {
        List<String> unknown = capability.notUnderstood();
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    unknown.getFirst() + " is no limit or caveat that this release can enforce");
        }
        return capability;
    }
}
