package dev.mapsovereign.ca;

import dev.mapsovereign.base.audit.AuditSink;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The site's own certificate authority: a root whose key is sealed, and online issuers below it,
 * one for servers and machines, one for agents.
 *
 * <p>Files, below one folder: {@code root.pem}, {@code root.key} (sealed), {@code server.pem},
 * {@code server.key}, {@code agent.pem}, {@code agent.key}, {@code ledger.jsonl}, and once there is
 * one {@code crl/server.crl}, {@code crl/agent.crl}. Private files have mode 0600. What is about to
 * be signed is in the ledger and in the audit log before its signature is released.
 *
 * <p>Safe for use by several threads.
 */
public final class CertificateAuthority {
    static final List<String> ISSUERS = List.of("server", "agent");

    private static final String P256 = "P-256";

    private final Path folder;
    private final Issuance issuance;
    private final Clock clock;
    private final AuditSink audit;

    /** Covers the ledger and the choice of serial numbers; held for one issuance. */
    private final ReentrantLock issuing = new ReentrantLock();

    private CertificateAuthority(Path folder, AuditSink audit, Clock clock) {
        this.folder = folder;
        this.clock = clock;
        this.audit = audit;
        this.issuance = new Issuance(ledger(folder), audit, clock);
    }

    /**
     * What a new authority is for.
     *
     * @param organization stands in the names of root and issuers
     * @param names host names and addresses that the server issuer may certify (name constraints,
     *     critical)
     * @param passphraseFile seals the root's key; made when it does not exist
     */
    public record Founding(String organization, List<SubjectName> names, Path passphraseFile) {
        public Founding {
            names = List.copyOf(names);
            if (organization.isBlank() || organization.length() > 64) {
                throw new IllegalArgumentException("an organization has 1 to 64 characters");
            }
            if (names.isEmpty()
                    || names.stream().anyMatch(name -> name.kind() == SubjectName.Kind.DID)) {
                throw new IllegalArgumentException("the site's names are host names and addresses");
            }
        }
    }

    /** One date that can stop the site. */
    public record Expiry(String what, Path file, Instant notAfter) {}

    /** Whether {@code folder} holds an authority. */
    public static boolean exists(Path folder) {
        return Files.exists(folder.resolve("agent.pem"));
    }

    /**
     * Makes root and issuers, or opens the authority that is there: a start that was interrupted is
     * taken up again, and nothing that exists is replaced.
     */
    public static CertificateAuthority initQuick(
            Path folder, Founding founding, AuditSink audit, Clock clock) {
        CertificateAuthority authority = new CertificateAuthority(folder, audit, clock);
        if (isForeign(folder)) {
            return open(folder, audit, clock);
        }
        authority.issuing.lock();
        try (Secret passphrase = passphrase(founding.passphraseFile())) {
            DurableFiles.createDirectories(folder, Mode.PRIVATE);
            authority.found(founding, passphrase);
        } catch (IOException | GeneralSecurityException e) {
            throw failed("couldn't make the certificate authority in " + folder, e);
        } finally {
            authority.issuing.unlock();
        }
        return authority;
    }

    /**
     * Whether the root's key is elsewhere: the authority was imported, or its key was taken away.
     * To make one here would mix two authorities.
     */
    private static boolean isForeign(Path folder) {
        return Files.exists(folder.resolve("root.pem"))
                && !Files.exists(folder.resolve("root.key"));
    }

    /**
     * Takes in an authority that was made elsewhere: {@code root.pem}, {@code server.pem}, {@code
     * server.key}, {@code agent.pem} and {@code agent.key} in {@code from}. Nothing is written
     * before all of it was verified, and nothing that is there is replaced.
     *
     * @param unconstrained accepts a server issuer without name constraints
     * @return whether it was taken in now; false if it was there already
     * @throws OperatorException 3 for what cannot be read, 4 for an authority that does not verify,
     *     1 if another one is here
     */
    public static boolean importFrom(
            Path from, Path folder, boolean unconstrained, AuditSink audit, Clock clock) {
        try {
            return new AuthorityImport(from, folder, audit, clock).run(unconstrained);
        } catch (IOException | GeneralSecurityException e) {
            throw failed("couldn't import the certificate authority in " + from, e);
        }
    }

