package dev.mapsovereign.gateway.tls;

import dev.mapsovereign.base.tls.TlsFiles;
import dev.mapsovereign.gateway.listen.Transport;
import java.nio.channels.SocketChannel;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.Semaphore;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;

/** What a listener needs to speak TLS 1.3: its certificate, its three suites, its buffers. */
public final class TlsContext {
    /** RFC 8446 §B.4; the only ones this product speaks. */
    private static final List<String> SUITES =
            List.of(
                    "TLS_AES_256_GCM_SHA384",
                    "TLS_CHACHA20_POLY1305_SHA256",
                    "TLS_AES_128_GCM_SHA256");

    /** Two full records: a larger answer leaves in several writes. */
    private static final int RECORD_BUFFER_BYTES = 36 * 1024;

    private static final int RECORD_BUFFERS_KEPT = 64;

    /** As long as any verdict on an identity is kept. */
    private static final int JUDGED_SESSION_SECONDS = 60;

    private final SSLContext context;
    private final ServerIdentity identity;
    private final List<String> applicationProtocols;
    private final ClientTrust clients;
    private final BufferPool buffers = new BufferPool(RECORD_BUFFER_BYTES, RECORD_BUFFERS_KEPT);
    private final Semaphore handshakes =
            new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));

    /**
     * A context for servers.
     *
     * @param files certificate and key
     * @param applicationProtocols what ALPN offers, best first
     * @param clients what becomes of the certificates that clients show
     */
    public TlsContext(TlsFiles files, List<String> applicationProtocols, ClientTrust clients) {
        this.clients = clients;
        this.identity = new ServerIdentity(files);
        this.applicationProtocols = List.copyOf(applicationProtocols);
        try {
            this.context = SSLContext.getInstance("TLSv1.3");
            this.context.init(new KeyManager[] {identity}, new TrustManager[] {clients}, null);
            if (clients.asked() == ClientTrust.Asked.NEEDED) {
                // A session that is resumed is not judged again.
                this.context.getServerSessionContext().setSessionTimeout(JUDGED_SESSION_SECONDS);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no TLS 1.3", e);
        }
    }

    /**
     * Shows that certificate from now on; open connections go on under the old one.
     *
     * @return whether it is another one than before
     */
    public boolean replace(TlsFiles newer) {
        return identity.replace(newer);
    }

    /** What handshakes that begin now are shown, leaf first. */
    public List<X509Certificate> certificates() {
        return identity.certificates();
    }

    /** TLS over that channel, server side. */
    public Transport transport(SocketChannel channel) {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3"});
        parameters.setCipherSuites(SUITES.toArray(String[]::new));
        parameters.setUseCipherSuitesOrder(true);
        parameters.setApplicationProtocols(applicationProtocols.toArray(String[]::new));
        switch (clients.asked()) {
            case NEVER -> {}
            case WANTED -> parameters.setWantClientAuth(true);
            case NEEDED -> parameters.setNeedClientAuth(true);
        }
        engine.setSSLParameters(parameters);
        return new TlsTransport(channel, engine, buffers, handshakes);
    }
}
