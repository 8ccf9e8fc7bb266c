package dev.mapsovereign.ca;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Certificates once more, for the keys that are there; whoever calls holds the authority's lock.
 */
final class Renewal {
    private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

    private final CertificateAuthority authority;
    private final Path folder;
    private final Issuance issuance;
    private final Clock clock;

    Renewal(CertificateAuthority authority, Path folder, Issuance issuance, Clock clock) {
        this.authority = authority;
        this.folder = folder;
        this.issuance = issuance;
        this.clock = clock;
    }

    Renewed leaf(X509Certificate old, Path passphraseFile)
            throws IOException, GeneralSecurityException {
        CertificateProfile profile = profile(old);
        requireNotRevoked(old);
        X509Certificate issuer = authority.certificates().get(profile.issuer());
        if (issuer == null) {
            throw new IllegalStateException("no issuer " + profile.issuer());
        }
        Instant now = clock.instant();
        boolean tooShort = issuer.getNotAfter().toInstant().isBefore(now.plus(profile.validity()));
        if (tooShort) {
            issuer = issuer(profile.issuer(), passphraseFile);
        }
        CertificateAuthority.Issuer signer =
                new CertificateAuthority.Issuer(
                        issuer,
                        SealedKey.openPlain(
                                CertificateAuthority.readPrivate(
                                        folder.resolve(profile.issuer() + ".key"))));
        List<SubjectName> names = names(old);
        X509Certificate renewed = issuance.leaf(profile, names, old.getPublicKey(), signer);
        return new Renewed(
                renewed,
                names.stream().map(SubjectName::text).toList(),
                CertificateAuthority.concatenate(
                        CertificateAuthority.pem(renewed), CertificateAuthority.pem(issuer)),
                tooShort);
    }

    /** Its key, which would be certified again, may be the very reason. */
    private void requireNotRevoked(X509Certificate old) {
        String serial = old.getSerialNumber().toString(16);
        Revocation revocation = CertificateAuthority.ledger(folder).revocations().get(serial);
        if (revocation != null) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "the certificate " + serial + " was revoked at " + revocation.at(),
                    "get one for a new key: map ca issue");
        }
    }

    X509Certificate issuer(String name, Path passphraseFile)
            throws IOException, GeneralSecurityException {
        Path file = folder.resolve(name + ".pem");
        Path rootKey = folder.resolve("root.key");
        if (!Files.exists(rootKey) || !Files.exists(passphraseFile)) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "the issuer "
                            + name
                            + " has to be renewed under the root, whose key is not on this host",
                    "renew it where the root's key is, for the same key, and put it to " + file);
        }
        X509Certificate root = CertificateAuthority.certificate(folder.resolve("root.pem"));
        try (Secret passphrase = Secret.readLine(passphraseFile)) {
            CertificateAuthority.Issuer signer =
                    new CertificateAuthority.Issuer(
                            root,
                            SealedKey.open(CertificateAuthority.readPrivate(rootKey), passphrase));
            X509Certificate renewed =
                    issuance.renewed(name, CertificateAuthority.certificate(file), signer);
            DurableFiles.write(file, CertificateAuthority.pem(renewed), Mode.PUBLIC);
            return renewed;
        }
    }

    /** By which profile {@code old} was issued; the issuer that signed it is found by its key. */
    private CertificateProfile profile(X509Certificate old) throws GeneralSecurityException {
        for (String issuer : CertificateAuthority.ISSUERS) {
            X509Certificate certificate = authority.certificates().get(issuer);
            if (certificate != null && signed(certificate.getPublicKey(), old)) {
                return CertificateProfile.of(profileName(issuer, old));
            }
        }
        throw new OperatorException(
                ExitCode.FAILED,
                "the certificate "
                        + old.getSubjectX500Principal()
                        + " was not issued by this site's authority",
                "get a new one from whoever issued it");
    }

    private String profileName(String issuer, X509Certificate old) throws GeneralSecurityException {
        if (issuer.equals("agent")) {
            return "agent";
        }
        String serial = old.getSerialNumber().toString(16);
        return CertificateAuthority.issuedIn(folder).stream()
                .filter(entry -> entry.serial().equals(serial))
                .map(IssuedEntry::profile)
                .findFirst()
                .orElse(isServer(old) ? "server" : "client");
    }

    private static boolean isServer(X509Certificate old) throws GeneralSecurityException {
        List<String> purposes = old.getExtendedKeyUsage();
        return purposes != null && purposes.contains(SERVER_AUTH);
    }

    private static boolean signed(PublicKey issuer, X509Certificate certificate) {
        try {
            certificate.verify(issuer);
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Its alternative names; others than host names, addresses and DIDs were never certified. */
    private static List<SubjectName> names(X509Certificate old) throws GeneralSecurityException {
        List<SubjectName> names = new ArrayList<>();
        var alternatives = old.getSubjectAlternativeNames();
        if (alternatives != null) {
            for (List<?> alternative : alternatives) {
                names.add(SubjectName.parse(String.valueOf(alternative.get(1))));
            }
        }
        return names;
    }
}
