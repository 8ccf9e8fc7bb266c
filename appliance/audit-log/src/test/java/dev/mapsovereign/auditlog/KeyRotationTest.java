package dev.mapsovereign.auditlog;

import static dev.mapsovereign.auditlog.TestLog.ACME;
import static dev.mapsovereign.auditlog.TestLog.BOLT;
import static dev.mapsovereign.auditlog.TestLog.append;
import static dev.mapsovereign.auditlog.TestLog.config;
import static dev.mapsovereign.auditlog.TestLog.copy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditlog.record.KeyEpochs;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.VerifierKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys change by size, without a gap, and no crash spoils it. */
class KeyRotationTest {
    private static final TenantId LATE = TenantId.of("late");
    private static final TenantId EMPTY = TenantId.of("empty");

    @TempDir Path folder;

    private final Secret first = config(Path.of("any")).logSeed();
    private final Secret second = seed(2);
    private final Secret third = seed(3);

    private static Secret seed(int word) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) word);
        return Secret.copyOf(bytes);
    }

    private static AuditLog open(Path folder, Secret seed) {
        return AuditLog.open(TestLog.with(config(folder), seed));
    }

    private static AuditLog open(Path folder, Secret seed, Secret other) {
        return AuditLog.open(TestLog.with(config(folder), seed), other);
    }

    private AuditLog filled(Path at) {
        AuditLog log = TestLog.open(config(at));
        log.createTenant(EMPTY);
        TestLog.appendAtOnce(log, ACME, 300);
        append(log, BOLT, 2);
        return log;
    }

    @Test
    void rotate_threeTimesInARow_eachLogTurnsAtItsOwnSize() {
        try (AuditLog log = filled(folder)) {
            VerifierKey nodeKey = log.nodeKey();
            log.publishCheckpoint(ACME);
            log.rotateKeys(second, step -> {});
            LogCheck.check(log);
            assertThat(log.nodeKey()).isNotEqualTo(nodeKey);
            assertThat(log.keyEpoch()).isEqualTo(1);
            log.createTenant(LATE);
            append(log, LATE, 1);
            append(log, ACME, 5);
            log.rotateKeys(third, step -> {});
            LogCheck.check(log);
            // With nothing between: a rotation checkpoint directly follows another.
            log.rotateKeys(seed(4), step -> {});
            LogCheck.check(log);
            assertThat(sizes(log.keyEpochs(ACME))).startsWith(0L, 301L).hasSize(4);
            assertThat(sizes(log.keyEpochs(EMPTY))).containsExactly(0L, 1L, 2L, 3L);
            assertThat(sizes(log.keyEpochs(LATE))).containsExactly(0L, 1L, 3L);
        }
        try (AuditLog log = open(folder, seed(4))) {
            LogCheck.check(log);
            append(log, ACME, 1);
            LogCheck.check(log);
            assertThat(log.keyEpoch()).isEqualTo(3);
        }
    }

    private static List<Long> sizes(KeyEpochs epochs) {
        return epochs.epochs().stream().map(KeyEpochs.Epoch::fromSize).toList();
    }

    @Test
    void rotate_underLoad_appendsGoOnAndNoCheckpointHasAWrongSignature() throws Exception {
        AuditLogConfig fast =
                config(folder).withTimes(Duration.ofMillis(1), Duration.ofSeconds(60));
        List<SignedNote> seen = new ArrayList<>();
        try (AuditLog log = TestLog.open(fast)) {
            append(log, ACME, 1);
            append(log, BOLT, 1);
            AtomicBoolean over = new AtomicBoolean();
            List<Thread> threads = new ArrayList<>();
            for (TenantId tenant : List.of(ACME, BOLT, ACME, BOLT)) {
                threads.add(
                        Thread.ofVirtual()
                                .start(() -> {
                                    while (!over.get()) {
                                        append(log, tenant, 1);
                                    }
                                }));
            }
            threads.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                while (!over.get()) {
                                    for (TenantId tenant : List.of(ACME, BOLT, TenantId.NODE)) {
                                        seen.add(log.checkpoint(tenant));
                                    }
                                }
                            }));
            for (Secret next : List.of(second, third, seed(4))) {
                long before = log.head(ACME).size();
                log.rotateKeys(next, step -> {});
                while (log.head(ACME).size() < before + 50) {
                    TestLog.breathe();
                }
            }
            over.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            LogCheck.check(log);
            requireRightSignatures(log, seen);
        }
    }

    /** Exactly the keys in force at its size, and at a rotation those before as well. */
    private static void requireRightSignatures(AuditLog log, List<SignedNote> notes) {
        assertThat(notes).isNotEmpty();
        for (SignedNote note : notes.stream().distinct().toList()) {
            Checkpoint checkpoint = Checkpoint.parse(note.text());
            String origin = checkpoint.origin();
            TenantId tenant =
                    log.tenants().stream()
                            .filter(each -> log.origin(each).equals(origin))
                            .findFirst()
                            .orElseThrow();
            List<KeyEpochs.Epoch> epochs = log.keyEpochs(tenant).epochs();
            int at = (int) epochs.stream().filter(e -> e.fromSize() <= checkpoint.size()).count();
            List<VerifierKey> due = epochs.get(at - 1).keys();
            assertThat(due).allMatch(key -> note.verifies(key, Ed25519.jdk()));
            assertThat(note.signatures().size()).isIn(2, 4);
            if (note.signatures().size() == 4) {
                assertThat(epochs.get(at - 2).keys())
                        .allMatch(key -> note.verifies(key, Ed25519.jdk()));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(RotationStep.class)
    void rotate_crashAfterEachStep_goesOnWhereItStopped(RotationStep at) {
        Path image = crashImage(at);
        try (AuditLog log = open(image, first, second)) {
            LogCheck.Checked checked = LogCheck.check(log);
            assertThat(log.keyEpoch()).isEqualTo(1);
            assertThat(log.use(second)).isEqualTo(SeedUse.CURRENT);
            assertThat(log.use(first)).isEqualTo(SeedUse.NONE);
            for (TenantId tenant : log.tenants()) {
                long own = rotated(checked.of(tenant));
                assertThat(own).isEqualTo(tenant.isNode() ? log.tenants().size() : 1);
            }
        }
        // The order of the files does not matter, nor does it need the old one any more.
        try (AuditLog log = open(image, second)) {
            append(log, ACME, 1);
            LogCheck.check(log);
        }
        try (AuditLog log = open(image, first)) {
            assertThat(log.status().unavailable().orElse("")).contains("another log seed");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = RotationStep.class,
            names = {"PLANNED", "RECORDED", "NODE_TURNED", "LOGS_RECORDED"})
    void open_rotationUnderWayWithOneSeed_failsClosed(RotationStep at) {
        Path image = crashImage(at);
        for (Secret seed : List.of(first, second, third)) {
            try (AuditLog log = open(image, seed)) {
                assertThat(log.status().unavailable().orElse("")).contains("another log seed");
                assertThatThrownBy(() -> append(log, ACME, 1))
                        .isInstanceOf(AuditUnavailableException.class);
                assertThatThrownBy(() -> log.use(second))
                        .isInstanceOf(AuditUnavailableException.class);
            }
        }
        try (AuditLog log = open(image, second, first)) {
            LogCheck.check(log);
        }
    }

    private Path crashImage(RotationStep at) {
        return image(crashImages(), at);
    }

    private static Path image(Map<RotationStep, Path> images, RotationStep at) {
        return Objects.requireNonNull(images.get(at));
    }

    /** The folder as a crash right after each step leaves it. */
    private Map<RotationStep, Path> crashImages() {
        Path live = folder.resolve("live");
        Map<RotationStep, Path> images = new EnumMap<>(RotationStep.class);
        try (AuditLog log = filled(live)) {
            log.publishCheckpoint(ACME);
            log.publishCheckpoint(TenantId.NODE);
            log.rotateKeys(
                    second, step -> images.put(step, copy(live, folder.resolve("image-" + step))));
        }
        assertThat(images).hasSize(RotationStep.values().length);
        return images;
    }

    private static long rotated(List<AuditRecord> records) {
        return records.stream().filter(r -> r.eventType().equals("KeyRotated")).count();
    }

    @Test
    void open_rotationCheckpointKeptButNotPublished_publishesThatOne() throws IOException {
        Map<RotationStep, Path> images = crashImages();
        Path image = image(images, RotationStep.LOGS_RECORDED);
        // As if the crash had come between keeping acme's note and publishing it.
        Path kept = Path.of("logs", "acme", "kept");
        Path note = only(image(images, RotationStep.TURNED).resolve(kept));
        Files.createDirectories(image.resolve(kept));
        Path copied = image.resolve(kept).resolve(note.getFileName().toString());
        Files.copy(note, copied);
        byte[] before = Files.readAllBytes(copied);
        try (AuditLog log = open(image, first, second)) {
            assertThat(log.publishCheckpoint(ACME).bytes()).isEqualTo(before);
            LogCheck.check(log);
        }
        assertThat(Files.readAllBytes(copied)).isEqualTo(before);
    }

    private static Path only(Path in) throws IOException {
        try (Stream<Path> files = Files.list(in)) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return all.getFirst();
        }
    }

    @Test
    void open_rotationCheckpointWithoutTheOldKeysLines_failsClosed() throws IOException {
        Path image = crashImage(RotationStep.TURNED);
        Path file = only(image.resolve("logs").resolve("acme").resolve("kept"));
        SignedNote note = SignedNote.parse(Files.readAllBytes(file));
        Files.write(file, new SignedNote(note.text(), note.signatures().subList(2, 4)).bytes());
        try (AuditLog log = open(image, second)) {
            assertThat(log.status().unavailable().orElse("")).contains("not signed by both keys");
        }
    }

    @Test
    void open_planChangedOrGone_failsClosed() throws IOException {
        Path image = crashImage(RotationStep.TURNED);
        Path plan = image.resolve("log-keys").resolve("1");
        byte[] good = Files.readAllBytes(plan);
        Files.write(plan, new byte[] {'{', '}'});
        try (AuditLog log = open(image, second)) {
            assertThat(log.status().unavailable().orElse("")).contains("no key rotation");
        }
        Files.delete(plan);
        try (AuditLog log = open(image, second)) {
            assertThat(log.status().unavailable().orElse("")).contains("another log seed");
        }
        Files.write(plan, good);
        try (AuditLog log = open(image, second)) {
            LogCheck.check(log);
        }
    }

    @Test
    void keep_exportedRotationCheckpointWithFewerLines_losesNone() {
        try (AuditLog log = filled(folder)) {
            log.rotateKeys(second, step -> {});
            SignedNote both = log.checkpoint(ACME);
            assertThat(both.signatures()).hasSize(4);
            log.keep(ACME, new SignedNote(both.text(), both.signatures().subList(2, 4)));
            assertThat(log.kept(ACME)).containsExactly(both);
        }
    }

    @Test
    void open_secondSeedThatNothingKnows_isNoUse() {
        try (AuditLog log = filled(folder)) {
            assertThat(log.use(second)).isEqualTo(SeedUse.NONE);
        }
        try (AuditLog log = open(folder, first, second)) {
            LogCheck.check(log);
            assertThat(log.use(first)).isEqualTo(SeedUse.CURRENT);
            assertThat(log.use(second)).isEqualTo(SeedUse.NONE);
        }
    }
}
