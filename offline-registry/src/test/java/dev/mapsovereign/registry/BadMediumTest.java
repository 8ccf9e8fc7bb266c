package dev.mapsovereign.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.EntityKind;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.registry.document.DocumentBuilder;
import dev.mapsovereign.registry.document.OasDocument;
import dev.mapsovereign.registry.tuf.FileReference;
import dev.mapsovereign.registry.tuf.RoleName;
import dev.mapsovereign.registry.tuf.RootMetadata;
import dev.mapsovereign.registry.tuf.SignedMetadata;
import dev.mapsovereign.registry.tuf.SnapshotMetadata;
import dev.mapsovereign.registry.tuf.TargetsMetadata;
import dev.mapsovereign.registry.tuf.TargetsMetadata.TargetFile;
import dev.mapsovereign.registry.tuf.TimestampMetadata;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Everything that can be wrong with a medium, each refused by its own name, and after each the
 * mirror serves what it served before. What only a publisher with the right keys could do wrong is
 * signed with the right keys here.
 */
class BadMediumTest {
    private static final String DOCUMENTS = "documents-0000-of-0001.gz";

    @TempDir Path folder;
    private Site site;
    private RegistryMirror mirror;

    @BeforeEach
    void open() throws IOException {
        site = new Site(folder);
        site.issue();
        mirror = site.openMirror();
        mirror.importFrom(site.publisherFolder);
        site.issue();
    }

    @AfterEach
    void close() {
        mirror.close();
    }

    private void assertRefused(RegistryFault fault) {
        assertRefused(fault, site.publisherFolder);
    }

    private void assertRefused(RegistryFault fault, Path medium) {
        RegistryException refusal =
                catchThrowableOfType(RegistryException.class, () -> mirror.importFrom(medium));
        assertThat(refusal).isNotNull();
        assertThat(refusal.fault()).as(refusal.getMessage()).isEqualTo(fault);
        assertThat(mirror.status().number()).isEqualTo(1);
        assertThat(mirror.resolve(site.family.scout.did())).isPresent();
    }

    private static JsonObject read(Path file) throws IOException {
        return (JsonObject) JsonReader.parse(Files.readAllBytes(file));
    }

    /** Changes signed parts and signs all three files again with the publisher's own keys. */
    private void resign(UnaryOperator<JsonObject> targets) throws IOException {
        resign(targets, UnaryOperator.identity(), UnaryOperator.identity(), Site.signers());
    }

    private void resign(
            UnaryOperator<JsonObject> targetsChange,
            UnaryOperator<JsonObject> snapshotChange,
            UnaryOperator<JsonObject> timestampChange,
            Map<RoleName, List<SigningKey>> signers)
            throws IOException {
        Instant expires = site.clock.instant().plus(Duration.ofDays(35));
        JsonObject signed = read(site.metadata("2.targets.json")).object("signed").orElseThrow();
        byte[] targets =
                SignedMetadata.sign(targetsChange.apply(signed), of(signers, RoleName.TARGETS))
                        .bytes();
        JsonObject snapshotSigned =
                new SnapshotMetadata(2, expires, FileReference.to(2, targets)).json();
        byte[] snapshot =
                SignedMetadata.sign(
                                snapshotChange.apply(snapshotSigned),
                                of(signers, RoleName.SNAPSHOT))
                        .bytes();
        JsonObject timestampSigned =
                new TimestampMetadata(2, expires, FileReference.to(2, snapshot)).json();
        byte[] timestamp =
                SignedMetadata.sign(
                                timestampChange.apply(timestampSigned),
                                of(signers, RoleName.TIMESTAMP))
                        .bytes();
        Files.write(site.metadata("2.targets.json"), targets);
        Files.write(site.metadata("2.snapshot.json"), snapshot);
        Files.write(site.metadata("timestamp.json"), timestamp);
    }

