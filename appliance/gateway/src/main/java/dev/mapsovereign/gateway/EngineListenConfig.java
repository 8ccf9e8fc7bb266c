package dev.mapsovereign.gateway;

import dev.mapsovereign.base.tls.TrustFiles;
import dev.mapsovereign.config.ConfigSection;
import dev.mapsovereign.config.ListenAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where an engine host takes what gateways hand on, table {@code [engine.listen]}.
 *
 * @param bind where it listens, always over TLS
 * @param certFile PEM chain, leaf first
 * @param keyFile PKCS#8 PEM key
 * @param gateways names of the gateways that get in, in lower case
 * @param trust who issued their certificates; empty: the site's own authority
 */
public record EngineListenConfig(
        ListenAddress bind,
        Path certFile,
        Path keyFile,
        Set<String> gateways,
        Optional<TrustFiles> trust) {
    /** Copies the set. */
    public EngineListenConfig {
        gateways = Set.copyOf(gateways);
    }

    /** Reads it; empty without a table. */
    public static Optional<EngineListenConfig> read(ConfigSection table) {
        if (!table.isPresent()) {
            return Optional.empty();
        }
        Optional<Path> anchors = table.path("ca_file").optional();
        Optional<Path> revoked = table.path("crl_file").optional();
        if (revoked.isPresent() && anchors.isEmpty()) {
            table.problem(
                    "crl_file", "goes with ca_file; the site's own authority has its list already");
        }
        List<String> gateways =
                table.texts("gateways")
                        .where(names -> !names.isEmpty(), "must name one gateway at least")
                        .required();
        return Optional.of(
                new EngineListenConfig(
                        table.listenAddress("bind").orElse(new ListenAddress("127.0.0.1", 8080)),
                        table.path("cert_file").required(),
                        table.path("key_file").required(),
                        gateways.stream()
                                .map(name -> name.toLowerCase(Locale.ROOT))
                                .collect(Collectors.toSet()),
                        anchors.map(file -> new TrustFiles(file, revoked, false))));
    }
}
