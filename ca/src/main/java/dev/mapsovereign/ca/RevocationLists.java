package dev.mapsovereign.ca;

import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.CertException;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;

/**
 * Makes whole revocation lists (RFC 5280 §5), one for each issuer whose key is here; whoever calls
 * holds the authority's lock.
 */
final class RevocationLists {
    private final Path folder;
    private final IssuanceLedger ledger;
    private final Clock clock;

    RevocationLists(Path folder, IssuanceLedger ledger, Clock clock) {
        this.folder = folder;
        this.ledger = ledger;
        this.clock = clock;
    }

    /** The names of the issuers whose keys are here. */
    List<String> issuers() {
        return CertificateAuthority.ISSUERS.stream().filter(this::keyIsHere).toList();
    }

    boolean keyIsHere(String issuer) {
        return Files.exists(folder.resolve(issuer + ".key"));
    }

    List<RevocationList> make() throws IOException, GeneralSecurityException {
        List<RevocationList> made = new ArrayList<>();
        for (String issuer : issuers()) {
            made.add(make(issuer));
        }
        return List.copyOf(made);
    }

    RevocationList make(String name) throws IOException, GeneralSecurityException {
        CertificateAuthority.Issuer issuer =
                new CertificateAuthority.Issuer(
                        CertificateAuthority.certificate(folder.resolve(name + ".pem")),
                        SealedKey.openPlain(
                                CertificateAuthority.readPrivate(folder.resolve(name + ".key"))));
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        BigInteger number = BigInteger.valueOf(nextNumber(name, now));
        X509CRLHolder list = sign(builder(name, issuer.certificate(), now, number), issuer);
        Path file = RevocationList.file(folder, name);
        DurableFiles.createDirectories(file.toAbsolutePath().getParent(), Mode.PUBLIC);
        DurableFiles.write(file, list.getEncoded(), Mode.PUBLIC);
        return RevocationList.of(name, file, list);
    }

    /**
     * Higher than all before, and in the ledger before anything is signed with it. Not below the
     * seconds since 1970 either: a ledger that comes back from a backup has forgotten the numbers
     * after it, and the lists that bear them are still in other hands. Gaps are allowed (§5.2.3).
     */
    private long nextNumber(String issuer, Instant now) {
        long number = Math.max(ledger.listNumber(issuer) + 1, now.getEpochSecond());
        ledger.appendListNumber(issuer, number, now);
        return number;
    }

    private X509v2CRLBuilder builder(
            String name, X509Certificate issuer, Instant now, BigInteger number)
            throws IOException, GeneralSecurityException {
        X509v2CRLBuilder builder =
                new X509v2CRLBuilder(
                        X500Name.getInstance(issuer.getSubjectX500Principal().getEncoded()),
                        Date.from(now));
        builder.setNextUpdate(Date.from(now.plus(Limits.LIST_VALIDITY)));
        builder.addExtension(Extension.authorityKeyIdentifier, false, keyIdentifier(issuer));
        builder.addExtension(Extension.cRLNumber, false, new CRLNumber(number));
        Instant lastList = lastList(name, now);
        for (Revocation each : ledger.revocations().values()) {
            if (each.issuer().equals(name) && !isDone(each, lastList)) {
                // A reason that says nothing is left out by the builder, as §5.3.1 asks.
                builder.addCRLEntry(
                        new BigInteger(each.serial(), 16),
                        Date.from(each.at()),
                        each.reason().code());
            }
        }
        return builder;
    }

    /** When the list before this one was made; one from ahead of the clock proves nothing. */
    private Instant lastList(String issuer, Instant now) {
        return RevocationList.readable(folder, issuer)
                .map(RevocationList::thisUpdate)
                .filter(before -> !before.isAfter(now))
                .orElse(Instant.EPOCH);
    }

    /**
     * §5.3: an entry stays until it stood on one list that was made after its certificate ended.
     */
    private static boolean isDone(Revocation revocation, Instant lastList) {
        return revocation.notAfter().isBefore(lastList) && revocation.at().isBefore(lastList);
    }

    /** The issuer's own identifier where it has one: an imported one may be made otherwise. */
    private static AuthorityKeyIdentifier keyIdentifier(X509Certificate issuer)
            throws GeneralSecurityException {
        JcaX509CertificateHolder holder = new JcaX509CertificateHolder(issuer);
        Extension own = holder.getExtension(Extension.subjectKeyIdentifier);
        PublicKey key = issuer.getPublicKey();
        return own == null
                ? new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(key)
                : new AuthorityKeyIdentifier(
                        SubjectKeyIdentifier.getInstance(own.getParsedValue()).getKeyIdentifier());
    }

    private static X509CRLHolder sign(X509v2CRLBuilder builder, CertificateAuthority.Issuer issuer)
            throws GeneralSecurityException {
        try {
            X509CRLHolder list =
                    builder.build(
                            new JcaContentSignerBuilder(IssuerKeys.signatureAlgorithm(issuer.key()))
                                    .build(issuer.key()));
            if (!list.isSignatureValid(
                    new JcaContentVerifierProviderBuilder().build(issuer.certificate()))) {
                throw new GeneralSecurityException(
                        "the issuer's key is not that of its certificate");
            }
            return list;
        } catch (OperatorCreationException | CertException e) {
            throw new GeneralSecurityException("couldn't sign a revocation list", e);
        }
    }
}
