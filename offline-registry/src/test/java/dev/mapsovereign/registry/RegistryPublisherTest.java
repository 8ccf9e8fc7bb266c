package dev.mapsovereign.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.registry.document.DocumentBuilder;
import dev.mapsovereign.registry.tuf.RoleName;
import dev.mapsovereign.registry.tuf.RootMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryPublisherTest {
    @TempDir Path folder;
    private Site site;

    @BeforeEach
    void open() throws IOException {
        site = new Site(folder);
    }

    private static void assertFault(RegistryFault fault, ThrowingCallable work) {
        RegistryException refusal = catchThrowableOfType(RegistryException.class, work);
        assertThat(refusal).isNotNull();
        assertThat(refusal.fault()).as(refusal.getMessage()).isEqualTo(fault);
    }

    @Test
    void issue_nothingChanged_reusesEveryFile() {
        PublishReport first = site.issue();
        PublishReport second = site.issue();
        assertThat(first.filesReused()).isZero();
        assertThat(second.filesReused()).isEqualTo(3);
        assertThat(second.issue().number()).isEqualTo(2);
        assertThat(second.issue().treeRoot()).isEqualTo(first.issue().treeRoot());
        assertThat(second.issue().revocations().number()).isEqualTo(1);
        assertThat(second.issue().revocations().date())
                .isEqualTo(first.issue().revocations().date());
    }

    @Test
    void issue_sameDocumentsElsewhere_givesTheSameTargetFiles() throws IOException {
        Site other = new Site(Files.createDirectory(folder.resolve("other")));
        PublishReport here = site.issue();
        PublishReport there = other.issue();
        assertThat(there.issue().parts().getFirst().file().sha256())
                .isEqualTo(here.issue().parts().getFirst().file().sha256());
    }

    @Test
    void issue_unsignedOrTamperedDocument_isRefusedBeforeAnythingIsVisible() throws IOException {
        Files.write(
                site.fileOf(site.family.scout),
                CanonicalJson.encode(
                        site.family.scout.json().with("name", new JsonString("other"))));
        assertFault(RegistryFault.DOCUMENT, site::issue);
        assertThat(site.publisher.newest()).isEmpty();
    }

    @Test
    void issue_missingSigner_isRefusedAndTheOldOneStays() {
        site.issue();
        RegistryPublisher.IssueOrder order =
                new RegistryPublisher.IssueOrder(
                        site.documents,
                        Optional.empty(),
                        Map.of(
                                RoleName.TARGETS, List.of(TestKey.of("targets")),
                                RoleName.SNAPSHOT, List.of(TestKey.of("snapshot"))),
                        RegistryPublisher.VALIDITY_DEFAULT);
        assertFault(RegistryFault.UNKNOWN_KEY, () -> site.publisher.issue(order));
        assertThat(site.publisher.newest().orElseThrow().number()).isEqualTo(1);
        assertThat(site.issue().issue().number()).isEqualTo(2);
    }

    @Test
    void issue_emptyFolder_isAnOrder() throws IOException {
        for (var document : site.family.all()) {
            Files.delete(site.fileOf(document));
        }
        assertFault(RegistryFault.ORDER, site::issue);
    }

    @Test
    void issue_revocations_areCumulativeAndNumbered() throws IOException {
        site.issue();
        PublishReport second =
                site.issueRevoking(revoke(site.family.helper.did().text(), "revoked"));
        PublishReport third = site.issue();
        PublishReport fourth =
                site.issueRevoking(revoke(site.family.helper.did().text(), "tombstone"));
        assertThat(second.issue().revocations().number()).isEqualTo(2);
        assertThat(third.issue().revocations().number()).isEqualTo(2);
        assertThat(third.issue().revocations().entries()).isEqualTo(1);
        assertThat(fourth.issue().revocations().number())
                .as("one entry as before, but a worse one")
                .isEqualTo(3);
        assertFault(
                RegistryFault.ORDER,
                () -> site.issueRevoking(revoke("did:oas:acme:agent:nobody", "revoked")));
        assertFault(RegistryFault.ORDER, () -> site.issueRevoking("{}"));
    }

    private static String revoke(String did, String status) {
        return "[{\"did\":\""
                + did
                + "\",\"status\":\""
                + status
                + "\",\"since\":\"2026-01-20T00:00:00Z\",\"sequence\":1}]";
    }

    @Test
    void issue_historyBroken_isRefusedAsAMirrorWould() throws IOException {
        site.put(
                DocumentBuilder.next(site.family.helper, Family.NOW)
                        .sign(site.family.helperKey, Family.NOW));
        site.issue();
        site.put(site.family.helper);
        assertFault(RegistryFault.ROLLED_BACK, site::issue);
        Files.delete(site.fileOf(site.family.helper));
        assertFault(RegistryFault.VANISHED, site::issue);
    }

    @Test
    void signRoot_wrongVersionOrTooFewSigners_isRefused() {
        RootMetadata second =
                new RootMetadata(
                        2,
                        site.clock.instant().plus(Duration.ofDays(90)),
                        Site.roles("targets", "snapshot", "timestamp"),
                        List.of());
        assertFault(
                RegistryFault.THRESHOLD,
                () -> site.publisher.signRoot(second, List.of(TestKey.of("root-3"))));
        assertFault(
                RegistryFault.ROOT_GAP,
                () ->
                        site.publisher.signRoot(
                                site.firstRoot(),
                                List.of(TestKey.of("root-1"), TestKey.of("root-2"))));
        site.publisher.signRoot(second, List.of(TestKey.of("root-1"), TestKey.of("root-3")));
        assertThat(site.publisher.root().version()).isEqualTo(2);
    }

    @Test
    void exportTo_secondTime_writesOnlyWhatIsNew() {
        Path stick = folder.resolve("stick");
        site.issue();
        long first = site.publisher.exportTo(stick);
        long second = site.publisher.exportTo(stick);
        assertThat(second).isLessThan(first);
        try (RegistryMirror mirror = site.openMirror()) {
            assertThat(mirror.importFrom(stick).issue().number()).isEqualTo(1);
        }
    }
}
