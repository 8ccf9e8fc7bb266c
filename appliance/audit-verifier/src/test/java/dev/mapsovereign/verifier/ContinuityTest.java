package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditexport.ExportRequest;
import dev.mapsovereign.base.identity.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the auditor's memory finds that no single medium can show. */
final class ContinuityTest {
    private static final TenantId ACME = TenantId.of("acme");

    @TempDir Path folder;

    private Path medium(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    private Path state() {
        return folder.resolve("auditor.state");
    }

    private void expect(int exit, String word, Object... arguments) {
        Verifiers.Outcome outcome = Verifiers.inProcess(arguments);
        assertThat(outcome.exit()).as(outcome.output()).isEqualTo(exit);
        assertThat(outcome.output()).contains(word);
    }

    @Test
    void state_overSeveralVisits_followsTheLog() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha")) {
            node.tenants("acme").append("acme", 100);
            node.export(medium);
            Path trust = node.trustFile(folder);
            expect(3, "--init-state", medium, "--trust", trust, "--state", state());
            expect(0, "VERIFIED", medium, "--trust", trust, "--init-state", state());
            expect(3, "exists", medium, "--trust", trust, "--init-state", state());
            // The same medium again says nothing new, and is fine.
            expect(0, "VERIFIED", medium, "--trust", trust, "--state", state());
            String first = Files.readString(state());
            node.append("acme", 200);
            node.export(medium);
            expect(0, "continuity", medium, "--trust", trust, "--state", state());
            assertThat(Files.readString(state())).isNotEqualTo(first).contains("\"size\":\"300\"");
        }
    }

    @Test
    void state_olderMedium_isRefused() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha")) {
            node.tenants("acme").append("acme", 100);
            node.export(medium);
            Path old = MediumFiles.copy(medium, folder.resolve("old"));
            node.append("acme", 5);
            node.export(medium);
            Path trust = node.trustFile(folder);
            expect(0, "VERIFIED", medium, "--trust", trust, "--init-state", state());
            String before = Files.readString(state());
            expect(4, "older", old, "--trust", trust, "--state", state());
            assertThat(Files.readString(state())).isEqualTo(before);
            // Dropping the newest bundle from the medium is the same.
            MediumFiles.delete(node.nodeFolder(medium).resolve("bundle-2"));
            expect(4, "older", medium, "--trust", trust, "--state", state());
            Verifiers.Outcome program =
                    Verifiers.program(medium, "--trust", trust, "--state", state());
            assertThat(program.exit()).as(program.output()).isEqualTo(4);
        }
    }

    @Test
    void state_mediaInRotation_eachContinues() throws Exception {
        Path one = medium("one");
        Path two = medium("two");
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha")) {
            node.tenants("acme").append("acme", 100);
            node.export(one);
            Path trust = node.trustFile(folder);
            expect(0, "VERIFIED", one, "--trust", trust, "--init-state", state());
            node.append("acme", 100);
            node.export(two);
            expect(0, "VERIFIED", two, "--trust", trust, "--state", state());
            node.append("acme", 100);
            node.export(one);
            expect(0, "VERIFIED", one, "--trust", trust, "--state", state());
            // Both at once are one set, in any order.
            expect(0, "VERIFIED", two, one, "--trust", trust, "--state", state());
            expect(0, "VERIFIED", one, two, one, "--trust", trust);
        }
    }

    @Test
    void state_recordsLeftOut_isAGap() throws Exception {
        Path one = medium("one");
        Path two = medium("two");
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha")) {
            node.tenants("acme").append("acme", 100);
            node.export(one);
            Path trust = node.trustFile(folder);
            expect(0, "VERIFIED", one, "--trust", trust, "--init-state", state());
            node.append("acme", 50);
            node.export(medium("lost"));
            node.append("acme", 50);
            node.export(
                    new ExportRequest(
                            two, Set.of(), OptionalLong.of(150), OptionalLong.empty(), false));
            expect(4, "gap: records", two, "--trust", trust, "--state", state());
            // The lost stick found, all is well.
            expect(
                    0,
                    "VERIFIED",
                    two,
                    folder.resolve("lost"),
                    "--trust",
                    trust,
                    "--state",
                    state());
        }
    }

    @Test
    void export_sinceAnIndexWithoutState_saysWhatIsNotThere() throws Exception {
        Path one = medium("one");
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha")) {
            node.tenants("acme").append("acme", 100);
            node.export(medium("other"));
            node.append("acme", 100);
            node.export(
                    new ExportRequest(
                            one, Set.of(ACME), OptionalLong.of(120), OptionalLong.empty(), false));
            // Begins where a checkpoint was kept, at 100.
            expect(0, "records 100 to 199", one, "--trust", node.trustFile(folder));
            expect(0, "acme: records 0 to 99", one, "--trust", node.trustFile(folder));
        }
    }

    @Test
    void state_logsNotExported_areComparedByTheirSize() throws Exception {
        Path one = medium("one");
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha")) {
            node.tenants("acme", "zeta").append("acme", 10).append("zeta", 10);
            node.export(one);
            Path trust = node.trustFile(folder);
            expect(0, "VERIFIED", one, "--trust", trust, "--init-state", state());
            node.append("acme", 10).append("zeta", 10);
            node.export(
                    new ExportRequest(
                            one, Set.of(ACME), OptionalLong.empty(), OptionalLong.empty(), false));
            expect(0, "zeta: records 10 to 19", one, "--trust", trust, "--state", state());
            assertThat(Files.readString(state())).contains("\"size\":\"10\"", "\"size\":\"20\"");
        }
    }

    @Test
    void state_foreignNode_isRefused() throws Exception {
        Path one = medium("one");
        Path two = medium("two");
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha");
                TestNode other = TestNode.create(folder.resolve("other"), "beta")) {
            node.export(one);
            other.export(two);
            expect(0, "", one, "--trust", node.trustFile(folder), "--init-state", state());
            expect(4, "foreign", two, "--trust", other.trustFile(folder), "--state", state());
        }
    }

    @Test
    void state_otherHistoryOfTheSameKeys_isAFork() {
        SyntheticNode node = new SyntheticNode("alpha");
        SyntheticLog acme = node.tenant("acme");
        acme.append(10);
        Path one = folder.resolve("one");
        node.export(one, Map.of(TenantId.NODE, 0L, ACME, 0L));
        Path trust = node.trustFile(folder);
        expect(0, "", one, "--trust", trust, "--init-state", state());

        SyntheticNode twin = new SyntheticNode("alpha");
        SyntheticLog forked = twin.tenant("acme");
        forked.append(5).appendText(forked.goodRecord(5).replace("success", "error")).append(20);
        twin.own.append(5);
        Path two = folder.resolve("two");
        twin.export(two, Map.of(TenantId.NODE, 0L, ACME, 0L));
        expect(4, "forked", two, "--trust", trust, "--state", state());
    }

    @Test
    void state_logThatIsGone_isShorter() {
        SyntheticNode node = new SyntheticNode("alpha");
        node.tenant("acme").append(10);
        Path one = folder.resolve("one");
        node.export(one, Map.of(TenantId.NODE, 0L, ACME, 0L));
        Path trust = node.trustFile(folder);
        expect(0, "", one, "--trust", trust, "--init-state", state());
        node.logs.remove(ACME);
        node.own.append(3);
        Path two = folder.resolve("two");
        node.export(two, Map.of(TenantId.NODE, 0L));
        expect(4, "shorter", two, "--trust", trust, "--state", state());
    }

    @Test
    void state_forkWithinARange_isFoundWhenRecordsAreRead() {
        SyntheticNode node = new SyntheticNode("alpha");
        SyntheticLog acme = node.tenant("acme");
        acme.append(300);
        Path one = folder.resolve("one");
        node.export(one, Map.of(TenantId.NODE, 0L, ACME, 0L));
        Path trust = node.trustFile(folder);
        expect(0, "", one, "--trust", trust, "--init-state", state());
        // Goes on from the same 300 records: sound.
        acme.append(300);
        node.own.append(1);
        Path two = folder.resolve("two");
        node.export(two, Map.of(TenantId.NODE, 0L, ACME, 0L));
        Path copy = folder.resolve("copy.state");
        SyntheticNode.write(copy, MediumFiles.read(state()));
        expect(0, "VERIFIED", two, "--trust", trust, "--state", copy);
        // The same, with one record below 300 another one.
        SyntheticNode twin = new SyntheticNode("alpha");
        SyntheticLog forked = twin.tenant("acme");
        forked.append(299).appendText(forked.goodRecord(299).replace("success", "error"));
        forked.append(300);
        twin.own.append(1);
        Path three = folder.resolve("three");
        twin.export(three, Map.of(TenantId.NODE, 0L, ACME, 0L));
        expect(4, "forked: at size 300", three, "--trust", trust, "--state", state());
    }

    @Test
    void state_rotationBetweenVisits_isFollowed() {
        SyntheticNode node = new SyntheticNode("alpha");
        SyntheticLog acme = node.tenant("acme");
        acme.append(10);
        Path one = folder.resolve("one");
        node.export(one, Map.of(TenantId.NODE, 0L, ACME, 0L));
        Path trust = node.trustFile(folder);
        expect(0, "", one, "--trust", trust, "--init-state", state());
        node.rotate(acme, SyntheticLog.signers(acme.origin(), "second"));
        node.rotate(node.own, SyntheticLog.signers(node.own.origin(), "second"));
        acme.append(5);
        node.own.append(1);
        node.export(one, Map.of(TenantId.NODE, 0L, ACME, 0L));
        expect(0, "VERIFIED", one, "--trust", trust, "--state", state());
    }

    @Test
    void state_otherKeysThanTheLogHad_isRefused() throws Exception {
        SyntheticNode node = new SyntheticNode("alpha");
        node.tenant("acme").append(10);
        Path one = folder.resolve("one");
        node.export(one, Map.of(TenantId.NODE, 0L, ACME, 0L));
        Path trust = node.trustFile(folder);
        expect(0, "", one, "--trust", trust, "--init-state", state());
        SyntheticLog other = new SyntheticLog(node.node, "acme", "other word");
        SyntheticLog real = SyntheticNode.at(node.logs, ACME);
        Files.writeString(
                state(),
                Files.readString(state())
                        .replace(real.keys().getFirst().vkey(), other.keys().getFirst().vkey()));
        expect(4, "other keys", one, "--trust", trust, "--state", state());
    }

    @Test
    void state_thatIsNone_isAnEnvironmentError() throws Exception {
        Path medium = medium("usb");
        try (TestNode node = TestNode.create(folder.resolve("audit"), "alpha")) {
            node.export(medium);
            Path trust = node.trustFile(folder);
            for (String bad : new String[] {"", "{}", "[]", "{\"kind\":\"map-verify-state\"}"}) {
                Files.writeString(state(), bad);
                expect(3, "state file", medium, "--trust", trust, "--state", state());
            }
        }
    }
}
