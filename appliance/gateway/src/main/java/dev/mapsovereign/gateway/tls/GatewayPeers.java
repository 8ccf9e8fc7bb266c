package dev.mapsovereign.gateway.tls;

import dev.mapsovereign.base.tls.TrustFiles;
import dev.mapsovereign.base.tls.TrustSet;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BooleanSupplier;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Lets in the gateways that an engine host is told of: a certificate of the site's authority with
 * the use {@code clientAuth}, not revoked, in which one of their names stands as a DNS name or an
 * address (RFC 5280 §4.2.1.6). Whoever else comes gets an alert: there is nothing to answer.
 */
public final class GatewayPeers extends ClientTrust {
    private static final Set<Integer> NAME_KINDS = Set.of(2, 7);

    private final TrustFiles files;
    private final Set<String> names;
    private volatile State state;

    private record State(TrustSet trusted, X509ExtendedTrustManager judge) {}

    /**
     * Reads the files.
     *
     * @param names of gateways, in lower case
     * @throws dev.mapsovereign.base.error.OperatorException with exit code 3 when one of them
     *     cannot be used
     */
    public GatewayPeers(TrustFiles files, Set<String> names) {
        this.files = files;
        this.names = Set.copyOf(names);
        this.state = read();
    }

    private State read() {
        TrustSet trusted = files.read();
        X509ExtendedTrustManager judge =
                Arrays.stream(trusted.trustManagers())
                        .filter(X509ExtendedTrustManager.class::isInstance)
                        .map(X509ExtendedTrustManager.class::cast)
                        .findFirst()
                        .orElseThrow(() -> new IllegalStateException("this Java has no PKIX"));
        return new State(trusted, judge);
    }

    /**
     * Reads the files again.
     *
     * @return what takes them over, for handshakes from then on, and says whether they hold
     *     something else than before
     */
    public BooleanSupplier readAgain() {
        State newer = read();
        return () -> {
            boolean same = newer.trusted().equals(state.trusted());
            state = newer;
            return !same;
        };
    }

    @Override
    Asked asked() {
        return Asked.NEEDED;
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return state.judge().getAcceptedIssuers();
    }

    @Override
    void check(X509Certificate[] chain, String authType) throws CertificateException {
        state.judge().checkClientTrusted(chain, authType);
        Collection<List<?>> shown = chain[0].getSubjectAlternativeNames();
        boolean known =
                shown != null
                        && shown.stream()
                                .filter(name -> NAME_KINDS.contains(name.get(0)))
                                .anyMatch(name ->
                                        names.contains(
                                                String.valueOf(name.get(1))
                                                        .toLowerCase(Locale.ROOT)));
        if (!known) {
            throw new CertificateException("it names none of the gateways of this engine host");
        }
    }
}
