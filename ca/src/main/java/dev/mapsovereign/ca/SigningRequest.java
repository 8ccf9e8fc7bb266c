package dev.mapsovereign.ca;

import dev.mapsovereign.base.tls.TlsFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.util.List;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/**
 * A certificate signing request (PKCS#10, RFC 2986), of which only the key is taken: what a
 * certificate says is what the operator and the profile say. Its signature proves that whoever made
 * it has the private key.
 *
 * @param publicKey the key to certify
 */
public record SigningRequest(PublicKey publicKey) {
    private static final int P256_BITS = 256;

    /**
     * Reads and verifies one.
     *
     * @param pem one block {@code CERTIFICATE REQUEST}, as openssl req writes it
     * @throws IllegalArgumentException if it is none, or its signature does not match its key
     */
    public static SigningRequest parse(String pem) {
        List<byte[]> blocks =
                TlsFiles.blocks(pem.getBytes(StandardCharsets.ISO_8859_1), "CERTIFICATE REQUEST");
        if (blocks.size() != 1) {
            throw new IllegalArgumentException(
                    "not one certificate signing request (BEGIN CERTIFICATE REQUEST)");
        }
        try {
            JcaPKCS10CertificationRequest request =
                    new JcaPKCS10CertificationRequest(blocks.getFirst());
            PublicKey key = request.getPublicKey();
            if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw new IllegalArgumentException(
                        "the request is not signed with the key that it is for");
            }
            return new SigningRequest(key);
        } catch (IOException
                | GeneralSecurityException
                | OperatorCreationException
                | PKCSException e) {
            throw new IllegalArgumentException("the signing request cannot be read", e);
        }
    }

    /** The algorithm as profiles name it; what none names is said as the JDK says it. */
    String algorithm() {
        return switch (publicKey.getAlgorithm()) {
            case "EdDSA", "Ed25519" -> "Ed25519";
            case "EC" ->
                    publicKey instanceof ECPublicKey key
                                    && key.getParams().getCurve().getField().getFieldSize()
                                            == P256_BITS
                            ? "P-256"
                            : "EC";
            default -> publicKey.getAlgorithm();
        };
    }
}
