package dev.mapsovereign.engine.context;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.Origin;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The bytes that a DidAuth request signs: eleven lines joined by one line feed, none at the end.
 *
 * <pre>
 * map-didauth-v1
 * gateway authority
 * METHOD
 * request target as sent
 * lower-case hex SHA-256 of the body
 * tenant or empty
 * caller DID
 * Idempotency-Key or empty
 * session
 * created
 * nonce
 * </pre>
 *
 * <p>Every line is printable ASCII, so no value can hold a line feed and pass for two lines.
 */
public final class DidAuthMessage {
    /** The first line. */
    public static final String LABEL = "map-didauth-v1";

    /** The first line of a call by treaty, which has the treaty's id in the place of a session. */
    public static final String TREATY_LABEL = "map-treaty-call-v1";

    private DidAuthMessage() {}

    /**
     * The bytes; empty when one of the values holds anything but printable ASCII.
     *
     * @param tenant the header {@code X-Tenant-Id} as sent, empty without it
     * @param idempotencyKey the header {@code Idempotency-Key} as sent, empty without it
     */
    public static Optional<byte[]> bytes(
            Origin origin,
            byte[] body,
            String tenant,
            AgentDid did,
            String idempotencyKey,
            Credential.DidAuth signed) {
        return bytes(
                LABEL,
                origin,
                body,
                tenant,
                did,
                idempotencyKey,
                List.of(signed.session(), signed.created(), signed.nonce()));
    }

    /**
     * The same for either label.
     *
     * @param last session or treaty, created, nonce
     */
    static Optional<byte[]> bytes(
            String label,
            Origin origin,
            byte[] body,
            String tenant,
            AgentDid did,
            String idempotencyKey,
            List<String> last) {
        List<String> lines = new ArrayList<>();
        lines.addAll(
                List.of(
                        label,
                        origin.authority(),
                        origin.method(),
                        origin.target(),
                        Hex.encode(Sha256.hash(body)),
                        tenant,
                        did.text(),
                        idempotencyKey));
        lines.addAll(last);
        for (String line : lines) {
            if (!printable(line)) {
                return Optional.empty();
            }
        }
        return Optional.of(String.join("\n", lines).getBytes(StandardCharsets.US_ASCII));
    }

    private static boolean printable(String line) {
        for (int i = 0; i < line.length(); i++) {
            char character = line.charAt(i);
            if (character < 0x20 || character > 0x7e) {
                return false;
            }
        }
        return true;
    }
}
