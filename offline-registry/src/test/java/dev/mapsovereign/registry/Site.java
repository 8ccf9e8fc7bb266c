package dev.mapsovereign.registry;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditSink;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.registry.RegistryPublisher.IssueOrder;
import dev.mapsovereign.registry.document.OasDocument;
import dev.mapsovereign.registry.tuf.MetadataKey;
import dev.mapsovereign.registry.tuf.RoleKeys;
import dev.mapsovereign.registry.tuf.RoleName;
import dev.mapsovereign.registry.tuf.RootMetadata;
import dev.mapsovereign.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A publisher, a medium and a mirror in one folder, on a clock that moves when told. */
public final class Site {
    public final Family family = new Family();
    public final ManualClock clock = new ManualClock(Family.NOW);
    public final Path publisherFolder;
    public final Path documents;
    public final Path mirrorFolder;
    public final RegistryPublisher publisher;
    public final Records records = new Records();

    /** Records that were written, and a switch that makes writing fail. */
    public static final class Records implements AuditSink {
        public final List<AuditDraft> drafts = new ArrayList<>();
        public boolean available = true;

        /** Nothing written yet. */
        public Records() {}

        @Override
        public RecordReference append(AuditDraft draft) {
            if (!available) {
                throw new AuditUnavailableException("the journal is full", Duration.ofSeconds(1));
            }
            drafts.add(draft);
            return new RecordReference(
                    draft.tenant(), drafts.size() - 1L, new byte[32], new byte[32], Instant.EPOCH);
        }
    }

    public Site(Path folder) throws IOException {
        publisherFolder = folder.resolve("publisher");
        documents = Files.createDirectories(folder.resolve("documents"));
        mirrorFolder = folder.resolve("mirror");
        publisher = new RegistryPublisher(publisherFolder, TestKey.ED25519, clock);
        publisher.signRoot(firstRoot(), List.of(TestKey.of("root-1"), TestKey.of("root-2")));
        for (OasDocument document : family.all()) {
            put(document);
        }
    }

    public RootMetadata firstRoot() {
        return RegistryPublisher.firstRoot(
                roles("targets", "snapshot", "timestamp"), clock.instant());
    }

    /** Three root keys of which two must sign; one key, named as given, for each other role. */
    public static Map<RoleName, RoleKeys> roles(String targets, String snapshot, String timestamp) {
        Map<RoleName, RoleKeys> roles = new EnumMap<>(RoleName.class);
        roles.put(
                RoleName.ROOT,
                new RoleKeys(List.of(key("root-1"), key("root-2"), key("root-3")), 2));
        roles.put(RoleName.TARGETS, new RoleKeys(List.of(key(targets)), 1));
        roles.put(RoleName.SNAPSHOT, new RoleKeys(List.of(key(snapshot)), 1));
        roles.put(RoleName.TIMESTAMP, new RoleKeys(List.of(key(timestamp)), 1));
        return roles;
    }

    public static MetadataKey key(String name) {
        return MetadataKey.of(TestKey.of(name).publicKey());
    }

    public static Map<RoleName, List<SigningKey>> signers() {
        return Map.of(
                RoleName.TARGETS, List.of(TestKey.of("targets")),
                RoleName.SNAPSHOT, List.of(TestKey.of("snapshot")),
                RoleName.TIMESTAMP, List.of(TestKey.of("timestamp")));
    }

    /** Lays a document, or its newer version, into the folder. */
    public void put(OasDocument document) throws IOException {
        Files.write(fileOf(document), document.bytes());
    }

    public Path fileOf(OasDocument document) {
        return documents.resolve(document.did().identifier() + ".json");
    }

    public PublishReport issue() {
        return publisher.issue(order(Optional.empty()));
    }

    public PublishReport issueRevoking(String json) throws IOException {
        Path file = documents.resolveSibling("revocations.json");
        Files.writeString(file, json);
        return publisher.issue(order(Optional.of(file)));
    }

    public IssueOrder order(Optional<Path> revocations) {
        return new IssueOrder(
                documents, revocations, signers(), RegistryPublisher.VALIDITY_DEFAULT);
    }

    public RegistryConfig config() {
        return RegistryConfig.defaults(mirrorFolder)
                .trusting(publisher.rootFile(), List.of(family.pin()));
    }

    public RegistryMirror openMirror() {
        return RegistryMirror.open(config(), TestKey.ED25519, clock, Family.BORN, records);
    }

    /** Where the publisher's registry lies. */
    public Path metadata(String name) {
        return publisherFolder.resolve("MAP-REGISTRY/metadata").resolve(name);
    }

    /** The newest target file whose name ends so. */
    public Path target(String end) {
        String name =
                publisher.newest().orElseThrow().targets().files().entrySet().stream()
                        .filter(entry -> entry.getKey().equals(end))
                        .map(entry -> entry.getValue().carriedName(end))
                        .findFirst()
                        .orElseThrow();
        return publisherFolder.resolve("MAP-REGISTRY/targets").resolve(name);
    }
}