    /** Opens the authority in {@code folder}. */
    public static CertificateAuthority open(Path folder, AuditSink audit, Clock clock) {
        if (!exists(folder)) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "no certificate authority in " + folder,
                    "make one with: map ca init --quick …, or bring one: map ca import --from DIR");
        }
        return new CertificateAuthority(folder, audit, clock);
    }

    private void found(Founding founding, Secret passphrase)
            throws IOException, GeneralSecurityException {
        Path rootKey = folder.resolve("root.key");
        if (!Files.exists(rootKey)) {
            write(rootKey, SealedKey.sealed(newKey(P256).getPrivate(), passphrase), Mode.PRIVATE);
        }
        PrivateKey key = SealedKey.open(readPrivate(rootKey), passphrase);
        Path rootFile = folder.resolve("root.pem");
        if (!Files.exists(rootFile)) {
            write(rootFile, pem(issuance.root(founding.organization(), key)), Mode.PUBLIC);
        }
        X509Certificate root = certificate(rootFile);
        for (String issuer : ISSUERS) {
            if (!Files.exists(folder.resolve(issuer + ".pem"))) {
                foundIssuer(issuer, founding, new Issuer(root, key));
            }
        }
    }

    private void foundIssuer(String name, Founding founding, Issuer root)
            throws IOException, GeneralSecurityException {
        Path keyFile = folder.resolve(name + ".key");
        KeyPair pair = newKey(P256);
        Files.deleteIfExists(keyFile);
        write(keyFile, SealedKey.plain(pair.getPrivate()), Mode.PRIVATE);
        X509Certificate certificate =
                issuance.intermediate(
                        name, founding.organization(), founding.names(), pair.getPublic(), root);
        write(folder.resolve(name + ".pem"), pem(certificate), Mode.PUBLIC);
    }

    /**
     * Issues a certificate for a key that is made here.
     *
     * @param names the first is also the common name
     * @throws IllegalArgumentException if the profile does not allow these names
     */
    public IssuedCertificate issue(CertificateProfile profile, List<SubjectName> names) {
        return issue(profile, names, Optional.empty());
    }

    /**
     * Issues a certificate for the key of a request.
     *
     * @throws IllegalArgumentException if the profile does not allow these names, or wants another
     *     kind of key
     */
    public IssuedCertificate issue(
            CertificateProfile profile, List<SubjectName> names, SigningRequest request) {
        if (!request.algorithm().equals(profile.keyAlgorithm())) {
            throw new IllegalArgumentException(
                    "profile "
                            + profile.name()
                            + " certifies keys for "
                            + profile.keyAlgorithm()
                            + "; this one is for "
                            + request.algorithm());
        }
        return issue(profile, names, Optional.of(request));
    }

    private IssuedCertificate issue(
            CertificateProfile profile, List<SubjectName> names, Optional<SigningRequest> request) {
        issuing.lock();
        try {
            Issuer issuer =
                    new Issuer(
                            certificate(folder.resolve(profile.issuer() + ".pem")),
                            SealedKey.openPlain(
                                    readPrivate(folder.resolve(profile.issuer() + ".key"))));
            Optional<KeyPair> made =
                    request.isPresent()
                            ? Optional.empty()
                            : Optional.of(newKey(profile.keyAlgorithm()));
            PublicKey key =
                    request.map(SigningRequest::publicKey)
                            .orElseGet(() -> made.orElseThrow().getPublic());
            X509Certificate certificate = issuance.leaf(profile, names, key, issuer);
            return new IssuedCertificate(
                    certificate,
                    names.stream().map(SubjectName::text).toList(),
                    concatenate(pem(certificate), pem(issuer.certificate())),
                    made.map(pair -> SealedKey.plain(pair.getPrivate())));
        } catch (IOException | GeneralSecurityException e) {
            throw failed("couldn't issue a certificate", e);
        } finally {
            issuing.unlock();
        }
    }

    /** Renewing; the lock is held. */
    Renewal renewal() {
        return new Renewal(this, folder, issuance, clock);
    }

    /** Taking certificates back. */
    public Revocations revocations() {
        return new Revocations(folder, ledger(folder), audit, clock, issuing);
    }

    /**
     * Issues once more what {@code old} certifies: same names, profile and key. Its issuer is
     * renewed first if it would end before.
     *
     * @param passphraseFile opens the sealed root key, if that is needed and here
     * @throws OperatorException if this authority did not issue it, or its issuer cannot be renewed
     *     here
     */
    public Renewed renew(X509Certificate old, Path passphraseFile) {
        issuing.lock();
        try {
            return renewal().leaf(old, passphraseFile);
        } catch (IOException | GeneralSecurityException e) {
            throw failed("couldn't renew the certificate", e);
        } finally {
            issuing.unlock();
        }
    }

    /**
     * Renews an issuer: same name, key and bounds, under the root.
     *
     * @param name {@code server} or {@code agent}
     * @throws OperatorException if the root's key is not here
     */
    public X509Certificate renewIssuer(String name, Path passphraseFile) {
        issuing.lock();
        try {
            return renewal().issuer(name, passphraseFile);
        } catch (IOException | GeneralSecurityException e) {
            throw failed("couldn't renew the issuer " + name, e);
        } finally {
            issuing.unlock();
        }
    }

    /**
     * Writes {@code fullchain.pem}, and {@code privkey.pem} (mode 0600) if the key was made here,
     * below {@code target}.
     */
    public static void install(IssuedCertificate issued, Path target) {
        try {
            DurableFiles.createDirectories(target, Mode.PRIVATE);
            if (issued.keyPem().isPresent()) {
                DurableFiles.write(
                        target.resolve("privkey.pem"), issued.keyPem().get(), Mode.PRIVATE);
            }
            DurableFiles.write(target.resolve("fullchain.pem"), issued.chainPem(), Mode.PUBLIC);
        } catch (IOException e) {
            throw failed("couldn't write key and chain to " + target, e);
        }
    }

    /**
     * Those of {@code names} that lie outside what the issuer of {@code profile} may certify:
     * nobody would accept a certificate for them.
     */
    public List<SubjectName> outOfBounds(CertificateProfile profile, List<SubjectName> names) {
        X509Certificate issuer = certificates().get(profile.issuer());
        if (issuer == null) {
            throw new IllegalStateException("no issuer " + profile.issuer());
        }
        NameBounds bounds = NameBounds.of(issuer);
        return names.stream().filter(name -> !bounds.allow(name)).toList();
    }

    /** Root and issuers by name: {@code root}, {@code server}, {@code agent}. */
    public Map<String, X509Certificate> certificates() {
        return certificatesIn(folder);
    }

    /** The same of the authority in {@code folder}, for whoever only looks. */
    public static Map<String, X509Certificate> certificatesIn(Path folder) {
        Map<String, X509Certificate> all = new LinkedHashMap<>();
        for (String name : List.of("root", "server", "agent")) {
            Path file = folder.resolve(name + ".pem");
            try {
                all.put(name, certificate(file));
            } catch (IOException | GeneralSecurityException e) {
                throw failed("couldn't read " + file, e);
            }
        }
        return all;
    }

    /**
     * What was issued to end entities and not revoked, by the ledger: the newest of each profile
     * and names.
     */
    public static List<IssuedEntry> issuedIn(Path folder) {
        return ledger(folder).newest();
    }

    static IssuanceLedger ledger(Path folder) {
        return new IssuanceLedger(folder.resolve("ledger.jsonl"));
    }

    /** When root and issuers expire, soonest first. */
    public List<Expiry> status() {
        List<Expiry> expiries = new ArrayList<>();
        certificates()
                .forEach((name, certificate) ->
                        expiries.add(
                                new Expiry(
                                        name,
                                        folder.resolve(name + ".pem"),
                                        certificate.getNotAfter().toInstant())));
        expiries.sort(java.util.Comparator.comparing(Expiry::notAfter));
        return expiries;
    }

    /** The root certificate's file, which others trust. */
    public Path rootFile() {
        return folder.resolve("root.pem");
    }

    /** Time by which this authority judges. */
    public Instant now() {
        return clock.instant();
    }

    private static Secret passphrase(Path file) throws IOException {
        if (!Files.exists(file)) {
            byte[] random = new byte[Limits.PASSPHRASE_BYTES];
            new SecureRandom().nextBytes(random);
            byte[] line =
                    (Base64.getUrlEncoder().withoutPadding().encodeToString(random) + "\n")
                            .getBytes(StandardCharsets.US_ASCII);
            DurableFiles.createDirectories(
                    file.toAbsolutePath().getParent() == null
                            ? Path.of("/")
                            : file.toAbsolutePath().getParent(),
                    Mode.PRIVATE);
            DurableFiles.writeNew(file, line, Mode.PRIVATE);
            Arrays.fill(line, (byte) 0);
        }
        return Secret.readLine(file);
    }

    static byte[] readPrivate(Path file) throws IOException {
        try (Secret content = Secret.readFile(file)) {
            return content.use(byte[]::clone);
        }
    }

    private static void write(Path file, byte[] content, Mode mode) throws IOException {
        DurableFiles.writeNew(file, content, mode);
    }

    private static KeyPair newKey(String algorithm) throws GeneralSecurityException {
        if (algorithm.equals("Ed25519")) {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        }
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    static X509Certificate certificate(Path file) throws IOException, GeneralSecurityException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(file)));
    }

    static byte[] pem(X509Certificate certificate) throws GeneralSecurityException {
        return SealedKey.pem("CERTIFICATE", certificate.getEncoded());
    }

    static byte[] concatenate(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static OperatorException failed(String what, Exception cause) {
        return new OperatorException(ExitCode.ENVIRONMENT, what + ": " + IoReason.of(cause), cause);
    }

    /** A certificate and the key that signs under it. */
    record Issuer(X509Certificate certificate, PrivateKey key) {}
}
