package dev.mapsovereign.node.time;

import dev.mapsovereign.ca.CertificateAuthority;
import dev.mapsovereign.ca.IssuedEntry;
import dev.mapsovereign.ca.RevocationList;
import dev.mapsovereign.node.NodeCore;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** When certificates end: those that are served, the authority's own, those that it issued. */
final class CertificateDates {
    private static final String RENEW = "map ca renew";
    private static final String ELSEWHERE =
            "get a new one from whoever issued it, then systemctl reload map-sovereign";

    private final NodeCore core;

    CertificateDates(NodeCore core) {
        this.core = core;
    }

    /** Root and issuers by name; none where the site has no authority. */
    Map<String, X509Certificate> authority() {
        return CertificateAuthority.exists(core.config().folders().ca())
                ? CertificateAuthority.certificatesIn(core.config().folders().ca())
                : Map.of();
    }

    /** Of a chain that is served, leaf first. */
    List<Expiry> served(List<X509Certificate> chain, Map<String, X509Certificate> authority) {
        List<Expiry> dates = new ArrayList<>();
        boolean ours =
                !chain.isEmpty()
                        && Optional.ofNullable(authority.get("server"))
                                .map(issuer -> signed(issuer, chain.getFirst()))
                                .orElse(false);
        for (int at = 0; at < chain.size(); at++) {
            X509Certificate each = chain.get(at);
            dates.add(
                    expiry(
                            (at == 0 ? "server certificate " : "issuer in the served chain, ")
                                    + each.getSubjectX500Principal().getName(),
                            Expiry.Kind.SERVER_CERTIFICATE,
                            each,
                            noticeOf(each),
                            "callers refuse the connection",
                            ours ? RENEW : ELSEWHERE));
        }
        return dates;
    }

    private static boolean signed(X509Certificate issuer, X509Certificate leaf) {
        try {
            leaf.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** A third of its life, but no more than a month. */
    private static Duration noticeOf(X509Certificate certificate) {
        Duration third =
                Duration.between(
                                certificate.getNotBefore().toInstant(),
                                certificate.getNotAfter().toInstant())
                        .dividedBy(3);
        return third.compareTo(Limits.NOTICE) < 0 ? third : Limits.NOTICE;
    }

    /** Of the site's own authority. */
    List<Expiry> own(Map<String, X509Certificate> authority) {
        List<Expiry> dates = new ArrayList<>();
        authority.forEach((name, certificate) ->
                dates.add(
                        name.equals("root")
                                ? expiry(
                                        "root of the certificate authority",
                                        Expiry.Kind.ROOT,
                                        certificate,
                                        Limits.NOTICE_ROOT,
                                        "nothing that the authority issued is accepted",
                                        "a new authority; its root has to reach every caller")
                                : expiry(
                                        "issuer " + name,
                                        Expiry.Kind.ISSUER,
                                        certificate,
                                        Limits.NOTICE_ROOT,
                                        "nothing that it issued is accepted",
                                        RENEW + " --issuer " + name)));
        return dates;
    }

    private static Expiry expiry(
            String what,
            Expiry.Kind kind,
            X509Certificate certificate,
            Duration notice,
            String stops,
            String remedy) {
        return new Expiry(
                what,
                kind,
                Optional.of(certificate.getNotBefore().toInstant()),
                certificate.getNotAfter().toInstant(),
                notice,
                stops,
                remedy);
    }

    /** Of those that were ever made; a site that revokes nothing has none. */
    List<Expiry> revocationLists() {
        return RevocationList.in(core.config().folders().ca()).stream()
                .map(list ->
                        new Expiry(
                                "revocation list of the issuer " + list.issuer(),
                                Expiry.Kind.CRL,
                                Optional.empty(),
                                list.nextUpdate(),
                                Limits.NOTICE_CRL,
                                "whoever checks revocation refuses what the issuer issued",
                                "map ca crl, and look at map-crl-refresh.timer"))
                .toList();
    }

    /** By the authority's ledger, but for what is served. */
    List<Expiry> issued(List<X509Certificate> served) {
        if (!CertificateAuthority.exists(core.config().folders().ca())) {
            return List.of();
        }
        String shown = served.isEmpty() ? "" : served.getFirst().getSerialNumber().toString(16);
        return CertificateAuthority.issuedIn(core.config().folders().ca()).stream()
                .filter(entry -> !entry.serial().equals(shown))
                .map(CertificateDates::issued)
                .toList();
    }

    private static Expiry issued(IssuedEntry entry) {
        StringBuilder names = new StringBuilder();
        entry.names().forEach(name -> names.append(" --name ").append(name));
        return new Expiry(
                entry.profile() + " certificate for " + String.join(", ", entry.names()),
                Expiry.Kind.ISSUED_CERTIFICATE,
                Optional.empty(),
                entry.notAfter(),
                entry.profile().equals("agent") ? Duration.ofDays(2) : Limits.NOTICE_SHORT,
                "whoever uses it is not recognized",
                "map ca issue --profile "
                        + entry.profile()
                        + names
                        + (entry.profile().equals("agent") ? " --csr FILE" : "")
                        + " --out DIR");
    }

    /** What the configured file holds, as the gateway would read it; none without TLS. */
    List<X509Certificate> configured() {
        return core.config()
                .gateway()
                .tls()
                .map(paths ->
                        dev.mapsovereign.base.tls.TlsFiles.read(paths.certFile(), paths.keyFile())
                                .chain())
                .orElse(List.of());
    }
}
