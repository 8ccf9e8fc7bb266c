package dev.mapsovereign.gateway.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Takes whatever certificate a client shows, once the handshake has proven that the client has its
 * key. It judges nothing, on purpose: a client may as well come without one, and is nobody until
 * the engine has judged the certificate, call by call. So a certificate that ran out or was revoked
 * gets an answer and a record, where an alert would leave neither.
 */
final class ShownCertificates extends X509ExtendedTrustManager {
    private final Supplier<List<X509Certificate>> authorities;

    ShownCertificates(Supplier<List<X509Certificate>> authorities) {
        this.authorities = authorities;
    }

    /** By these names clients find out which of their certificates is meant. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return authorities.get().toArray(X509Certificate[]::new);
    }

    @Override
    public void checkClientTrusted(
            X509Certificate[] chain, String authType, @Nullable SSLEngine engine) {}

    @Override
    public void checkClientTrusted(
            X509Certificate[] chain, String authType, @Nullable Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(
            X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        throw noServer();
    }

    @Override
    public void checkServerTrusted(
            X509Certificate[] chain, String authType, @Nullable Socket socket)
            throws CertificateException {
        throw noServer();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        throw noServer();
    }

    private static CertificateException noServer() {
        return new CertificateException("a listener meets clients alone");
    }
}
