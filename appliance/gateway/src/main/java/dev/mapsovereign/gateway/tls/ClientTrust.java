package dev.mapsovereign.gateway.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** What a listener makes of the certificates that clients show. It meets no servers. */
public abstract sealed class ClientTrust extends X509ExtendedTrustManager
        permits ShownCertificates, GatewayPeers {
    /** Whether clients are asked for one. */
    enum Asked {
        /** They are not. */
        NEVER,
        /** They may come without. */
        WANTED,
        /** Nobody gets in without. */
        NEEDED
    }

    ClientTrust() {}

    /** For the handshake that begins now. */
    abstract Asked asked();

    /** Judges a chain whose key the client has. */
    abstract void check(X509Certificate[] chain, String authType) throws CertificateException;

    @Override
    public final void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain, authType);
    }

    @Override
    public final void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain, authType);
    }

    @Override
    public final void checkClientTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        check(chain, authType);
    }

    @Override
    public final void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw noServer();
    }

    @Override
    public final void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw noServer();
    }

    @Override
    public final void checkServerTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        throw noServer();
    }

    private static CertificateException noServer() {
        return new CertificateException("a listener meets clients alone");
    }
}
