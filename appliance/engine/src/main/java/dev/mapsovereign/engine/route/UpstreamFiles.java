package dev.mapsovereign.engine.route;

import dev.mapsovereign.base.tls.TrustFiles;
import dev.mapsovereign.config.ConfigSection;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a route, or another table, says of TLS to those it connects to.
 *
 * @param trust whom to trust instead of the site's own authority
 * @param identity certificate and key that the node shows where it is asked for them; empty: none
 */
public record UpstreamFiles(Optional<TrustFiles> trust, Optional<Identity> identity) {
    /** The site's authority, and nothing to show. */
    public static final UpstreamFiles NONE = new UpstreamFiles(Optional.empty(), Optional.empty());

    /**
     * A certificate and its key.
     *
     * @param chain PEM chain, leaf first
     * @param key PKCS#8 PEM key, mode 0600 or 0640 at most
     */
    public record Identity(Path chain, Path key) {}

    /** Reads {@code ca_file}, {@code crl_file}, {@code cert_file} and {@code key_file}. */
    public static UpstreamFiles read(ConfigSection table) {
        Optional<Path> anchors = table.path("ca_file").optional();
        Optional<Path> revoked = table.path("crl_file").optional();
        Optional<Path> chain = table.path("cert_file").optional();
        Optional<Path> key = table.path("key_file").optional();
        if (revoked.isPresent() && anchors.isEmpty()) {
            table.problem(
                    "crl_file", "goes with ca_file; the site's own authority has its list already");
        }
        if (chain.isPresent() != key.isPresent()) {
            table.problem("cert_file", "goes with key_file: both or neither");
        }
        return new UpstreamFiles(
                anchors.map(file -> new TrustFiles(file, revoked, false)),
                chain.flatMap(file -> key.map(own -> new Identity(file, own))));
    }
}
