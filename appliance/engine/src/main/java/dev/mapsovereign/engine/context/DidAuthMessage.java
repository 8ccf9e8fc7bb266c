package dev.mapsovereign.engine.context;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.Origin;
import java.nio.charset.StandardCharsets;
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
        List<String> lines =
                List.of(
                        LABEL,
                        origin.authority(),
                        origin.method(),
                        origin.target(),
                        Hex.encode(Sha256.hash(body)),
                        tenant,
                        did.text(),
                        idempotencyKey,
                        signed.session(),
                        signed.created(),
                        signed.nonce());
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
