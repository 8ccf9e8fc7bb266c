package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.record.RecordException;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.NoteException;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.TlogProof;
import dev.mapsovereign.base.note.VerifierKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * {@code map-verify proof}: one record and its way to a signed checkpoint, in a C2SP tlog-proof
 * file (docs/reference/record-proof.md).
 */
final class ProofCommand {
    static final String HELP =
            """
            map-verify proof: verify that one record stands in a log

            usage: map-verify proof FILE --trust FILE [--record FILE] [--key-record FILE]
                              [--output human|json]

              FILE               a C2SP tlog-proof, as map audit prove writes it
              --trust FILE       a C2SP tlog-policy that names the log's keys, or those of the
                                 node's log _node together with --key-record
              --record FILE      the record's exact bytes: compared with the proven ones, or needed
                                 where the proof was made without them
              --key-record FILE  a proof of the record in _node that introduces the log's keys
                                 (map audit prove --keys)
              --output FORM      human or json; default human

            exit status: 0 verified, 1 unauthenticated (no trusted key of this log, or too few
            witnesses), 2 usage, 3 a file cannot be read, 4 tampering or a check that failed.

            example:
              map-verify proof record-41.tlog-proof --trust alpha.policy
            """;

    private static final String NODE_LOG = "/" + TenantId.NODE;

    private final ProofOptions options;
    private final Trust trust;

    ProofCommand(ProofOptions options) {
        this.options = options;
        this.trust = Trust.read(options.trust());
    }

    /** What was proven. */
    private record Proven(AuditRecord record, byte[] recordHash, Checkpoint tree) {}

    /** A proof file, read, with nothing in it believed yet. */
    private record Read(Path file, TlogProof proof, SignedNote note, Checkpoint tree) {}

    /** Verifies and prints; the exit status says how it ended. */
    ExitCode run(PrintStream out, PrintStream err) {
        try {
            Proven proven = verify();
            out.print(options.json() ? json(proven) : text(proven));
            return ExitCode.DONE;
        } catch (VerificationException e) {
            Finding finding = e.finding();
            if (options.json()) {
                out.print(json(finding));
                err.println("map-verify: " + finding.text());
            } else {
                out.print(
                        finding.text()
                                + "\n"
                                + finding.verdict().toUpperCase(Locale.ROOT).replace('_', ' ')
                                + "\n");
            }
            return finding.exit();
        }
    }

    private Proven verify() throws VerificationException {
        Read read = read(options.proof());
        requireSigned(read, keysOf(read));
        byte[] leaf = leaf(read);
        long index = read.proof().index();
        TenantId tenant = tenantOf(read);
        if (!read.proof().includes(leaf, read.tree())) {
            throw VerificationException.refused(
                    read.file(),
                    tenant,
                    index,
                    "the proof does not lead from the record to the root");
        }
        AuditRecord record = record(read, tenant, leaf);
        if (record.index() != index || !record.tenant().equals(tenant)) {
            throw VerificationException.refused(
                    read.file(), tenant, index, "the record says it is another");
        }
        return new Proven(record, ChainRule.recordHash(leaf), read.tree());
    }

    /** The keys that may speak for the log: those in the trust file, and those that follow. */
    private List<VerifierKey> keysOf(Read read) throws VerificationException {
        List<VerifierKey> keys = new ArrayList<>(trust.keysOf(read.tree().origin()));
        if (options.keyRecord().isPresent()) {
            introduced(read, options.keyRecord().get()).stream()
                    .filter(key -> !keys.contains(key))
                    .forEach(keys::add);
        }
        return keys;
    }

    private List<VerifierKey> introduced(Read of, Path file) throws VerificationException {
        Read read = read(file);
        String origin = of.tree().origin();
        String node = origin.substring(0, Math.max(0, origin.lastIndexOf('/')));
        if (!read.tree().origin().equals(node + NODE_LOG)) {
            throw VerificationException.refused(
                    file, "not under a checkpoint of " + node + NODE_LOG);
        }
        requireSigned(read, trust.keysOf(read.tree().origin()));
        KeyRecord record = KeyRecord.proven(file, read.proof().bytes(), read.proof().checkpoint());
        if (!record.origin().equals(origin) || !record.before().isEmpty()) {
            throw VerificationException.refused(file, "not the record that introduces " + origin);
        }
        return record.after();
    }

    /**
     * Every line under a known key must verify, and of each type that is known for the log there
     * must be one: a line that somebody took away is no missing signature but a changed file.
     */
    private void requireSigned(Read read, List<VerifierKey> keys) throws VerificationException {
        String origin = read.tree().origin();
        if (keys.isEmpty()) {
            requireUnknown(read);
            throw VerificationException.unauthenticated(
                    read.file(), "the trust file has no key of the log " + origin);
        }
        List<VerifierKey> signers = trust.signersOf(read.note(), keys, read.file());
        for (VerifierKey key : keys) {
            if (signers.stream().noneMatch(signer -> signer.type() == key.type())) {
                throw VerificationException.refused(
                        read.file(),
                        "not signed by a key of type %02x that is known for the log %s"
                                .formatted(key.type(), origin));
            }
        }
        if (!trust.quorumMet(read.note(), read.file())) {
            throw VerificationException.unauthenticated(
                    read.file(), "the quorum of witnesses in the trust file is not met");
        }
    }

