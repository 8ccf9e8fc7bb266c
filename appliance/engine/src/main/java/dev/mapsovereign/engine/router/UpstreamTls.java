package dev.mapsovereign.engine.router;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.tls.ClientTls;
import dev.mapsovereign.base.tls.TlsFiles;
import dev.mapsovereign.base.tls.TrustFiles;
import dev.mapsovereign.base.tls.TrustSet;
import dev.mapsovereign.engine.route.UpstreamFiles;
import java.io.IOException;
import java.net.Socket;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLSocket;

/**
 * TLS 1.3 to the endpoints of one route: whom it trusts and what it shows, read from files when the
 * node starts and again when it is told to. Sessions are resumed as long as the files stay as they
 * are.
 *
 * <p>Safe for use by several threads; to be read again by one at a time.
 */
public final class UpstreamTls {
    private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    private static final String ANY_USAGE = "2.5.29.37.0";

    private final TrustFiles trust;
    private final Optional<UpstreamFiles.Identity> identity;
    private volatile State state;

    /** What the files held, and the client made of it. */
    private record State(TrustSet trusted, Optional<TlsFiles> shown, ClientTls client) {}

    /**
     * Reads the files.
     *
     * @throws OperatorException with exit code 3 when one of them cannot be used
     */
    public UpstreamTls(TrustFiles trust, Optional<UpstreamFiles.Identity> identity) {
        this.trust = trust;
        this.identity = identity;
        state = read();
    }

    /**
     * Reads what a table of the configuration names.
     *
     * @param siteTrust whom to trust where the table names nobody
     * @param what is reached with it, for messages
     * @param table where the files are named, for messages
     * @throws OperatorException with exit code 3 when a file cannot be used, or nobody is trusted
     */
    public static UpstreamTls of(
            UpstreamFiles files, Optional<TrustFiles> siteTrust, String what, String table) {
        try {
            return new UpstreamTls(
                    files.trust()
                            .or(() -> siteTrust)
                            .orElseThrow(() ->
                                    new OperatorException(
                                            ExitCode.ENVIRONMENT, "there is nobody to trust")),
                    files.identity());
        } catch (OperatorException e) {
            throw new OperatorException(
                    e.exit(),
                    what + ": " + e.getMessage(),
                    e.hint()
                            .orElse(
                                    files.trust().isPresent()
                                            ? "correct ca_file, crl_file, cert_file and key_file"
                                                    + " of its table "
                                                    + table
                                            : "map ca init makes the site's authority; ca_file of"
                                                    + " its table "
                                                    + table
                                                    + " names another"));
        }
    }

    /**
     * Reads the files again.
     *
     * @return what takes it over, for connections made from then on, and says whether it is
     *     something else than before
     * @throws OperatorException when one of them cannot be used; what held before holds on
     */
    BooleanSupplier readAgain() {
        State newer = read();
        return () -> {
            State before = state;
            boolean same =
                    newer.trusted.equals(before.trusted) && chain(newer).equals(chain(before));
            if (!same) {
                state = newer;
            }
            return !same;
        };
    }

    private static Optional<List<X509Certificate>> chain(State state) {
        return state.shown.map(TlsFiles::chain);
    }

    private State read() {
        TrustSet trusted = trust.read();
        Optional<TlsFiles> shown = identity.map(files -> TlsFiles.read(files.chain(), files.key()));
        shown.ifPresent(files -> requireClientUse(files.chain().getFirst()));
        return new State(trusted, shown, new ClientTls(trusted, shown));
    }

    /** Every server that checks would refuse it: better said here than in each handshake. */
    private void requireClientUse(X509Certificate leaf) {
        try {
            List<String> uses = leaf.getExtendedKeyUsage();
            if (uses == null || uses.contains(CLIENT_AUTH) || uses.contains(ANY_USAGE)) {
                return;
            }
        } catch (CertificateParsingException e) {
            // Whose uses cannot be read has none that helps.
        }
        throw new OperatorException(
                ExitCode.ENVIRONMENT,
                identity.map(files -> files.chain().toString()).orElse("")
                        + " is not a client's certificate: its extended key usage lacks clientAuth",
                "map ca issue --profile client makes one");
    }

    /** As {@link ClientTls#over}, by the files as they are now. */
    SSLSocket over(Socket plain, String host, int port) throws IOException {
        return state.client.over(plain, host, port);
    }
}
