package dev.mapsovereign.ca;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A certificate that was issued, with what a server needs to use it.
 *
 * @param chainPem leaf first, then the issuer; the root is not part of it (RFC 8446 §4.4.2)
 * @param keyPem PKCS#8; secret; empty if the key is elsewhere
 */
public record IssuedCertificate(
        X509Certificate certificate, List<String> names, byte[] chainPem, Optional<byte[]> keyPem) {
    /** Serial number, lower-case hex. */
    public String serial() {
        return certificate.getSerialNumber().toString(16);
    }

    /** End of validity. */
    public Instant expiresAt() {
        return certificate.getNotAfter().toInstant();
    }

    /** What may be shown. */
    public JsonObject facts() {
        return JsonObject.builder()
                .put("serial", serial())
                .put("subject", certificate.getSubjectX500Principal().getName())
                .put("issuer", certificate.getIssuerX500Principal().getName())
                .put("names", JsonArray.ofStrings(names))
                .put("not_before", certificate.getNotBefore().toInstant().toString())
                .put("not_after", expiresAt().toString())
                .build();
    }

    /** Keeps the key out of logs. */
    @Override
    public String toString() {
        return "IssuedCertificate[" + serial() + "]";
    }
}
