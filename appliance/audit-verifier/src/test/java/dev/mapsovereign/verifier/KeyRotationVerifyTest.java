package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditexport.ExportReport;
import dev.mapsovereign.auditexport.ExportRequest;
import dev.mapsovereign.auditlog.RotationStep;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.VerifierKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real node changes its log keys, and both programs judge what it exports; then somebody who
 * stole a key tries what he can. The trust file always names the first key.
 */
final class KeyRotationVerifyTest {
    private static final TenantId ACME = TenantId.of("acme");

    @TempDir Path folder;

    private void expect(int exit, String word, Path trust, Path... media) {
        Object[] arguments = new Object[media.length + 2];
        System.arraycopy(media, 0, arguments, 0, media.length);
        arguments[media.length] = "--trust";
        arguments[media.length + 1] = trust;
        Verifiers.Outcome java = Verifiers.inProcess(arguments);
        assertThat(java.exit()).as(java.output()).isEqualTo(exit);
        assertThat(java.output()).contains(word);
        Verifiers.Outcome python = Verifiers.python(arguments);
        assertThat(python.exit()).as(python.output()).isEqualTo(exit);
    }

    private void expectState(int exit, String word, Path medium, Path trust, Path state) {
        Verifiers.Outcome java = Verifiers.inProcess(medium, "--trust", trust, "--state", state);
        assertThat(java.exit()).as(java.output()).isEqualTo(exit);
        assertThat(java.output()).contains(word);
    }

    private Path medium(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    @Test
    void exports_beforeBetweenAndAfterRotations_verifyByTheFirstKey() throws Exception {
        Path usb = medium("usb");
        Path state = folder.resolve("state");
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha")) {
            node.tenants("acme", "empty").append("acme", 300);
            node.export(usb);
            Path trust = node.trustFile(folder);
            VerifierKey first = node.log().nodeKey();
            assertThat(Verifiers.inProcess(usb, "--trust", trust, "--init-state", state).exit())
                    .isZero();
            node.append("acme", 5).rotate(2).append("acme", 5);
            node.tenants("late").append("late", 3);
            node.export(usb);
            expect(0, "VERIFIED", trust, usb);
            expectState(0, "continuity", usb, trust, state);
            node.restart();
            node.rotate(3).rotate(4);
            node.export(usb);
            node.append("acme", 600).append("late", 1).rotate(5);
            node.export(usb);
            expect(0, "VERIFIED", trust, usb);
            expectState(0, "continuity", usb, trust, state);
            node.restart();
            Path whole = medium("whole");
            node.export(whole);
            expect(0, "VERIFIED", trust, whole);
            expect(0, "VERIFIED", trust, node.nodeFolder(usb).resolve("bundle-3"));
            assertThat(node.log().nodeKey()).isNotEqualTo(first);
            // One who came later and trusts the newest key alone is served by what came later.
            Path newest = folder.resolve("newest.policy");
            Files.writeString(newest, "log " + node.log().nodeKey().vkey() + "\nquorum none\n");
            expect(0, "VERIFIED", newest, whole);
        }
    }

    @Test
    void rotationCheckpointTakenAway_isRefused() throws Exception {
        Path usb = medium("usb");
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha")) {
            node.tenants("acme").append("acme", 3);
            Path trust = node.trustFile(folder);
            node.rotate(2).export(usb);
            Path rotations = node.nodeFolder(usb).resolve("bundle-1/rotations/_node");
            try (var files = Files.list(rotations)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            expect(4, "rotations", trust, usb);
        }
    }

