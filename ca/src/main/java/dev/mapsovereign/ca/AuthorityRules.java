package dev.mapsovereign.ca;

import dev.mapsovereign.base.crypto.KeyPairs;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What an authority from elsewhere must be (RFC 5280 §4.2, §6): the same that one made here is. The
 * first rule that is broken is named, with the file.
 *
 * @param root its root certificate
 * @param now the time at which it must be valid
 * @param unconstrained accepts a server issuer that may issue for any name
 */
record AuthorityRules(X509Certificate root, Instant now, boolean unconstrained) {
    private static final String SERVER = "1.3.6.1.5.5.7.3.1";
    private static final String CLIENT = "1.3.6.1.5.5.7.3.2";
    private static final String ANY_PURPOSE = "2.5.29.37.0";
    private static final String NAME_CONSTRAINTS = "2.5.29.30";

    /** Bits of the extension keyUsage, as {@link X509Certificate#getKeyUsage} numbers them. */
    private static final int SIGNS_CERTIFICATES = 5;

    private static final int SIGNS_CRLS = 6;

    /**
     * Checks root and issuers.
     *
     * @throws OperatorException exit 4, naming what is wrong
     */
    void check(Map<String, CertificateAuthority.Issuer> issuers) {
        requireAuthority("root.pem", root);
        require(root.getBasicConstraints() >= 1, "root.pem", "allows no issuer below it");
        requireSignedBy("root.pem", root, root);
        Set<Object> keys = new HashSet<>(Set.of(root.getPublicKey()));
        issuers.forEach((name, issuer) -> {
            checkIssuer(name, issuer);
            require(
                    keys.add(issuer.certificate().getPublicKey()),
                    name + ".pem",
                    "has the key of another of the three");
        });
    }

    private void checkIssuer(String name, CertificateAuthority.Issuer issuer) {
        String file = name + ".pem";
        X509Certificate certificate = issuer.certificate();
        requireAuthority(file, certificate);
        requireSignedBy(file, certificate, root);
        require(
                certificate.getBasicConstraints() == 0,
                file,
                "is not confined to end entities: its path length is not 0");
        requirePath(file, certificate);
        require(
                KeyPairs.match(certificate.getPublicKey(), issuer.key()),
                name + ".key",
                "is not the key of " + file);
        boolean server = name.equals("server");
        requirePurposes(file, certificate, server ? Set.of(SERVER, CLIENT) : Set.of(CLIENT));
        require(
                !server || unconstrained || certificate.getExtensionValue(NAME_CONSTRAINTS) != null,
                file,
                "has no name constraints: it could issue for every name there is;"
                        + " --unconstrained accepts that");
    }

    private void requireAuthority(String file, X509Certificate certificate) {
        require(certificate.getBasicConstraints() >= 0, file, "is no CA (basicConstraints)");
        boolean[] usage = certificate.getKeyUsage();
        require(
                usage != null && usage[SIGNS_CERTIFICATES] && usage[SIGNS_CRLS],
                file,
                "may not sign certificates and CRLs (keyUsage)");
        require(
                !now.isBefore(certificate.getNotBefore().toInstant()),
                file,
                "is not valid before "
                        + certificate.getNotBefore().toInstant()
                        + "; the clock shows "
                        + now);
        require(
                now.isBefore(certificate.getNotAfter().toInstant()),
                file,
                "expired at " + certificate.getNotAfter().toInstant());
        Optional<String> objection = IssuerKeys.objection(certificate.getPublicKey());
        require(objection.isEmpty(), file, "has " + objection.orElse(""));
        String algorithm = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
        require(
                !algorithm.contains("SHA1") && !algorithm.contains("MD5"),
                file,
                "is signed by " + certificate.getSigAlgName());
    }

    private static void requireSignedBy(
            String file, X509Certificate certificate, X509Certificate issuer) {
        try {
            certificate.verify(issuer.getPublicKey());
        } catch (GeneralSecurityException e) {
            require(false, file, "is not signed by root.pem");
        }
        require(
                certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal()),
                file,
                "names another issuer than root.pem");
    }

    /** What the rules above leave out, such as critical extensions that nobody here knows. */
    private void requirePath(String file, X509Certificate certificate) {
        try {
            PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(now));
            CertPathValidator.getInstance("PKIX")
                    .validate(
                            CertificateFactory.getInstance("X.509")
                                    .generateCertPath(List.of(certificate)),
                            parameters);
        } catch (GeneralSecurityException e) {
            require(false, file, "does not verify under root.pem: " + e.getMessage());
        }
    }

    private static void requirePurposes(
            String file, X509Certificate certificate, Set<String> needed) {
        try {
            List<String> purposes = certificate.getExtendedKeyUsage();
            require(
                    purposes == null
                            || purposes.contains(ANY_PURPOSE)
                            || purposes.containsAll(needed),
                    file,
                    "may not issue for all purposes that are needed: " + needed);
        } catch (CertificateParsingException e) {
            require(false, file, "has an extendedKeyUsage that cannot be read");
        }
    }

    private static void require(boolean good, String file, String otherwise) {
        if (!good) {
            throw new OperatorException(
                    ExitCode.TAMPERING,
                    "the authority does not verify: " + file + " " + otherwise,
                    "nothing was imported");
        }
    }
}
