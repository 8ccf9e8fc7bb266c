package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.tls.TlsFiles;
import dev.mapsovereign.ca.CertificateAuthority;
import dev.mapsovereign.ca.Renewed;
import dev.mapsovereign.gateway.GatewayConfig;
import dev.mapsovereign.node.NodeCore;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** The certificate authority: bringing one, and making what it issued last longer. */
final class AuthorityVerbs {
    private static final Set<String> ISSUERS = Set.of("server", "agent");

    private AuthorityVerbs() {}

    /** Takes in an authority that was made elsewhere. */
    static JsonObject importAuthority(
            NodeCore core, JsonObject arguments, Consumer<String> progress) {
        core.requireClock();
        boolean taken =
                CertificateAuthority.importFrom(
                        Arguments.path(arguments, "from"),
                        core.config().folders().ca(),
                        arguments.bool("unconstrained").orElse(false),
                        core.auditLog(),
                        core.clock());
        JsonObject.Builder facts =
                JsonObject.builder()
                        .put("imported", taken)
                        .put("root", core.certificateAuthority().rootFile().toString());
        core.certificateAuthority()
                .certificates()
                .forEach((name, certificate) ->
                        facts.put(name + "_sha256", fingerprint(certificate))
                                .put(
                                        name + "_not_after",
                                        certificate.getNotAfter().toInstant().toString()));
        return facts.build();
    }

    private static String fingerprint(X509Certificate certificate) {
        try {
            return Hex.encode(Sha256.hash(certificate.getEncoded()));
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that was read has no encoding", e);
        }
    }

    /** Renews the certificate that the gateway shows, or an issuer. */
    static JsonObject renew(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        core.requireClock();
        Optional<String> issuer = arguments.text("issuer");
        return issuer.isPresent() ? renewIssuer(core, issuer.get()) : renewServed(core);
    }

    private static JsonObject renewIssuer(NodeCore core, String name) {
        if (!ISSUERS.contains(name)) {
            throw new OperatorException(
                    ExitCode.USAGE, "no issuer '" + name + "'", "there are: server, agent");
        }
        X509Certificate renewed =
                core.certificateAuthority()
                        .renewIssuer(name, core.config().folders().caPassphrase());
        return JsonObject.builder()
                .put("issuer", name)
                .put("not_after", renewed.getNotAfter().toInstant().toString())
                .put("sha256", fingerprint(renewed))
                .build();
    }

    private static JsonObject renewServed(NodeCore core) {
        GatewayConfig.TlsPaths paths =
                core.config()
                        .gateway()
                        .tls()
                        .orElseThrow(() ->
                                new OperatorException(
                                        ExitCode.FAILED,
                                        "the gateway shows no certificate",
                                        "there is no table [gateway.tls] in the configuration"));
        Path file = paths.certFile();
        X509Certificate old = TlsFiles.read(file, paths.keyFile()).chain().getFirst();
        Renewed renewed =
                core.certificateAuthority().renew(old, core.config().folders().caPassphrase());
        renewed.install(file);
        return JsonObject.builder()
                .put("certificate", file.toString())
                .put("names", JsonArray.ofStrings(renewed.names()))
                .put("not_after_before", old.getNotAfter().toInstant().toString())
                .put("not_after", renewed.certificate().getNotAfter().toInstant().toString())
                .put("serial", renewed.certificate().getSerialNumber().toString(16))
                .put("issuer_renewed", renewed.issuerRenewed())
                .build();
    }
}