    private static List<SigningKey> of(Map<RoleName, List<SigningKey>> signers, RoleName role) {
        return signers.getOrDefault(role, List.of());
    }

    private byte[] unpacked(String name) throws IOException {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(site.target(name)))) {
            return in.readAllBytes();
        }
    }

    /** Puts other content behind a target name, described and signed as the publisher would. */
    private void replaceTarget(String name, byte[] content) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(content);
        }
        replaceTarget(name, packed.toByteArray(), content.length, content);
    }

    private void replaceTarget(String name, byte[] packed, long unpacked, byte[] content)
            throws IOException {
        TargetsMetadata before = site.publisher.newest().orElseThrow().targets();
        TargetFile old = Objects.requireNonNull(before.files().get(name));
        JsonObject.Builder custom = old.custom().toBuilder().put("unpacked", unpacked);
        if (name.equals("revocations.gz")) {
            custom.put("unpacked_sha256", hex(Sha256.hash(content)));
            custom.put("entries", new String(content, StandardCharsets.UTF_8).lines().count());
        }
        if (name.equals("index.gz")) {
            custom.put("tree_size", unpacked / 73);
        }
        TargetFile changed = new TargetFile(packed.length, Sha256.hash(packed), custom.build());
        Files.write(
                site.publisherFolder
                        .resolve("MAP-REGISTRY/targets")
                        .resolve(changed.carriedName(name)),
                packed);
        Map<String, TargetFile> files = new LinkedHashMap<>(before.files());
        files.put(name, changed);
        resign(ignored -> new TargetsMetadata(2, before.expires(), files).json());
    }

    private static String hex(byte[] bytes) {
        return Hex.encode(bytes);
    }

    private static JsonObject with(JsonObject object, String name, JsonValue value) {
        return object.with(name, value);
    }

    @Test
    void noRegistryThere_isMissing() {
        assertRefused(RegistryFault.MISSING_FILE, folder.resolve("documents"));
    }

    @Test
    void missingTarget_isMissing() throws IOException {
        replaceTarget(DOCUMENTS, unpacked(DOCUMENTS));
        site.issue();
        Path file = site.target("index.gz");
        Files.delete(file);
        Path kept = site.mirrorFolder.resolve("snapshots/1-1/targets").resolve(file.getFileName());
        Files.deleteIfExists(kept);
        assertRefused(RegistryFault.MISSING_FILE);
    }

    @Test
    void truncatedTarget_isTruncated() throws IOException {
        Path file = site.target("index.gz");
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
        assertRefused(RegistryFault.TRUNCATED);
    }

    @Test
    void longerTarget_isOversize() throws IOException {
        Path file = site.target("index.gz");
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length + 1));
        assertRefused(RegistryFault.OVERSIZE);
    }

    @Test
    void anyByteOfATargetChanged_isRefusedByDigest() throws IOException {
        for (String name : List.of("index.gz", DOCUMENTS, "revocations.gz")) {
            Path file = site.target(name);
            byte[] bytes = Files.readAllBytes(file);
            for (int at = 0; at < bytes.length; at += 41) {
                byte[] changed = bytes.clone();
                changed[at] ^= 1;
                Files.write(file, changed);
                assertRefused(RegistryFault.DIGEST);
            }
            Files.write(file, bytes);
        }
        assertThat(mirror.importFrom(site.publisherFolder).issue().number()).isEqualTo(2);
    }

    @Test
    void anyByteOfMetadataChanged_isRefused() throws IOException {
        for (String name : List.of("timestamp.json", "2.snapshot.json", "2.targets.json")) {
            Path file = site.metadata(name);
            byte[] bytes = Files.readAllBytes(file);
            for (int at = 0; at < bytes.length; at += 11) {
                byte[] changed = bytes.clone();
                changed[at] ^= 1;
                Files.write(file, changed);
                RegistryException refusal =
                        catchThrowableOfType(
                                RegistryException.class,
                                () -> mirror.importFrom(site.publisherFolder));
                assertThat(refusal).as(name + " at " + at).isNotNull();
                assertThat(mirror.status().number()).isEqualTo(1);
            }
            Files.write(file, bytes);
        }
    }

    @Test
    void expiredMetadata_isExpired() {
        site.clock.advance(RegistryPublisher.VALIDITY_DEFAULT);
        assertRefused(RegistryFault.EXPIRED);
    }

    @Test
    void olderIssue_isRolledBack() throws IOException {
        Path stick = folder.resolve("old-stick");
        site.publisher.exportTo(stick);
        site.issue();
        mirror.importFrom(site.publisherFolder);
        RegistryException refusal =
                catchThrowableOfType(RegistryException.class, () -> mirror.importFrom(stick));
        assertThat(refusal.fault()).isEqualTo(RegistryFault.ROLLED_BACK);
        assertThat(mirror.status().number()).isEqualTo(3);
    }

    @Test
    void otherFilesUnderAnAcceptedNumber_areEquivocation() throws IOException {
        mirror.importFrom(site.publisherFolder);
        resign(signed -> with(signed, "expires", new JsonString("2026-02-20T00:00:00Z")));
        RegistryException refusal =
                catchThrowableOfType(
                        RegistryException.class, () -> mirror.importFrom(site.publisherFolder));
        assertThat(refusal.fault()).isEqualTo(RegistryFault.EQUIVOCATION);
    }

    @Test
    void filesOfTwoIssues_areMixed() throws IOException {
        Files.copy(
                site.metadata("1.snapshot.json"),
                site.metadata("2.snapshot.json"),
                StandardCopyOption.REPLACE_EXISTING);
        assertRefused(RegistryFault.MIXED);
    }

    @Test
    void versionsOfOneIssueThatDiffer_areMixed() throws IOException {
        resign(
                signed -> signed,
                signed -> signed,
                signed -> with(signed, "version", JsonNumber.of(9)),
                Site.signers());
        assertRefused(RegistryFault.MIXED);
    }

    @Test
    void strangersKey_isUnknown() throws IOException {
        Map<RoleName, List<SigningKey>> stranger =
                Map.of(
                        RoleName.TARGETS, List.of(TestKey.of("targets")),
                        RoleName.SNAPSHOT, List.of(TestKey.of("snapshot")),
                        RoleName.TIMESTAMP, List.of(TestKey.of("stranger")));
        resign(signed -> signed, signed -> signed, signed -> signed, stranger);
        assertRefused(RegistryFault.UNKNOWN_KEY);
    }

    @Test
    void signatureThatDoesNotVerify_missesTheThreshold() throws IOException {
        JsonObject file = read(site.metadata("timestamp.json"));
        JsonObject signature =
                (JsonObject) file.array("signatures").orElseThrow().values().getFirst();
        JsonObject forged = with(signature, "sig", new JsonString("00".repeat(64)));
        Files.write(
                site.metadata("timestamp.json"),
                CanonicalJson.encode(with(file, "signatures", JsonArray.of(forged))));
        assertRefused(RegistryFault.THRESHOLD);
    }

    @Test
    void newRootSignedByOneOfTwo_missesTheThreshold() throws IOException {
        RootMetadata next =
                new RootMetadata(
                        2,
                        site.clock.instant().plus(Duration.ofDays(90)),
                        Site.roles("targets", "snapshot", "timestamp"),
                        List.of());
        Files.write(
                site.metadata("2.root.json"),
                SignedMetadata.sign(next.json(), List.of(TestKey.of("root-1"))).bytes());
        assertRefused(RegistryFault.THRESHOLD);
    }

    @Test
    void oneKeySigningTwice_isMalformed() throws IOException {
        JsonObject file = read(site.metadata("timestamp.json"));
        JsonValue signature = file.array("signatures").orElseThrow().values().getFirst();
        Files.write(
                site.metadata("timestamp.json"),
                CanonicalJson.encode(with(file, "signatures", JsonArray.of(signature, signature))));
        assertRefused(RegistryFault.MALFORMED);
    }

    @Test
    void rootUnderTheWrongVersion_isAGap() throws IOException {
        RootMetadata next =
                new RootMetadata(
                        3,
                        site.clock.instant().plus(Duration.ofDays(90)),
                        Site.roles("targets", "snapshot", "timestamp"),
                        List.of());
        Files.write(
                site.metadata("2.root.json"),
                SignedMetadata.sign(
                                next.json(), List.of(TestKey.of("root-1"), TestKey.of("root-2")))
                        .bytes());
        assertRefused(RegistryFault.ROOT_GAP);
    }

    @Test
    void hugeMetadata_isOversize() throws IOException {
        Files.write(site.metadata("timestamp.json"), new byte[Limits.TIMESTAMP_BYTES_MAX + 1]);
        assertRefused(RegistryFault.OVERSIZE);
    }

    @Test
    void targetNameThatLeavesTheFolder_isAPath() throws IOException {
        for (String name :
                List.of("../state.json", "a/b", "/etc/passwd", "..", "A.gz", ".hidden")) {
            resign(signed -> {
                JsonObject targets = signed.object("targets").orElseThrow();
                JsonValue file = targets.get("index.gz").orElseThrow();
                return with(signed, "targets", with(targets, name, file));
            });
            assertRefused(RegistryFault.PATH);
        }
    }

    @Test
    void linkInPlaceOfMetadata_isNotFollowed() throws IOException {
        Path real = folder.resolve("elsewhere.json");
        Files.move(site.metadata("timestamp.json"), real);
        Files.createSymbolicLink(site.metadata("timestamp.json"), real);
        Throwable refusal =
                catchThrowableOfType(
                        OperatorException.class, () -> mirror.importFrom(site.publisherFolder));
        assertThat(refusal).isNotNull();
        assertThat(mirror.status().number()).isEqualTo(1);
    }

    @Test
    @Timeout(60)
    void pipeInPlaceOfAFile_isRefusedAndNotWaitedFor() throws Exception {
        Path file = site.metadata("timestamp.json");
        Files.delete(file);
        assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor()).isZero();
        Throwable refusal =
                catchThrowableOfType(
                        OperatorException.class, () -> mirror.importFrom(site.publisherFolder));
        assertThat(refusal).hasMessageContaining("links and special files are refused");
        assertThat(mirror.status().number()).isEqualTo(1);
    }

    @Test
    void bombBehindARightLengthAndDigest_isABomb() throws IOException {
        byte[] zeros = new byte[8 << 20];
        Arrays.fill(zeros, (byte) 'x');
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(unpacked(DOCUMENTS));
            out.write(zeros);
        }
        long honest = unpacked(DOCUMENTS).length;
        replaceTarget(DOCUMENTS, packed.toByteArray(), honest, zeros);
        assertRefused(RegistryFault.BOMB);
    }

    @Test
    void noGzip_isMalformed() throws IOException {
        byte[] plain = unpacked(DOCUMENTS);
        replaceTarget(DOCUMENTS, plain, plain.length, plain);
        assertRefused(RegistryFault.MALFORMED);
    }

    @Test
    void lessThanPromisedInside_isTruncated() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(unpacked(DOCUMENTS));
        }
        byte[] bytes = packed.toByteArray();
        replaceTarget(DOCUMENTS, bytes, unpacked(DOCUMENTS).length + 1L, bytes);
        assertRefused(RegistryFault.TRUNCATED);
    }

    private List<byte[]> leaves() throws IOException {
        byte[] index = unpacked("index.gz");
        List<byte[]> leaves = new ArrayList<>();
        for (int at = 0; at < index.length; at += 73) {
            leaves.add(Arrays.copyOfRange(index, at, at + 73));
        }
        return leaves;
    }

    private static byte[] join(List<byte[]> parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        parts.forEach(out::writeBytes);
        return out.toByteArray();
    }

    private List<String> lines() throws IOException {
        return new String(unpacked(DOCUMENTS), StandardCharsets.UTF_8).lines().toList();
    }

    private static byte[] text(List<String> lines) {
        return (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void leavesOutOfOrder_areUnsorted() throws IOException {
        List<byte[]> leaves = leaves();
        Collections.swap(leaves, 1, 2);
        replaceTarget("index.gz", join(leaves));
        assertRefused(RegistryFault.UNSORTED);
    }

    @Test
    void twoLeavesOfOneDid_areADuplicate() throws IOException {
        List<byte[]> leaves = leaves();
        leaves.add(2, leaves.get(1));
        replaceTarget("index.gz", join(leaves));
        assertRefused(RegistryFault.DUPLICATE_DID);
    }

    @Test
    void twoFilesOfOneDid_areRefusedByThePublisher() throws IOException {
        Files.write(site.documents.resolve("again.json"), site.family.scout.bytes());
        RegistryException refusal = catchThrowableOfType(RegistryException.class, site::issue);
        assertThat(refusal.fault()).isEqualTo(RegistryFault.DUPLICATE_DID);
    }

    @Test
    void otherRootThanTheLeavesMake_isATree() throws IOException {
        resign(signed -> {
            JsonObject targets = signed.object("targets").orElseThrow();
            JsonObject index = targets.object("index.gz").orElseThrow();
            JsonObject custom = index.object("custom").orElseThrow();
            JsonObject map =
                    with(
                            custom.object("map").orElseThrow(),
                            "tree_root",
                            new JsonString("ab".repeat(32)));
            return with(
                    signed,
                    "targets",
                    with(targets, "index.gz", with(index, "custom", with(custom, "map", map))));
        });
        assertRefused(RegistryFault.TREE);
    }

    @Test
    void documentsInAnotherOrderThanLeaves_areRefused() throws IOException {
        List<String> lines = new ArrayList<>(lines());
        Collections.swap(lines, 0, 1);
        replaceTarget(DOCUMENTS, text(lines));
        assertRefused(RegistryFault.LEAF);
    }

    @Test
    void oneDocumentMoreOrLessThanLeaves_isRefused() throws IOException {
        List<String> lines = lines();
        replaceTarget(DOCUMENTS, text(lines.subList(0, 3)));
        assertRefused(RegistryFault.LEAF);
        List<String> more = new ArrayList<>(lines);
        more.add(lines.getLast());
        replaceTarget(DOCUMENTS, text(more));
        assertRefused(RegistryFault.LEAF);
    }

    @Test
    void documentWhoseSignatureDoesNotVerify_isRefusedByName() throws IOException {
        OasDocument scout = site.family.scout;
        JsonObject forged = with(scout.json(), "name", new JsonString("somebody else"));
        List<String> lines = new ArrayList<>(lines());
        lines.replaceAll(line ->
                line.contains("\"id\":\"" + scout.did() + "\"")
                        ? CanonicalJson.text(forged)
                        : line);
        replaceTarget(DOCUMENTS, text(lines));
        assertRefused(RegistryFault.DOCUMENT);
    }

    @Test
    void documentInAnotherSpelling_isRefused() throws IOException {
        List<String> lines = new ArrayList<>(lines());
        lines.set(0, lines.getFirst().replaceFirst("\\{", "{ "));
        replaceTarget(DOCUMENTS, text(lines));
        assertRefused(RegistryFault.DOCUMENT);
    }

    @Test
    void revocationOfAStranger_isRefused() throws IOException {
        String line =
                "{\"did\":\"did:oas:acme:agent:nobody\",\"sequence\":1,"
                        + "\"since\":\"2026-01-20T00:00:00Z\",\"status\":\"revoked\"}\n";
        replaceTarget("revocations.gz", line.getBytes(StandardCharsets.UTF_8));
        assertRefused(RegistryFault.LEAF);
    }

    @Test
    void leafThatIgnoresARevocation_isRefused() throws IOException {
        String line =
                "{\"did\":\""
                        + site.family.scout.did()
                        + "\",\"sequence\":1,"
                        + "\"since\":\"2026-01-20T00:00:00Z\",\"status\":\"revoked\"}\n";
        replaceTarget("revocations.gz", line.getBytes(StandardCharsets.UTF_8));
        assertRefused(RegistryFault.LEAF);
    }

    @Test
    void clockBeforeTheFloor_isRefused() {
        site.clock.advance(Duration.ofDays(-1));
        assertRefused(RegistryFault.CLOCK_BEHIND);
    }

    @Test
    void issueFarAhead_isRefusedUntilTheClockIsSet() throws IOException {
        site.clock.advance(Duration.ofDays(3));
        site.issue();
        site.clock.advance(Duration.ofDays(-2));
        assertRefused(RegistryFault.ISSUED_IN_FUTURE);
        assertThat(mirror.timeFloor()).isEqualTo(Family.NOW);
        site.clock.advance(Duration.ofHours(25));
        assertThat(mirror.importFrom(site.publisherFolder).changed()).isTrue();
    }

    /**
     * A publisher whose folder was lost begins anew under the same keys: numbers rise, history not.
     */
    private Site otherHistory(int issuesBefore) throws IOException {
        Site other = new Site(Files.createDirectory(folder.resolve("other")));
        for (int i = 0; i < issuesBefore; i++) {
            other.issue();
        }
        return other;
    }

    @Test
    void didThatIsGone_hasVanished() throws IOException {
        Site other = otherHistory(0);
        Files.delete(other.fileOf(other.family.helper));
        other.issue();
        other.issue();
        assertRefused(RegistryFault.VANISHED, other.publisherFolder);
    }

    @Test
    void documentWithALowerSequence_isRolledBack() throws IOException {
        OasDocument second =
                DocumentBuilder.next(site.family.helper, Family.NOW)
                        .sign(site.family.helperKey, Family.NOW);
        site.put(second);
        site.issue();
        mirror.importFrom(site.publisherFolder);
        Site other = otherHistory(4);
        RegistryException refusal =
                catchThrowableOfType(
                        RegistryException.class, () -> mirror.importFrom(other.publisherFolder));
        assertThat(refusal.fault()).isEqualTo(RegistryFault.ROLLED_BACK);
        assertThat(refusal).hasMessageContaining(second.did().text());
    }

    @Test
    void anotherDocumentUnderOneSequence_isEquivocation() throws IOException {
        Site other = otherHistory(0);
        other.put(
                Family.builder(EntityKind.AGENT, other.family.helperKey)
                        .createdBy(other.family.scout, other.family.scoutKey, Family.BORN)
                        .name("another")
                        .sign(other.family.helperKey, Family.BORN));
        other.issue();
        other.issue();
        assertRefused(RegistryFault.EQUIVOCATION, other.publisherFolder);
    }

    @Test
    void deactivationTakenBack_isUndone() throws IOException {
        site.put(
                DocumentBuilder.next(site.family.helper, Family.NOW)
                        .deactivated()
                        .sign(site.family.helperKey, Family.NOW));
        site.issue();
        mirror.importFrom(site.publisherFolder);
        Site other = otherHistory(4);
        other.put(
                DocumentBuilder.next(other.family.helper, Family.NOW)
                        .sequence(3)
                        .sign(other.family.helperKey, Family.NOW));
        other.issue();
        RegistryException refusal =
                catchThrowableOfType(
                        RegistryException.class, () -> mirror.importFrom(other.publisherFolder));
        assertThat(refusal.fault()).isEqualTo(RegistryFault.STATUS_UNDONE);
    }

    private void revokeHelper() throws IOException {
        site.issueRevoking(
                "[{\"did\":\""
                        + site.family.helper.did()
                        + "\",\"status\":\"revoked\","
                        + "\"since\":\"2026-01-20T00:00:00Z\",\"sequence\":1}]");
        mirror.importFrom(site.publisherFolder);
    }

    @Test
    void revocationLeftOut_isNotForgotten() throws IOException {
        revokeHelper();
        Site other = otherHistory(5);
        RegistryException refusal =
                catchThrowableOfType(
                        RegistryException.class, () -> mirror.importFrom(other.publisherFolder));
        assertThat(refusal.fault()).isEqualTo(RegistryFault.STATUS_UNDONE);
        assertThat(mirror.resolve(site.family.helper.did()).orElseThrow().status())
                .isEqualTo(EntityStatus.REVOKED);
    }

    @Test
    void revocationDroppedWhileTheDocumentSaysRevoked_isDropped() throws IOException {
        revokeHelper();
        Site other = otherHistory(5);
        other.put(
                DocumentBuilder.next(other.family.helper, Family.NOW)
                        .revoked(Family.NOW)
                        .sign(other.family.helperKey, Family.NOW));
        for (OasDocument revoked : List.of(other.family.scout, other.family.acme)) {
            other.issueRevoking(
                    "[{\"did\":\""
                            + revoked.did()
                            + "\",\"status\":\"revoked\","
                            + "\"since\":\"2026-01-20T00:00:00Z\",\"sequence\":1}]");
        }
        RegistryException refusal =
                catchThrowableOfType(
                        RegistryException.class, () -> mirror.importFrom(other.publisherFolder));
        assertThat(refusal.fault()).isEqualTo(RegistryFault.REVOCATION_DROPPED);
    }

    @Test
    void revocationLiftedByTheRoot_isLifted() throws IOException {
        revokeHelper();
        site.publisher.signRoot(
                new RootMetadata(
                        2,
                        site.clock.instant().plus(Duration.ofDays(90)),
                        Site.roles("targets", "snapshot", "timestamp"),
                        List.of(new RootMetadata.Lift(site.family.helper.did(), 2))),
                List.of(TestKey.of("root-1"), TestKey.of("root-2")));
        site.issue();
        mirror.importFrom(site.publisherFolder);
        assertThat(mirror.resolve(site.family.helper.did()).orElseThrow().status())
                .isEqualTo(EntityStatus.ACTIVE);
    }

    @Test
    void rolesWithNewKeys_resetTheirFloors() throws IOException {
        // A thief signs version 1000 with all three online keys; the root then takes them away.
        Site thief = otherHistory(0);
        thief.issue();
        for (int i = 0; i < 5; i++) {
            thief.issue();
        }
        mirror.importFrom(thief.publisherFolder);
        assertThat(mirror.status().number()).isEqualTo(6);

        site.publisher.signRoot(
                new RootMetadata(
                        2,
                        site.clock.instant().plus(Duration.ofDays(90)),
                        Site.roles("targets-b", "snapshot-b", "timestamp-b"),
                        List.of()),
                List.of(TestKey.of("root-1"), TestKey.of("root-2")));
        Map<RoleName, List<SigningKey>> fresh =
                Map.of(
                        RoleName.TARGETS, List.of(TestKey.of("targets-b")),
                        RoleName.SNAPSHOT, List.of(TestKey.of("snapshot-b")),
                        RoleName.TIMESTAMP, List.of(TestKey.of("timestamp-b")));
        site.publisher.issue(
                new RegistryPublisher.IssueOrder(
                        site.documents,
                        Optional.empty(),
                        fresh,
                        RegistryPublisher.VALIDITY_DEFAULT));
        mirror.importFrom(site.publisherFolder);
        assertThat(mirror.status().number()).isEqualTo(3);
        assertThat(mirror.status().rootVersion()).isEqualTo(2);
    }
}
