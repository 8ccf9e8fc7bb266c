package dev.mapsovereign.ca;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.AuditSink;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Takes in an authority that was made elsewhere: everything is read and judged ({@link
 * AuthorityRules}) before anything is written, and nothing that is there is replaced. Interrupted,
 * it is taken up by the next call. The root's key stays where it is.
 */
final class AuthorityImport {
    private static final int FILE_BYTES_MAX = 64 * 1024;

    private final Path from;
    private final Path folder;
    private final AuditSink audit;
    private final Clock clock;

    AuthorityImport(Path from, Path folder, AuditSink audit, Clock clock) {
        this.from = from;
        this.folder = folder;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Does it.
     *
     * @param unconstrained accepts a server issuer that may issue for any name
     * @return whether anything was written
     * @throws OperatorException 3 for what cannot be read, 4 for an authority that does not verify,
     *     1 if another one is here
     */
    boolean run(boolean unconstrained) throws IOException, GeneralSecurityException {
        X509Certificate root = readCertificate("root.pem");
        Map<String, CertificateAuthority.Issuer> issuers = new LinkedHashMap<>();
        for (String name : CertificateAuthority.ISSUERS) {
            issuers.put(
                    name,
                    new CertificateAuthority.Issuer(
                            readCertificate(name + ".pem"), readKey(name + ".key")));
        }
        new AuthorityRules(root, clock.instant(), unconstrained).check(issuers);
        Map<Path, byte[]> files = files(root, issuers);
        for (Map.Entry<Path, byte[]> file : files.entrySet()) {
            requireSame(file.getKey(), file.getValue());
        }
        if (files.keySet().stream().allMatch(Files::exists)) {
            return false;
        }
        record(root, issuers);
        DurableFiles.createDirectories(folder, Mode.PRIVATE);
        for (Map.Entry<Path, byte[]> file : files.entrySet()) {
            if (!Files.exists(file.getKey())) {
                boolean secret = file.getKey().toString().endsWith(".key");
                DurableFiles.writeNew(
                        file.getKey(), file.getValue(), secret ? Mode.PRIVATE : Mode.PUBLIC);
            }
        }
        return true;
    }

    /** In the order of writing: the file by which an authority counts as there comes last. */
    private Map<Path, byte[]> files(
            X509Certificate root, Map<String, CertificateAuthority.Issuer> issuers)
            throws GeneralSecurityException {
        Map<Path, byte[]> files = new LinkedHashMap<>();
        files.put(folder.resolve("root.pem"), pem(root));
        for (Map.Entry<String, CertificateAuthority.Issuer> issuer : issuers.entrySet()) {
            files.put(
                    folder.resolve(issuer.getKey() + ".key"),
                    SealedKey.plain(issuer.getValue().key()));
            files.put(
                    folder.resolve(issuer.getKey() + ".pem"), pem(issuer.getValue().certificate()));
        }
        return files;
    }

    private static byte[] pem(X509Certificate certificate) throws GeneralSecurityException {
        return SealedKey.pem("CERTIFICATE", certificate.getEncoded());
    }

    private static void requireSame(Path file, byte[] content) throws IOException {
        if (Files.exists(file) && !Arrays.equals(Files.readAllBytes(file), content)) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "another certificate authority is here already: " + file + " differs",
                    "nothing was changed; see map ca status");
        }
    }

    private void record(X509Certificate root, Map<String, CertificateAuthority.Issuer> issuers)
            throws GeneralSecurityException {
        JsonObject.Builder meta =
                JsonObject.builder()
                        .put("change", "certificate authority imported")
                        .put("root_sha256", fingerprint(root));
        for (Map.Entry<String, CertificateAuthority.Issuer> issuer : issuers.entrySet()) {
            meta.put(issuer.getKey() + "_sha256", fingerprint(issuer.getValue().certificate()));
        }
        audit.append(
                AuditDraft.builder(TenantId.NODE, EventType.CONFIG_CHANGED, AuditOutcome.SUCCESS)
                        .meta(meta.build())
                        .build());
    }

    private static String fingerprint(X509Certificate certificate) throws GeneralSecurityException {
        return Hex.encode(Sha256.hash(certificate.getEncoded()));
    }

    private X509Certificate readCertificate(String name) throws IOException {
        byte[] content = read(name);
        Collection<? extends Certificate> found;
        try {
            found =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(new ByteArrayInputStream(content));
        } catch (GeneralSecurityException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    from.resolve(name) + " holds no certificate: " + e.getMessage(),
                    e);
        }
        if (found.size() != 1) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    from.resolve(name) + " holds " + found.size() + " certificates instead of one",
                    "each file holds one certificate: root.pem, server.pem, agent.pem");
        }
        return (X509Certificate) found.iterator().next();
    }

    private PrivateKey readKey(String name) throws IOException {
        byte[] content = read(name);
        try {
            return SealedKey.openPlain(content);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    from.resolve(name) + " holds no plain PKCS#8 key of EC, Ed25519 or RSA",
                    "openssl pkcs8 -topk8 -nocrypt -in OLD -out " + name + " makes one of others");
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }

    /** Media often know no permissions, so those of the files here do not count. */
    private byte[] read(String name) throws IOException {
        Path file = from.resolve(name);
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            // To open a pipe would wait for somebody who writes into it.
            throw new OperatorException(ExitCode.ENVIRONMENT, file + " is no plain file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(FILE_BYTES_MAX + 1);
            if (content.length > FILE_BYTES_MAX) {
                throw new OperatorException(
                        ExitCode.ENVIRONMENT, file + " is too large for what it should hold");
            }
            return content;
        } catch (NoSuchFileException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    file + " is missing",
                    "the folder holds root.pem, server.pem, server.key, agent.pem and agent.key");
        }
    }
}
