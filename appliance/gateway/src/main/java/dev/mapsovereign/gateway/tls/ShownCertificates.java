package dev.mapsovereign.gateway.tls;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;

/**
 * Takes whatever certificate a client shows, once the handshake has proven that the client has its
 * key. It judges nothing, on purpose: a client may as well come without one, and is nobody until
 * the engine has judged the certificate, call by call. So a certificate that ran out or was revoked
 * gets an answer and a record, where an alert would leave neither.
 */
public final class ShownCertificates extends ClientTrust {
    private final Supplier<List<X509Certificate>> authorities;

    /**
     * Takes any.
     *
     * @param authorities whose certificates clients may show; where there are none, none is asked
     *     for
     */
    public ShownCertificates(Supplier<List<X509Certificate>> authorities) {
        this.authorities = authorities;
    }

    @Override
    Asked asked() {
        return authorities.get().isEmpty() ? Asked.NEVER : Asked.WANTED;
    }

    /** By these names clients find out which of their certificates is meant. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return authorities.get().toArray(X509Certificate[]::new);
    }

    @Override
    void check(X509Certificate[] chain, String authType) {}
}
