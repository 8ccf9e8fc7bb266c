package dev.mapsovereign.ca;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.AuditSink;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Plan, record, sign: builds what is to be signed, puts its digest into ledger and audit log, and
 * only then lets the signature come into being (RFC 5280 §4 for the form).
 */
final class Issuance {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final IssuanceLedger ledger;
    private final AuditSink audit;
    private final Clock clock;

    Issuance(IssuanceLedger ledger, AuditSink audit, Clock clock) {
        this.ledger = ledger;
        this.audit = audit;
        this.clock = clock;
    }

    X509Certificate root(String organization, PrivateKey key)
            throws GeneralSecurityException, IOException {
        PublicKey publicKey = publicKey(key);
        X500Name name = name(organization, organization + " Root CA");
        Plan plan =
                new Plan(
                        "root",
                        "root",
                        name,
                        name,
                        Limits.ROOT_VALIDITY,
                        Duration.ofMinutes(5),
                        List.of());
        X509v3CertificateBuilder builder = builder(plan, publicKey);
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(1));
        builder.addExtension(
                Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        builder.addExtension(
                Extension.subjectKeyIdentifier,
                false,
                new JcaX509ExtensionUtils().createSubjectKeyIdentifier(publicKey));
        return sign(plan, builder, key);
    }

    X509Certificate intermediate(
            String issuerName,
            String organization,
            List<SubjectName> names,
            PublicKey publicKey,
            CertificateAuthority.Issuer root)
            throws GeneralSecurityException, IOException {
        CertificateProfile profile = CertificateProfile.of("intermediate");
        X500Name name = name(organization, organization + " " + issuerName + " CA");
        Plan plan =
                new Plan(
                        "intermediate",
                        issuerName,
                        name,
                        subject(root.certificate()),
                        profile.validity(),
                        profile.backdate(),
                        List.of());
        X509v3CertificateBuilder builder = builder(plan, publicKey);
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
        builder.addExtension(
                Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        keyIdentifiers(builder, publicKey, root.certificate());
        if (issuerName.equals("agent")) {
            builder.addExtension(
                    Extension.extendedKeyUsage,
                    false,
                    new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth));
        } else {
            builder.addExtension(
                    Extension.extendedKeyUsage,
                    false,
                    new ExtendedKeyUsage(
                            new KeyPurposeId[] {
                                KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                            }));
            builder.addExtension(Extension.nameConstraints, true, constraints(names));
        }
        return sign(plan, builder, root.key());
    }

    /**
     * The issuer of {@code old} once more: same name, same key, same bounds, a new validity that
     * does not outlast the root's. What it issued so far verifies under the new certificate as
     * well.
     */
    X509Certificate renewed(
            String issuerName, X509Certificate old, CertificateAuthority.Issuer root)
            throws GeneralSecurityException, IOException {
        CertificateProfile profile = CertificateProfile.of("intermediate");
        Duration left =
                Duration.between(clock.instant(), root.certificate().getNotAfter().toInstant());
        if (!left.isPositive()) {
            throw new GeneralSecurityException(
                    "the root has expired: " + root.certificate().getNotAfter().toInstant());
        }
        Plan plan =
                new Plan(
                        "intermediate",
                        issuerName,
                        subject(old),
                        subject(root.certificate()),
                        left.compareTo(profile.validity()) < 0 ? left : profile.validity(),
                        profile.backdate(),
                        List.of());
        X509v3CertificateBuilder builder = builder(plan, old.getPublicKey());
        X509CertificateHolder before = new JcaX509CertificateHolder(old);
        for (ASN1ObjectIdentifier each : before.getExtensions().getExtensionOIDs()) {
            if (!each.equals(Extension.authorityKeyIdentifier)) {
                builder.addExtension(before.getExtension(each));
            }
        }
        builder.addExtension(
                Extension.authorityKeyIdentifier,
                false,
                new JcaX509ExtensionUtils()
                        .createAuthorityKeyIdentifier(root.certificate().getPublicKey()));
        return sign(plan, builder, root.key());
    }

