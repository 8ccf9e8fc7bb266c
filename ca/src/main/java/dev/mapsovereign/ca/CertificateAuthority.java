package dev.mapsovereign.ca;

import dev.mapsovereign.base.audit.AuditSink;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
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
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The site's own certificate authority: a root whose key is sealed, and online issuers below it,
 * one for servers and machines, one for agents.
 *
 * <p>Files, below one folder: {@code root.pem}, {@code root.key} (sealed), {@code server.pem},
 * {@code server.key}, {@code agent.pem}, {@code agent.key}, {@code ledger.jsonl}. Private files
 * have mode 0600. What is about to be signed is in the ledger and in the audit log before its
 * signature is released.
 *
 * <p>Safe for use by several threads.
 */
public final class CertificateAuthority {
    private static final List<String> ISSUERS = List.of("server", "agent");

    private final Path folder;
    private final Issuance issuance;
    private final Clock clock;

    /** Covers the ledger and the choice of serial numbers; held for one issuance. */
    private final ReentrantLock issuing = new ReentrantLock();

    private CertificateAuthority(Path folder, AuditSink audit, Clock clock) {
        this.folder = folder;
        this.clock = clock;
        this.issuance =
                new Issuance(new IssuanceLedger(folder.resolve("ledger.jsonl")), audit, clock);
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

    /** Opens the authority in {@code folder}. */
    public static CertificateAuthority open(Path folder, AuditSink audit, Clock clock) {
        if (!exists(folder)) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "no certificate authority in " + folder,
                    "make one with: map ca init --quick …");
        }
        return new CertificateAuthority(folder, audit, clock);
    }

    private void found(Founding founding, Secret passphrase)
            throws IOException, GeneralSecurityException {
        Path rootKey = folder.resolve("root.key");
        if (!Files.exists(rootKey)) {
            write(rootKey, SealedKey.sealed(newKey().getPrivate(), passphrase), Mode.PRIVATE);
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
        KeyPair pair = newKey();
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
        issuing.lock();
        try {
            Issuer issuer =
                    new Issuer(
                            certificate(folder.resolve(profile.issuer() + ".pem")),
                            SealedKey.openPlain(
                                    readPrivate(folder.resolve(profile.issuer() + ".key"))));
            KeyPair pair = newKey();
            X509Certificate certificate = issuance.leaf(profile, names, pair.getPublic(), issuer);
            byte[] chain = concatenate(pem(certificate), pem(issuer.certificate()));
            return new IssuedCertificate(
                    certificate,
                    names.stream().map(SubjectName::text).toList(),
                    chain,
                    SealedKey.plain(pair.getPrivate()));
        } catch (IOException | GeneralSecurityException e) {
            throw failed("couldn't issue a certificate", e);
        } finally {
            issuing.unlock();
        }
    }

    /** Writes {@code fullchain.pem} and {@code privkey.pem} (mode 0600) below {@code target}. */
    public static void install(IssuedCertificate issued, Path target) {
        try {
            DurableFiles.createDirectories(target, Mode.PRIVATE);
            DurableFiles.write(target.resolve("privkey.pem"), issued.keyPem(), Mode.PRIVATE);
            DurableFiles.write(target.resolve("fullchain.pem"), issued.chainPem(), Mode.PUBLIC);
        } catch (IOException e) {
            throw failed("couldn't write key and chain to " + target, e);
        }
    }

    /** When root and issuers expire, soonest first. */
    public List<Expiry> status() {
        List<Expiry> expiries = new ArrayList<>();
        for (String name : List.of("root", "server", "agent")) {
            Path file = folder.resolve(name + ".pem");
            try {
                expiries.add(new Expiry(name, file, certificate(file).getNotAfter().toInstant()));
            } catch (IOException | GeneralSecurityException e) {
                throw failed("couldn't read " + file, e);
            }
        }
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

    private static byte[] readPrivate(Path file) throws IOException {
        try (Secret content = Secret.readFile(file)) {
            return content.use(byte[]::clone);
        }
    }

    private static void write(Path file, byte[] content, Mode mode) throws IOException {
        DurableFiles.writeNew(file, content, mode);
    }

    private static KeyPair newKey() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static X509Certificate certificate(Path file)
            throws IOException, GeneralSecurityException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(file)));
    }

    private static byte[] pem(X509Certificate certificate) throws GeneralSecurityException {
        return SealedKey.pem("CERTIFICATE", certificate.getEncoded());
    }

    private static byte[] concatenate(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static OperatorException failed(String what, Exception cause) {
        return new OperatorException(ExitCode.ENVIRONMENT, what + ": " + cause.getMessage(), cause);
    }

    /** A certificate and the key that signs under it. */
    record Issuer(X509Certificate certificate, PrivateKey key) {}
}
