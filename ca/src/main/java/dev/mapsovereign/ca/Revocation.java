package dev.mapsovereign.ca;

import dev.mapsovereign.base.json.JsonObject;
import java.time.Instant;

/**
 * A certificate that was taken back.
 *
 * @param serial lower-case hex
 * @param issuer {@code server} or {@code agent}
 * @param at whole seconds
 * @param notAfter when the certificate ends by itself
 */
public record Revocation(
        String serial, String issuer, RevocationReason reason, Instant at, Instant notAfter) {
    /** What may be shown. */
    public JsonObject facts() {
        return JsonObject.builder()
                .put("issuer", issuer)
                .put("not_after", notAfter.toString())
                .put("reason", reason.wire())
                .put("revoked_at", at.toString())
                .put("serial", serial)
                .build();
    }

    /** Reads what {@link #facts} wrote. */
    static Revocation of(JsonObject facts) {
        return new Revocation(
                facts.text("serial").orElseThrow(),
                facts.text("issuer").orElseThrow(),
                RevocationReason.of(facts.text("reason").orElseThrow()),
                Instant.parse(facts.text("revoked_at").orElseThrow()),
                Instant.parse(facts.text("not_after").orElseThrow()));
    }
}
