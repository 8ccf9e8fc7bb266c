package dev.mapsovereign.base.tls;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.cert.CRL;
import java.security.cert.CRLException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * Whom a client trusts: certificates of authorities from a PEM file, and what they have revoked.
 *
 * @param anchors chains that end in one of these are trusted
 * @param revoked lists of revoked certificates; with at least one, a peer's certificate is trusted
 *     only while a list of its issuer that is still in date does not name it (RFC 5280 §6.3)
 */
public record TrustSet(List<X509Certificate> anchors, List<CRL> revoked) {
    private static final int FILE_BYTES_MAX = 1 << 20;

    /** The certificates of all authorities of a site, and those that are to take over. */
    private static final int ANCHORS_MAX = 64;

    /** Copies the lists. */
    public TrustSet {
        anchors = List.copyOf(anchors);
        revoked = List.copyOf(revoked);
    }

    /**
     * Reads and checks both files.
     *
     * @param anchorsFile PEM certificates, 1 to 64, each of an authority or a peer's own
     * @param revokedFile revocation lists, PEM or one in DER
     * @throws OperatorException with exit code 3 when a file is missing, unreadable or does not
     *     hold what it should
     */
    public static TrustSet read(Path anchorsFile, Optional<Path> revokedFile) {
        return new TrustSet(
                readAnchors(anchorsFile), revokedFile.map(TrustSet::readLists).orElse(List.of()));
    }

    private static List<X509Certificate> readAnchors(Path file) {
        List<X509Certificate> anchors = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (byte[] der : TlsFiles.blocks(content(file, "trust file"), "CERTIFICATE")) {
                anchors.add(
                        (X509Certificate)
                                factory.generateCertificate(new ByteArrayInputStream(der)));
            }
        } catch (CertificateException | IllegalArgumentException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "certificate "
                            + (anchors.size() + 1)
                            + " in the trust file "
                            + file
                            + " cannot be read",
                    e);
        }
        if (anchors.isEmpty() || anchors.size() > ANCHORS_MAX) {
            throw TlsFiles.wrong(
                    "the trust file "
                            + file
                            + " holds "
                            + anchors.size()
                            + " certificates, not 1 to "
                            + ANCHORS_MAX,
                    "a file with BEGIN CERTIFICATE blocks is expected");
        }
        return anchors;
    }

    private static List<CRL> readLists(Path file) {
        byte[] content = content(file, "revocation list");
        try {
            List<CRL> lists =
                    List.copyOf(
                            CertificateFactory.getInstance("X.509")
                                    .generateCRLs(new ByteArrayInputStream(content)));
            if (lists.isEmpty()) {
                throw TlsFiles.wrong(file + " holds no revocation list", "");
            }
            return lists;
        } catch (CertificateException | CRLException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, file + " is not a revocation list", e);
        }
    }

    private static byte[] content(Path file, String what) {
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw TlsFiles.wrong("the " + what + " " + file + " is above 1 MiB", "");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "cannot read the " + what + " " + file + ": " + IoReason.of(e),
                    e);
        }
    }

    /** Judges the certificates of peers by this set. */
    public TrustManager[] trustManagers() {
        try {
            PKIXBuilderParameters parameters =
                    new PKIXBuilderParameters(trusted(anchors), new X509CertSelector());
            heedLists(parameters);
            TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
            managers.init(new CertPathTrustManagerParameters(parameters));
            return managers.getTrustManagers();
        } catch (InvalidAlgorithmParameterException e) {
            throw new IllegalStateException("a trust set is never empty", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no PKIX", e);
        }
    }

    /**
     * Judges a certificate that an anchor which is in date has issued itself (RFC 5280 §6, a path
     * of one certificate): its signature, its dates, its critical extensions, its revocation. Names
     * and uses are the caller's to judge. As the JDK does it, a list holds a quarter of an hour
     * beyond its date, for clocks that differ.
     *
     * @param at by which time
     * @throws GeneralSecurityException why it is not trusted
     */
    public void requireIssued(X509Certificate certificate, Instant at)
            throws GeneralSecurityException {
        List<X509Certificate> issuers =
                anchors.stream()
                        .filter(anchor ->
                                anchor.getSubjectX500Principal()
                                        .equals(certificate.getIssuerX500Principal()))
                        .filter(anchor -> isInDate(anchor, at))
                        .toList();
        if (issuers.isEmpty()) {
            throw new CertificateException("no authority that is trusted here issued it");
        }
        PKIXParameters parameters = new PKIXParameters(trusted(issuers));
        parameters.setDate(Date.from(at));
        heedLists(parameters);
        CertPathValidator.getInstance("PKIX")
                .validate(
                        CertificateFactory.getInstance("X.509")
                                .generateCertPath(List.of(certificate)),
                        parameters);
    }

    private static boolean isInDate(X509Certificate anchor, Instant at) {
        return !at.isBefore(anchor.getNotBefore().toInstant())
                && !at.isAfter(anchor.getNotAfter().toInstant());
    }

    private static Set<TrustAnchor> trusted(List<X509Certificate> anchors) {
        return anchors.stream()
                .map(anchor -> new TrustAnchor(anchor, null))
                .collect(Collectors.toSet());
    }

    private void heedLists(PKIXParameters parameters) throws GeneralSecurityException {
        parameters.setRevocationEnabled(!revoked.isEmpty());
        if (!revoked.isEmpty()) {
            parameters.addCertStore(
                    CertStore.getInstance(
                            "Collection", new CollectionCertStoreParameters(revoked)));
            parameters.addCertPathChecker(endEntitiesByList());
        }
    }

    /**
     * By lists alone, with nothing asked over a network; an issuer's own revocation would stand in
     * a list of the root, whose key lies sealed elsewhere.
     */
    private static PKIXRevocationChecker endEntitiesByList() throws GeneralSecurityException {
        PKIXRevocationChecker checker =
                (PKIXRevocationChecker)
                        CertPathValidator.getInstance("PKIX").getRevocationChecker();
        checker.setOptions(
                EnumSet.of(Option.ONLY_END_ENTITY, Option.PREFER_CRLS, Option.NO_FALLBACK));
        return checker;
    }
}