    X509Certificate leaf(
            CertificateProfile profile,
            List<SubjectName> names,
            PublicKey publicKey,
            CertificateAuthority.Issuer issuer)
            throws GeneralSecurityException, IOException {
        checkNames(profile, names);
        X500Name subject =
                new X500NameBuilder().addRDN(BCStyle.CN, commonName(names.getFirst())).build();
        Plan plan =
                new Plan(
                        profile.name(),
                        profile.issuer(),
                        subject,
                        subject(issuer.certificate()),
                        profile.validity(),
                        profile.backdate(),
                        names.stream().map(SubjectName::text).toList());
        X509v3CertificateBuilder builder = builder(plan, publicKey);
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        builder.addExtension(Extension.extendedKeyUsage, false, purposes(profile));
        keyIdentifiers(builder, publicKey, issuer.certificate());
        builder.addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(
                        names.stream().map(Issuance::generalName).toArray(GeneralName[]::new)));
        if (plan.notAfter(clock).isAfter(issuer.certificate().getNotAfter().toInstant())) {
            throw new GeneralSecurityException(
                    "the issuer expires before the certificate would: "
                            + issuer.certificate().getNotAfter().toInstant());
        }
        return sign(plan, builder, issuer.key());
    }

    private static void checkNames(CertificateProfile profile, List<SubjectName> names) {
        if (names.isEmpty() || names.size() > Limits.NAMES_MAX) {
            throw new IllegalArgumentException(
                    "a certificate has 1 to " + Limits.NAMES_MAX + " names");
        }
        for (SubjectName name : names) {
            if (!profile.names().contains(name.kind())) {
                throw new IllegalArgumentException(
                        "profile " + profile.name() + " certifies no name such as " + name.text());
            }
        }
        boolean oneDid = names.size() == 1;
        if (profile.names().contains(SubjectName.Kind.DID) && !oneDid) {
            throw new IllegalArgumentException(
                    "profile " + profile.name() + " certifies exactly one DID");
        }
    }

    /**
     * RFC 5280's upper bound for a common name is 64; the whole name stands in the SAN anyway. An
     * address gets a word before it: without a DNS name in the SAN, openssl takes a common name
     * that could be one for one, and holds it against the DNS names that the issuer may certify.
     */
    private static String commonName(SubjectName name) {
        String text =
                name.kind() == SubjectName.Kind.ADDRESS ? "address " + name.text() : name.text();
        return text.length() <= 64 ? text : text.substring(0, 64);
    }

    private static ExtendedKeyUsage purposes(CertificateProfile profile) {
        return new ExtendedKeyUsage(
                profile.extendedKeyUsage().stream()
                        .map(usage ->
                                usage.equals("serverAuth")
                                        ? KeyPurposeId.id_kp_serverAuth
                                        : KeyPurposeId.id_kp_clientAuth)
                        .toArray(KeyPurposeId[]::new));
    }

    static GeneralName generalName(SubjectName name) {
        return switch (name.kind()) {
            case DNS -> new GeneralName(GeneralName.dNSName, name.text());
            case ADDRESS -> new GeneralName(GeneralName.iPAddress, name.text());
            case DID -> new GeneralName(GeneralName.uniformResourceIdentifier, name.text());
        };
    }

    /**
     * Only the site's names and what lies below them; no address but the site's own (§4.2.1.10).
     */
    private static NameConstraints constraints(List<SubjectName> names) {
        GeneralSubtree[] permitted =
                names.stream()
                        .map(name ->
                                new GeneralSubtree(
                                        name.kind() == SubjectName.Kind.ADDRESS
                                                ? new GeneralName(
                                                        GeneralName.iPAddress,
                                                        name.text()
                                                                + (name.text().contains(":")
                                                                        ? "/128"
                                                                        : "/32"))
                                                : generalName(name)))
                        .toArray(GeneralSubtree[]::new);
        Set<GeneralSubtree> excluded = new HashSet<>();
        if (names.stream().noneMatch(name -> name.kind() == SubjectName.Kind.ADDRESS)) {
            // Address and mask, all zero: every IPv4 and every IPv6 address.
            excluded.add(everyAddress(8));
            excluded.add(everyAddress(32));
        }
        return new NameConstraints(
                permitted, excluded.isEmpty() ? null : excluded.toArray(GeneralSubtree[]::new));
    }

    private static GeneralSubtree everyAddress(int octets) {
        return new GeneralSubtree(
                new GeneralName(GeneralName.iPAddress, new DEROctetString(new byte[octets])));
    }

    private static void keyIdentifiers(
            X509v3CertificateBuilder builder, PublicKey publicKey, X509Certificate issuer)
            throws GeneralSecurityException, CertIOException {
        JcaX509ExtensionUtils utilities = new JcaX509ExtensionUtils();
        builder.addExtension(
                Extension.subjectKeyIdentifier,
                false,
                utilities.createSubjectKeyIdentifier(publicKey));
        builder.addExtension(
                Extension.authorityKeyIdentifier,
                false,
                utilities.createAuthorityKeyIdentifier(issuer.getPublicKey()));
    }

    private X509v3CertificateBuilder builder(Plan plan, PublicKey publicKey) {
        return new X509v3CertificateBuilder(
                plan.issuer(),
                serial(),
                Date.from(plan.notBefore(clock)),
                Date.from(plan.notAfter(clock)),
                plan.subject(),
                SubjectPublicKeyInfo.getInstance(publicKey.getEncoded()));
    }

    private X509Certificate sign(Plan plan, X509v3CertificateBuilder builder, PrivateKey key)
            throws GeneralSecurityException {
        try {
            ContentSigner signer =
                    new JcaContentSignerBuilder(IssuerKeys.signatureAlgorithm(key)).build(key);
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(new RecordedSigner(plan, signer)));
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException("couldn't sign a certificate", e);
        }
    }

    /** Positive, random, in use nowhere: 128 bits never meet twice, and the ledger would tell. */
    private BigInteger serial() {
        Set<String> used = new HashSet<>();
        ledger.entries().forEach(entry -> entry.text("serial").ifPresent(used::add));
        while (true) {
            byte[] bytes = new byte[Limits.SERIAL_BYTES];
            RANDOM.nextBytes(bytes);
            bytes[0] &= 0x7f;
            bytes[0] |= 0x40;
            BigInteger serial = new BigInteger(bytes);
            if (!used.contains(serial.toString(16))) {
                return serial;
            }
        }
    }

    private static X500Name name(String organization, String common) {
        return new X500NameBuilder()
                .addRDN(BCStyle.O, organization)
                .addRDN(BCStyle.CN, common.length() <= 64 ? common : common.substring(0, 64))
                .build();
    }

    private static X500Name subject(X509Certificate certificate) {
        return X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    }

    /** The public half of a P-256 key, computed: a sealed file holds the private half alone. */
    private static PublicKey publicKey(PrivateKey key) throws GeneralSecurityException {
        var parameters = org.bouncycastle.asn1.x9.ECNamedCurveTable.getByName("secp256r1");
        var point = parameters.getG().multiply(((ECPrivateKey) key).getS()).normalize();
        var spec =
                new java.security.spec.ECPublicKeySpec(
                        new java.security.spec.ECPoint(
                                point.getAffineXCoord().toBigInteger(),
                                point.getAffineYCoord().toBigInteger()),
                        ((ECPrivateKey) key).getParams());
        return java.security.KeyFactory.getInstance("EC").generatePublic(spec);
    }

    /** What is going to be signed, and by which rules. */
    private record Plan(
            String profile,
            String use,
            X500Name subject,
            X500Name issuer,
            Duration validity,
            Duration backdate,
            List<String> names) {
        Instant notBefore(Clock clock) {
            return clock.instant().truncatedTo(ChronoUnit.SECONDS).minus(backdate);
        }

        Instant notAfter(Clock clock) {
            return clock.instant().truncatedTo(ChronoUnit.SECONDS).plus(validity);
        }
    }

    /** Collects what is to be signed; records its digest before it asks for the signature. */
    private final class RecordedSigner implements ContentSigner {
        private final Plan plan;
        private final ContentSigner signer;
        private final ByteArrayOutputStream toBeSigned = new ByteArrayOutputStream();

        RecordedSigner(Plan plan, ContentSigner signer) {
            this.plan = plan;
            this.signer = signer;
        }

        @Override
        public AlgorithmIdentifier getAlgorithmIdentifier() {
            return signer.getAlgorithmIdentifier();
        }

        @Override
        public OutputStream getOutputStream() {
            return toBeSigned;
        }

        @Override
        public byte[] getSignature() {
            byte[] content = toBeSigned.toByteArray();
            String digest = Hex.encode(Sha256.hash(content));
            String serial =
                    org.bouncycastle.asn1.x509.TBSCertificate.getInstance(content)
                            .getSerialNumber()
                            .getValue()
                            .toString(16);
            JsonObject facts =
                    JsonObject.builder()
                            .put("issuer", plan.issuer().toString())
                            .put("names", JsonArray.ofStrings(plan.names()))
                            .put("not_after", plan.notAfter(clock).toString())
                            .put("profile", plan.profile())
                            .put("serial", serial)
                            .put("subject", plan.subject().toString())
                            .put("tbs_sha256", digest)
                            .build();
            ledger.append(
                    facts.with(
                            "planned_at",
                            new dev.mapsovereign.base.json.JsonString(clock.instant().toString())));
            audit.append(
                    AuditDraft.builder(
                                    TenantId.NODE,
                                    EventType.CERTIFICATE_ISSUED,
                                    AuditOutcome.SUCCESS)
                            .meta(facts)
                            .build());
            try {
                signer.getOutputStream().write(content);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            return signer.getSignature();
        }
    }
}
