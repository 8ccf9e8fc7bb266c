package dev.mapsovereign.redis;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Sockets that trust the certificates of one PEM file and no others. */
final class RedisTls {
    private static final char[] NO_PASSWORD = {};

    private RedisTls() {}

    /**
     * @throws OperatorException naming the file that cannot be used
     */
    static SSLSocketFactory sockets(RedisConfig.Tls files) {
        try {
            KeyStore anchors = empty();
            int number = 0;
            for (Certificate anchor : certificates(files.caFile())) {
                anchors.setCertificateEntry("anchor-" + number++, anchor);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(anchors);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(ownKey(files), trust.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        }
    }

    private static KeyManager @Nullable [] ownKey(RedisConfig.Tls files)
            throws GeneralSecurityException, IOException {
        if (files.certificateFile().isEmpty() || files.keyFile().isEmpty()) {
            return null;
        }
        KeyStore own = empty();
        own.setKeyEntry(
                "own",
                key(files.keyFile().get()),
                NO_PASSWORD,
                certificates(files.certificateFile().get()).toArray(Certificate[]::new));
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(own, NO_PASSWORD);
        return keys.getKeyManagers();
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static List<Certificate> certificates(Path pem) {
        try (InputStream in = Files.newInputStream(pem)) {
            List<Certificate> found =
                    List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
            if (found.isEmpty()) {
                throw unusable(pem, "it holds no certificate");
            }
            return found;
        } catch (IOException | GeneralSecurityException e) {
            throw unusable(pem, IoReason.of(e));
        }
    }

    private static PrivateKey key(Path pem) {
        try (Secret secret = Secret.readFile(pem)) {
            return secret.use(bytes -> key(pem, new String(bytes, StandardCharsets.US_ASCII)));
        } catch (IOException e) {
            throw unusable(pem, IoReason.of(e));
        }
    }

    private static PrivateKey key(Path pem, String text) {
        String base64 =
                text.replaceAll("-----(BEGIN|END) PRIVATE KEY-----", "").replaceAll("\\s", "");
        try {
            PKCS8EncodedKeySpec encoded =
                    new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64));
            for (String algorithm : List.of("EC", "RSA", "EdDSA")) {
                try {
                    return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
                } catch (GeneralSecurityException other) {
                    // of another algorithm, then
                }
            }
        } catch (IllegalArgumentException notBase64) {
            // said below
        }
        throw unusable(pem, "it holds no PKCS#8 key (BEGIN PRIVATE KEY) of EC, RSA or Ed25519");
    }

    private static OperatorException unusable(Path file, String why) {
        return new OperatorException(
                ExitCode.ENVIRONMENT,
                "couldn't use " + file + " for the connection to Redis: " + why,
                "correct the table [redis] of the configuration");
    }
}
