package dev.mapsovereign.engine.context;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.request.Arrival;
import dev.mapsovereign.engine.request.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One call that its caller signed: the part of the check that DidAuth and treaty calls share.
 *
 * @param label first line of what is signed
 * @param reference the session or the treaty
 * @param created unix seconds, as sent
 * @param nonce as sent
 * @param signature as sent
 */
record SignedCall(String label, String reference, String created, String nonce, String signature) {
    static final int SIGNATURE_BYTES = 64;
    private static final int NONCE_BYTES_MIN = 16;
    private static final int NONCE_BYTES_MAX = 32;

    /** Longer than any unix time that this program will see, shorter than what overflows. */
    private static final int CREATED_DIGITS_MAX = 12;

    /** When it was signed; empty where that is no unix time in its only spelling. */
    Optional<Instant> time() {
        OptionalLong seconds = secondsOf(created);
        return seconds.isPresent()
                ? Optional.of(Instant.ofEpochSecond(seconds.getAsLong()))
                : Optional.empty();
    }

    /** Why it is not signed by one of these keys; empty if it is. */
    Optional<String> problem(
            Arrival arrival, AgentDid did, List<VerificationKey> keys, Ed25519 ed25519) {
        Optional<byte[]> body = arrival.bodyReceived();
        if (body.isEmpty()) {
            return Optional.of("the body was not read, so its signature could not be checked");
        }
        Optional<byte[]> message =
                DidAuthMessage.bytes(
                        label,
                        arrival.origin(),
                        body.get(),
                        arrival.tenantHeader().orElse(""),
                        did,
                        arrival.idempotencyKey().orElse(""),
                        List.of(reference, created, nonce));
        if (message.isEmpty()) {
            return Optional.of("what is signed is printable ASCII alone");
        }
        Optional<byte[]> nonceBytes = decoded(nonce);
        Optional<byte[]> signatureBytes = decoded(signature);
        if (nonceBytes.isEmpty()
                || nonceBytes.get().length < NONCE_BYTES_MIN
                || nonceBytes.get().length > NONCE_BYTES_MAX) {
            return Optional.of("nonce is not unpadded base64url of 16 to 32 bytes");
        }
        if (signatureBytes.isEmpty() || signatureBytes.get().length != SIGNATURE_BYTES) {
            return Optional.of("signature is not unpadded base64url of 64 bytes");
        }
        boolean good =
                keys.stream()
                        .limit(Limits.DID_KEYS_MAX)
                        .anyMatch(key ->
                                ed25519.verify(
                                        key.publicKey(), message.get(), signatureBytes.get()));
        return good ? Optional.empty() : Optional.of("the signature does not match");
    }

    /**
     * What to say of a call whose time is too far from this node's.
     *
     * @param rule what {@code created} must be, in words
     */
    static Refusal skewed(String rule, Instant now) {
        long nodeTime = now.getEpochSecond();
        return Refusal.of(
                        ErrorCode.UNAUTHENTICATED, rule + " this node's time, which is " + nodeTime)
                .withDetails(JsonObject.builder().put("node_time", nodeTime).build());
    }

    /** The same for a distance in either direction. */
    static Refusal skewed(Duration most, Instant now) {
        return skewed("created lies more than " + most.toSeconds() + " s from", now);
    }

    static Optional<byte[]> decoded(String base64Url) {
        try {
            return Optional.of(StrictBase64.decodeUrl(base64Url));
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }

    private static OptionalLong secondsOf(String created) {
        boolean canonical =
                !created.isEmpty()
                        && created.length() <= CREATED_DIGITS_MAX
                        && created.chars().allMatch(digit -> digit >= '0' && digit <= '9')
                        && (created.length() == 1 || created.charAt(0) != '0');
        return canonical ? OptionalLong.of(Long.parseLong(created)) : OptionalLong.empty();
    }
}