    /** A checkpoint that a trusted log's name stands under, with another origin, was changed. */
    private void requireUnknown(Read read) throws VerificationException {
        Set<String> names = new HashSet<>();
        read.note().signatures().forEach(line -> names.add(line.name()));
        if (trust.policy().logs().stream().anyMatch(log -> names.contains(log.key().name()))) {
            throw VerificationException.refused(
                    read.file(),
                    "signed in the name of a trusted log, with the origin " + read.tree().origin());
        }
    }

    private byte[] leaf(Read read) throws VerificationException {
        byte[] extra =
                read.proof()
                        .extra()
                        .orElseThrow(() ->
                                VerificationException.refused(read.file(), "holds no record"));
        Optional<byte[]> given =
                options.record().isPresent()
                        ? Optional.of(content(options.record().get(), Limits.RECORD_BYTES_MAX + 1))
                        : Optional.empty();
        if (extra.length < ChainRule.beginning().length) {
            throw VerificationException.refused(read.file(), "holds no leaf");
        }
        if (extra.length == ChainRule.beginning().length) {
            byte[] record =
                    given.orElseThrow(() ->
                            new OperatorException(
                                    ExitCode.USAGE,
                                    "this proof was made without the record's bytes",
                                    "give them with --record FILE"));
            return ChainRule.leaf(extra, record);
        }
        if (given.isPresent() && !Arrays.equals(given.get(), ChainRule.record(extra))) {
            throw VerificationException.refused(
                    options.record().orElseThrow(), "not the record that is proven, byte for byte");
        }
        return extra;
    }

    private static AuditRecord record(Read read, TenantId tenant, byte[] leaf)
            throws VerificationException {
        try {
            return AuditRecord.parse(ChainRule.record(leaf));
        } catch (RecordException e) {
            throw VerificationException.refused(
                    read.file(), tenant, read.proof().index(), String.valueOf(e.getMessage()));
        }
    }

    private static TenantId tenantOf(Read read) throws VerificationException {
        String origin = read.tree().origin();
        try {
            return TenantId.of(origin.substring(origin.lastIndexOf('/') + 1));
        } catch (IllegalArgumentException e) {
            throw VerificationException.refused(
                    read.file(), "not a log of this product: " + origin);
        }
    }

    private static Read read(Path file) throws VerificationException {
        byte[] bytes = content(file, Limits.PROOF_BYTES_MAX);
        try {
            TlogProof proof = TlogProof.parse(bytes);
            SignedNote note = SignedNote.parse(proof.checkpoint());
            return new Read(file, proof, note, Checkpoint.parse(note.text()));
        } catch (NoteException e) {
            throw VerificationException.refused(file, String.valueOf(e.getMessage()));
        }
    }

    private static byte[] content(Path file, int bytesMax) throws VerificationException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(bytesMax + 1);
            if (bytes.length > bytesMax) {
                throw VerificationException.refused(file, "has more than " + bytesMax + " bytes");
            }
            return bytes;
        } catch (IOException e) {
            throw VerificationException.environment(file, "cannot be read: " + IoReason.of(e));
        }
    }

    private List<String> notChecked() {
        List<String> open = new ArrayList<>();
        if (trust.policy().witnesses().isEmpty()) {
            open.add(
                    "whether the log shows everybody the same tree: the trust file names no"
                            + " witness");
        }
        open.add("whether what the record says is true");
        return open;
    }

    private String text(Proven proven) {
        StringBuilder text = new StringBuilder();
        text.append("record ")
                .append(proven.record().index())
                .append(" of ")
                .append(proven.tree().origin())
                .append("\n  hash ")
                .append(Hex.encode(proven.recordHash()))
                .append("\n  ")
                .append(proven.record().eventType())
                .append(' ')
                .append(proven.record().outcome().wire())
                .append(" at ")
                .append(proven.record().timestamp())
                .append("\n  under the checkpoint of size ")
                .append(proven.tree().size())
                .append(", root ")
                .append(Hex.encode(proven.tree().root()))
                .append("\nnot checked:\n");
        notChecked().forEach(item -> text.append("  - ").append(item).append('\n'));
        return text.append("VERIFIED\n").toString();
    }

    private String json(Proven proven) {
        return CanonicalJson.text(
                        JsonObject.builder()
                                .put("verdict", "verified")
                                .put("exit", 0)
                                .put("origin", proven.tree().origin())
                                .put("tenant_id", proven.record().tenant().value())
                                .put("index", Long.toString(proven.record().index()))
                                .put("record_hash", Hex.encode(proven.recordHash()))
                                .put("checkpoint_size", Long.toString(proven.tree().size()))
                                .put("root", Hex.encode(proven.tree().root()))
                                .put("not_checked", JsonArray.ofStrings(notChecked()))
                                .build())
                + "\n";
    }

    private static String json(Finding finding) {
        JsonObject.Builder found =
                JsonObject.builder()
                        .put("file", finding.file().toString())
                        .put("message", finding.message());
        finding.log().ifPresent(tenant -> found.put("tenant_id", tenant.value()));
        finding.index().ifPresent(index -> found.put("index", Long.toString(index)));
        return CanonicalJson.text(
                        JsonObject.builder()
                                .put("verdict", finding.verdict())
                                .put("exit", finding.exit().number())
                                .put("finding", found.build())
                                .build())
                + "\n";
    }
}
