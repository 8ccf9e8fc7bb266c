package dev.mapsovereign.gateway;

import dev.mapsovereign.engine.request.Credential;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the {@code Authorization} field, and without it takes the client certificate that the
 * connection has. It decides what was shown, never whether it is true; what it cannot read is a
 * {@link Credential.Malformed}, which the engine answers with 401 like any other credential that is
 * not good.
 */
final class CredentialReader {
    private static final String BEARER = "Bearer ";
    private static final String DID_AUTH = "DidAuth ";
    private static final String TREATY = "Treaty ";

    /** RFC 6750 §2.1. */
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    /** One parameter; the values that DidAuth has need no escapes, so none are taken. */
    private static final Pattern PARAMETER =
            Pattern.compile("\\s*([a-z]+)=\"([A-Za-z0-9_.:-]{1,200})\"\\s*(,|$)");

    /** MAP's two words, the second in three parts: what a signature needs against repetition. */
    private static final Pattern TREATY_CALL =
            Pattern.compile(
                    "([A-Za-z0-9_-]{1,64}) ([0-9]{1,12})\\.([A-Za-z0-9_-]{1,64})\\.([A-Za-z0-9_-]{1,128})");

    private CredentialReader() {}

    /**
     * The credential in that field, else of that connection.
     *
     * @param certificates what the client showed in the handshake, leaf first
     */
    static Credential read(Optional<String> authorization, List<X509Certificate> certificates) {
        if (authorization.isEmpty()) {
            return certificates.isEmpty()
                    ? Credential.Anonymous.INSTANCE
                    : new Credential.ClientCertificate(certificates.getFirst());
        }
        String value = authorization.get();
        if (value.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return bearer(value.substring(BEARER.length()).strip());
        }
        if (value.regionMatches(true, 0, DID_AUTH, 0, DID_AUTH.length())) {
            return didAuth(value.substring(DID_AUTH.length()));
        }
        if (value.regionMatches(true, 0, TREATY, 0, TREATY.length())) {
            return treaty(value.substring(TREATY.length()).strip());
        }
        return new Credential.Malformed(
                "the Authorization scheme is none of Bearer, DidAuth and Treaty");
    }

    private static Credential treaty(String text) {
        Matcher parts = TREATY_CALL.matcher(text);
        return parts.matches()
                ? new Credential.Treaty(
                        parts.group(1), parts.group(2), parts.group(3), parts.group(4))
                : new Credential.Malformed(
                        "Treaty needs the treaty's id, a blank, and created.nonce.signature");
    }

    private static Credential bearer(String token) {
        if (token.length() > Limits.BEARER_CHARACTERS_MAX || !TOKEN.matcher(token).matches()) {
            return new Credential.Malformed("the bearer token is not one");
        }
        return new Credential.ApiKey(token);
    }

    private static Credential didAuth(String text) {
        Map<String, String> values = new HashMap<>();
        Matcher parameter = PARAMETER.matcher(text);
        int at = 0;
        boolean more = true;
        while (more && parameter.find(at) && parameter.start() == at) {
            if (values.putIfAbsent(parameter.group(1), parameter.group(2)) != null) {
                return new Credential.Malformed("a DidAuth parameter stands twice");
            }
            at = parameter.end();
            more = parameter.group(3).equals(",");
        }
        if (at != text.length() || more || values.size() != 4) {
            return new Credential.Malformed(
                    "DidAuth needs session, created, nonce and signature, each once and quoted");
        }
        String session = values.get("session");
        String created = values.get("created");
        String nonce = values.get("nonce");
        String signature = values.get("signature");
        if (session == null || created == null || nonce == null || signature == null) {
            return new Credential.Malformed(
                    "DidAuth needs session, created, nonce and signature and nothing else");
        }
        return new Credential.DidAuth(session, created, nonce, signature);
    }
}
