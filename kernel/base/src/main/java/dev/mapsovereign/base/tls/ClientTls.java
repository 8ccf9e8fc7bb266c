package dev.mapsovereign.base.tls;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * TLS 1.3 as a client: it trusts what it is told to and nothing else, checks the server's name, and
 * shows a certificate of its own where it has one. Sessions are resumed as long as this lives. Safe
 * for use by several threads.
 */
public final class ClientTls {
    private static final char[] IN_MEMORY = "in memory alone".toCharArray();
    private static final String[] PROTOCOLS = {"TLSv1.3"};
    private static final String[] SUITES = {
        "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"
    };

    private final SSLContext context;

    /**
     * A client.
     *
     * @param shown what it shows to servers that ask
     */
    public ClientTls(TrustSet trusted, Optional<TlsFiles> shown) {
        try {
            context = SSLContext.getInstance("TLSv1.3");
            context.init(
                    shown.isPresent() ? keyManagers(shown.get()) : new KeyManager[0],
                    trusted.trustManagers(),
                    null);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this Java has no TLS 1.3", e);
        }
    }

    private static KeyManager[] keyManagers(TlsFiles files)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, IN_MEMORY);
        store.setKeyEntry(
                "client", files.key(), IN_MEMORY, files.chain().toArray(Certificate[]::new));
        KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
        managers.init(store, IN_MEMORY);
        return managers.getKeyManagers();
    }

    /**
     * A TLS socket over a connected one, which it closes with itself; the handshake is still to
     * come.
     *
     * @param host the name or address that the server's certificate must be for
     */
    public SSLSocket over(Socket plain, String host, int port) throws IOException {
        SSLSocket secure =
                (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true);
        SSLParameters parameters = secure.getSSLParameters();
        parameters.setProtocols(PROTOCOLS);
        parameters.setCipherSuites(SUITES);
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secure.setSSLParameters(parameters);
        return secure;
    }
}
