package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditexport.ExportConfig;
import dev.mapsovereign.auditexport.RecordProof;
import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogConfig;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.NodeName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.NoteSigners;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.TlogProof;
import dev.mapsovereign.base.note.VerifierKey;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import dev.mapsovereign.verifier.Verifiers.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Proofs of single records out of a real log, and {@code map-verify proof} over them. */
@ExtendWith(SeededRandomExtension.class)
final class ProofTest {
    private static final TenantId ACME = TenantId.of("acme");

    @TempDir private Path folder;

    private TestNode node() {
        return TestNode.create(folder.resolve("audit"), "alpha").tenants("acme");
    }

    private Path proofFile(AuditLog log, TenantId tenant, long index) throws IOException {
        return write("some.tlog-proof", RecordProof.of(log, tenant, index, true).proof().bytes());
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private Path trust(List<VerifierKey> keys, String... more) throws IOException {
        StringBuilder policy = new StringBuilder();
        keys.forEach(key -> policy.append("log ").append(key.vkey()).append('\n'));
        List.of(more).forEach(line -> policy.append(line).append('\n'));
        if (more.length == 0) {
            policy.append("quorum none\n");
        }
        return Files.writeString(folder.resolve("some.policy"), policy);
    }

    private static void expect(int exit, String text, Outcome outcome) {
        assertThat(outcome.output()).contains(text);
        assertThat(outcome.exit()).as(outcome.output()).isEqualTo(exit);
    }

    @Test
    void proof_atRandomSizesAndPlaces_verifies(SeededRandom random) throws IOException {
        try (TestNode node = node()) {
            AuditLog log = node.log();
            Path trust = trust(log.keys(ACME));
            long size = 0;
            for (int round = 0; round < 8; round++) {
                size += 1 + random.nextInt(150);
                node.fillTo("acme", size);
                log.publishCheckpoint(ACME);
                for (long index : new long[] {0, size - 1, random.nextInt((int) size)}) {
                    Outcome outcome =
                            Verifiers.proof(proofFile(log, ACME, index), "--trust", trust);
                    expect(0, "VERIFIED", outcome);
                    assertThat(outcome.output())
                            .contains(
                                    "record " + index + " of " + log.origin(ACME),
                                    "hash " + Hex.encode(log.recordHash(ACME, index)),
                                    "of size " + size);
                }
            }
        }
    }

    @Test
    void proof_bytesChangedHereAndThere_areRefused(SeededRandom random) throws IOException {
        refusesChangedBytes(random, 16);
    }

    /** With both keys of the log in the trust file there is no byte that nobody looks at. */
    @Test
    @Tag("slow")
    void proof_anyByteChanged_isRefused(SeededRandom random) throws IOException {
        refusesChangedBytes(random, 1);
    }

    /**
     * @param stride changes one byte in so many
     */
    private void refusesChangedBytes(SeededRandom random, int stride) throws IOException {
        try (TestNode node = node().append("acme", 90)) {
            node.log().publishCheckpoint(ACME);
            Path trust = trust(node.log().keys(ACME));
            byte[] good = RecordProof.of(node.log(), ACME, 41, true).proof().bytes();
            expect(0, "VERIFIED", Verifiers.proof(write("good", good), "--trust", trust));
            for (int at = random.nextInt(stride); at < good.length; at += stride) {
                byte[] bad = good.clone();
                bad[at] ^= (byte) (1 << random.nextInt(7));
                Outcome outcome = Verifiers.proof(write("bad.tlog-proof", bad), "--trust", trust);
                assertThat(outcome.exit())
                        .as("byte %d of %d: %s", at, good.length, outcome.output())
                        .isEqualTo(4);
            }
            for (int length = 0; length < good.length; length += 197) {
                byte[] cut = Arrays.copyOf(good, length);
                assertThat(Verifiers.proof(write("cut.tlog-proof", cut), "--trust", trust).exit())
                        .isEqualTo(4);
            }
        }
    }

    @Test
    void program_asAProcess_verifiesAndRefuses() throws IOException {
        try (TestNode node = node().append("acme", 20)) {
            node.log().publishCheckpoint(ACME);
            Path trust = trust(node.log().keys(ACME));
            Path proof = proofFile(node.log(), ACME, 7);
            expect(0, "VERIFIED", Verifiers.proofProgram(proof, "--trust", trust));
            byte[] bad = Files.readAllBytes(proof);
            bad[60] ^= 1;
            expect(
                    4,
                    "REFUSED",
                    Verifiers.proofProgram(write("bad.tlog-proof", bad), "--trust", trust));
            expect(
                    0,
                    "\"index\":\"7\"",
                    Verifiers.proof(proof, "--trust", trust, "--output", "json"));
        }
    }

    @Test
    void proof_withoutTheRecord_needsItsExactBytes() throws IOException {
        try (TestNode node = node().append("acme", 20)) {
            AuditLog log = node.log();
            log.publishCheckpoint(ACME);
            Path trust = trust(log.keys(ACME));
            RecordProof without = RecordProof.of(log, ACME, 7, false);
            assertThat(new String(without.proof().bytes(), java.nio.charset.StandardCharsets.UTF_8))
                    .hasSizeLessThan(
                            RecordProof.of(log, ACME, 7, true).proof().bytes().length - 300);
            Path proof = write("bare.tlog-proof", without.proof().bytes());
            Path record = write("record.json", log.record(ACME, 7));
            Path other = write("other.json", log.record(ACME, 8));
            expect(2, "--record", Verifiers.proof(proof, "--trust", trust));
            expect(0, "VERIFIED", Verifiers.proof(proof, "--trust", trust, "--record", record));
            expect(4, "REFUSED", Verifiers.proof(proof, "--trust", trust, "--record", other));
            Path whole = proofFile(log, ACME, 7);
            expect(0, "VERIFIED", Verifiers.proof(whole, "--trust", trust, "--record", record));
            expect(4, "byte for byte", Verifiers.proof(whole, "--trust", trust, "--record", other));
        }
    }

    @Test
    void trust_ofAnotherLog_isUnauthenticated_andOfTheNodeNeedsTheKeyRecord() throws IOException {
        try (TestNode node = node().append("acme", 20)) {
            AuditLog log = node.log();
            log.publishCheckpoint(ACME);
            log.publishCheckpoint(TenantId.NODE);
            Path proof = proofFile(log, ACME, 7);
            Path nodeTrust = node.trustFile(folder);
            expect(1, "UNAUTHENTICATED", Verifiers.proof(proof, "--trust", nodeTrust));

            ExportConfig config = new ExportConfig(node.folder(), "0.1.0", Clock.systemUTC());
            long introduced = RecordProof.introducedAt(log, ACME, config);
            Path keyRecord =
                    write(
                            "keys.tlog-proof",
                            RecordProof.of(log, TenantId.NODE, introduced, true).proof().bytes());
            expect(
                    0,
                    "VERIFIED",
                    Verifiers.proof(proof, "--trust", nodeTrust, "--key-record", keyRecord));

            Path ofNode =
                    write(
                            "node.tlog-proof",
                            RecordProof.of(log, TenantId.NODE, 0, true).proof().bytes());
            expect(
                    4,
                    "not the record that introduces",
                    Verifiers.proof(proof, "--trust", nodeTrust, "--key-record", ofNode));
            byte[] bad = Files.readAllBytes(keyRecord);
            bad[200] ^= 1;
            expect(
                    4,
                    "REFUSED",
                    Verifiers.proof(
                            proof,
                            "--trust",
                            nodeTrust,
                            "--key-record",
                            write("bad.tlog-proof", bad)));
            byte[] seed = new byte[32];
            Path stranger =
                    trust(List.of(NoteSigners.ed25519("beta/acme", seed, Ed25519.jdk()).key()));
            expect(1, "UNAUTHENTICATED", Verifiers.proof(proof, "--trust", stranger));
        }
    }

    /** A trusted name with another key's signature is no unknown log: somebody pretends. */
    @Test
    void proof_signedByAThiefInTheLogsName_isRefused() throws IOException {
        try (TestNode node = node().append("acme", 20)) {
            AuditLog log = node.log();
            log.publishCheckpoint(ACME);
            TlogProof good = RecordProof.of(log, ACME, 7, true).proof();
            Checkpoint tree = Checkpoint.parse(SignedNote.parse(good.checkpoint()).text());
            SignedNote forged =
                    SignedNote.sign(
                            tree.text(),
                            NoteSigners.ed25519(log.origin(ACME), new byte[32], Ed25519.jdk()));
            TlogProof bad =
                    new TlogProof(good.extra(), good.index(), good.hashes(), forged.bytes());
            expect(
                    4,
                    "not signed by",
                    Verifiers.proof(
                            write("bad.tlog-proof", bad.bytes()),
                            "--trust",
                            trust(log.keys(ACME))));
        }
    }

    @Test
    void quorum_notMet_isUnauthenticated() throws IOException {
        try (TestNode node = node().append("acme", 20)) {
            AuditLog log = node.log();
            log.publishCheckpoint(ACME);
            var witness =
                    NoteSigners.cosignatureEd25519(
                            "station/witness", new byte[32], Ed25519.jdk(), Clock.systemUTC());
            Path trust = trust(log.keys(ACME), "witness w " + witness.key().vkey(), "quorum w");
            TlogProof proof = RecordProof.of(log, ACME, 7, true).proof();
            expect(
                    1,
                    "quorum",
                    Verifiers.proof(write("some.tlog-proof", proof.bytes()), "--trust", trust));
            TlogProof witnessed =
                    new TlogProof(
                            proof.extra(),
                            proof.index(),
                            proof.hashes(),
                            SignedNote.parse(proof.checkpoint()).with(witness).bytes());
            expect(
                    0,
                    "VERIFIED",
                    Verifiers.proof(
                            write("witnessed.tlog-proof", witnessed.bytes()), "--trust", trust));
        }
    }

    @Test
    void commandLine_wrong_isUsageAndAMissingFileEnvironment() throws IOException {
        Path trust = trust(List.of());
        expect(0, "usage: map-verify proof", Verifiers.proof("--help"));
        expect(2, "no FILE", Verifiers.proof("--trust", trust));
        expect(2, "--trust FILE is missing", Verifiers.proof("x"));
        expect(2, "no such option", Verifiers.proof("x", "--wat"));
        expect(2, "second one", Verifiers.proof("x", "y", "--trust", trust));
        expect(3, "cannot be read", Verifiers.proof(folder.resolve("none"), "--trust", trust));
    }

    /** Fails for the one record that is not covered yet, and not for the one before it. */
    @Test
    void prove_recordNotYetUnderACheckpoint_failsPrecisely() {
        AuditLogConfig rarely =
                AuditLogConfig.defaults(
                                folder.resolve("audit"),
                                new NodeName("alpha"),
                                Secret.copyOf(new byte[32]),
                                Ed25519.jdk())
                        .withSpace(16L << 20, 1L << 20, 0, 1L << 40)
                        .withTimes(Duration.ofHours(1), Duration.ofSeconds(60));
        try (AuditLog log = AuditLog.open(rarely)) {
            log.createTenant(ACME);
            assertThatThrownBy(() -> RecordProof.of(log, ACME, 0, true))
                    .isInstanceOf(OperatorException.class)
                    .hasMessageContaining("there is no record 0");
            for (int n = 0; n < 3; n++) {
                log.append(
                        AuditDraft.builder(
                                        ACME, EventType.PROTOCOL_INVOCATION, AuditOutcome.SUCCESS)
                                .build());
                if (n == 1) {
                    log.publishCheckpoint(ACME);
                }
            }
            assertThat(RecordProof.of(log, ACME, 1, true).checkpoint().size()).isEqualTo(2);
            assertThatThrownBy(() -> RecordProof.of(log, ACME, 2, true))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> assertThat(e.exit()).isEqualTo(ExitCode.FAILED))
                    .hasMessageContaining("record 2 of acme")
                    .hasMessageContaining("not yet under a checkpoint")
                    .hasMessageContaining("covers 2 records");
            assertThatThrownBy(() -> RecordProof.of(log, ACME, 3, true))
                    .hasMessageContaining("there is no record 3");
            assertThatThrownBy(() -> RecordProof.of(log, TenantId.of("none"), 0, true))
                    .isInstanceOfSatisfying(
                            OperatorException.class,
                            e -> assertThat(e.exit()).isEqualTo(ExitCode.USAGE));
        }
    }
}