    @Test
    void export_interruptedBeforeARotation_isGivenUp() throws Exception {
        Path usb = medium("usb");
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha")) {
            node.tenants("acme").append("acme", 3);
            Path trust = node.trustFile(folder);
            assertThatThrownBy(() ->
                            node.exporter()
                                    .export(
                                            ExportRequest.all(usb),
                                            node.log(),
                                            (step, done, total) -> {
                                                if (step.startsWith("signing")) {
                                                    throw new IllegalStateException("pulled");
                                                }
                                            }))
                    .hasMessageContaining("pulled");
            node.rotate(2);
            ExportReport report = node.export(usb);
            assertThat(report.warnings()).anyMatch(line -> line.contains("given up"));
            assertThat(report.bundles()).hasSize(1);
            expect(0, "VERIFIED", trust, usb);
        }
    }

    @Test
    void rotation_whileAnExportRuns_isRefused() throws Exception {
        Path usb = medium("usb");
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha")) {
            node.tenants("acme").append("acme", 3);
            node.exporter()
                    .export(
                            ExportRequest.all(usb),
                            node.log(),
                            (step, done, total) ->
                                    assertThatThrownBy(() -> node.rotate(2))
                                            .isInstanceOf(OperatorException.class)
                                            .hasMessageContaining("another export is running"));
            expect(0, "VERIFIED", node.trustFile(folder), usb);
        }
    }

    @Test
    void export_whileARotationRuns_isRefused() throws Exception {
        Path usb = medium("usb");
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha");
                Secret next = Secret.copyOf(new byte[] {1, 2, 3})) {
            node.tenants("acme").append("acme", 3);
            node.exporter()
                    .withoutExports(() ->
                            node.log()
                                    .rotateKeys(
                                            next,
                                            step -> {
                                                if (step == RotationStep.NODE_TURNED) {
                                                    assertThatThrownBy(() -> node.export(usb))
                                                            .isInstanceOf(OperatorException.class);
                                                }
                                            }));
            Path trust = folder.resolve("trust");
            Files.writeString(
                    trust,
                    "log "
                            + node.log().keyEpochs(TenantId.NODE).inForce(0).getFirst().vkey()
                            + "\nquorum none\n");
            node.export(usb);
            expect(0, "VERIFIED", trust, usb);
        }
    }

    // ---- what a thief can do; his bundles are sound in every other respect

    /** Someone with the new keys rewrites what the auditor has seen, and signs it all again. */
    @Test
    void stolenNewKey_rewrittenHistory_isRefusedByStateAndOlderBundle() throws Exception {
        Path usb = medium("usb");
        Path state = folder.resolve("state");
        SyntheticNode node = new SyntheticNode("alpha");
        SyntheticLog acme = node.tenant("acme");
        acme.append(10);
        node.export(usb, Map.of(TenantId.NODE, 0L, ACME, 0L));
        Path trust = node.trustFile(folder);
        expect(0, "VERIFIED", trust, usb);
        assertThat(Verifiers.inProcess(usb, "--trust", trust, "--init-state", state).exit())
                .isZero();

        SyntheticNode forged = new SyntheticNode("alpha");
        SyntheticLog forgedAcme = forged.tenant("acme");
        forgedAcme.appendText(forgedAcme.goodRecord(0).replace("ProtocolInvocation", "Error"));
        forgedAcme.append(14);
        forged.own.append(3);
        // All that the thief has: the keys after the rotation.
        forged.own.sign(SyntheticLog.signers(forged.own.origin(), "second"));
        forgedAcme.sign(SyntheticLog.signers(forgedAcme.origin(), "second"));
        Path stick = medium("forged");
        forged.export(stick, Map.of(TenantId.NODE, 0L, ACME, 0L));
        expect(4, "not signed by a key", trust, stick);
        expectState(4, "not signed by a key", stick, trust, state);

        // Even an auditor who was made to trust the new key remembers what he saw.
        SyntheticNode later = new SyntheticNode("alpha", "second");
        SyntheticLog laterAcme = later.tenant("acme");
        laterAcme.appendText(laterAcme.goodRecord(0).replace("ProtocolInvocation", "Error"));
        laterAcme.append(14);
        later.own.append(3);
        Path other = medium("other");
        later.export(other, Map.of(TenantId.NODE, 0L, ACME, 0L));
        Path misled = later.trustFile(medium("misled"), later.own.keys().getFirst());
        Verifiers.Outcome alone = Verifiers.inProcess(other, "--trust", misled);
        assertThat(alone.exit()).as(alone.output()).isZero();
        expectState(4, "REFUSED", other, misled, state);
    }

    /** Someone with the old keys goes on where the rotation was, as if there had been none. */
    @Test
    void stolenOldKey_goingOnBehindTheRotation_isRefused() throws Exception {
        Path usb = medium("usb");
        Path state = folder.resolve("state");
        SyntheticNode node = new SyntheticNode("alpha");
        SyntheticLog acme = node.tenant("acme");
        acme.append(10);
        node.export(usb, Map.of(TenantId.NODE, 0L, ACME, 0L));
        long nodeSize = node.own.size();
        node.rotate(acme, SyntheticLog.signers(acme.origin(), "second"));
        node.rotate(node.own, SyntheticLog.signers(node.own.origin(), "second"));
        acme.append(1);
        node.own.append(1);
        node.export(usb, Map.of(TenantId.NODE, nodeSize, ACME, 10L));
        Path trust = node.trustFile(folder);
        expect(0, "VERIFIED", trust, usb);
        assertThat(Verifiers.inProcess(usb, "--trust", trust, "--init-state", state).exit())
                .isZero();

        // The true history, with the old keys' signatures over all of it and beyond.
        long size = node.own.size();
        long acmeSize = acme.size();
        node.own.sign(SyntheticLog.signers(node.own.origin(), ""));
        acme.sign(SyntheticLog.signers(acme.origin(), ""));
        node.forgetRotations();
        acme.append(5);
        node.own.append(1);
        node.export(usb, Map.of(TenantId.NODE, size, ACME, acmeSize));
        expect(4, "other keys", trust, usb);
        expectState(4, "keys", usb, trust, state);
        Path alone = node.folder(usb).resolve("bundle-3");
        expectState(4, "other keys at the state's size", alone, trust, state);
    }

    /** The same with the rotation stated: then the old keys are not in force any more. */
    @Test
    void stolenOldKey_withTheRotationStated_isRefused() throws Exception {
        Path usb = medium("usb");
        SyntheticNode node = new SyntheticNode("alpha");
        SyntheticLog acme = node.tenant("acme");
        acme.append(10);
        node.rotate(acme, SyntheticLog.signers(acme.origin(), "second"));
        node.rotate(node.own, SyntheticLog.signers(node.own.origin(), "second"));
        node.own.append(1);
        acme.append(5);
        node.own.sign(SyntheticLog.signers(node.own.origin(), ""));
        acme.sign(SyntheticLog.signers(acme.origin(), ""));
        node.export(usb, Map.of(TenantId.NODE, 0L, ACME, 0L));
        expect(4, "not signed by", node.trustFile(folder), usb);
    }
}
