package dev.mapsovereign.engine.agreement;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.time.UtcSeconds;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HexFormat;

/**
 * One signature under an agreement, {@code {"signature": "ed25519:0x…", "signed_by": DID,
 * "timestamp": TIME}}: Ed25519 (RFC 8032) over the RFC 8785 bytes of the agreement without its list
 * of signatures.
 *
 * @param signedBy whose
 * @param timestamp when it says it was made; not signed, so nothing is decided by it
 * @param signature 64 bytes
 */
public record PartySignature(AgentDid signedBy, Instant timestamp, byte[] signature) {
    private static final String PREFIX = "ed25519:0x";
    private static final int SIGNATURE_BYTES = 64;

    /**
     * @throws IllegalArgumentException naming the member and the rule that it breaks
     */
    static PartySignature parse(JsonObject json) {
        SignedText.onlyKnown(json, "signature", "signed_by", "timestamp");
        return new PartySignature(SignedText.did(json, "signed_by"), time(json), signature(json));
    }

    private static Instant time(JsonObject json) {
        try {
            return UtcSeconds.parse(json.text("timestamp").orElse(""));
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "timestamp must be a time like 2026-01-31T09:00:00Z", e);
        }
    }

    private static byte[] signature(JsonObject json) {
        String text = json.text("signature").orElse("");
        if (text.startsWith(PREFIX)
                && text.length() == PREFIX.length() + 2 * SIGNATURE_BYTES
                && text.substring(PREFIX.length()).matches("[0-9a-f]+")) {
            return HexFormat.of().parseHex(text, PREFIX.length(), text.length());
        }
        throw new IllegalArgumentException(
                "signature must be " + PREFIX + " and 64 bytes in lower-case hex");
    }

    JsonObject json() {
        return JsonObject.builder()
                .put("signature", PREFIX + HexFormat.of().formatHex(signature))
                .put("signed_by", signedBy.text())
                .put("timestamp", UtcSeconds.format(timestamp))
                .build();
    }
}
