package dev.mapsovereign.auditlog.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.testing.ManualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies beside the log: encrypted, found by their call, gone when their time is over. */
class PayloadStoreTest {
    private static final TenantId ACME = TenantId.of("acme");
    private static final TenantId BOLT = TenantId.of("bolt");
    private static final String HMAC = "ab".repeat(32);
    private static final String OTHER = "cd".repeat(32);

    @TempDir Path folder;

    private final ManualClock clock = new ManualClock(Instant.parse("2026-11-28T12:00:00Z"));
    private final Secret seed = Secret.copyOf(new byte[32]);
    private final ConcurrentLinkedQueue<SortedMap<String, Long>> losses =
            new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Long> sweeps = new ConcurrentLinkedQueue<>();

    private final PayloadEvents events =
            new PayloadEvents() {
                @Override
                public void lost(SortedMap<String, Long> reasons) {
                    losses.add(reasons);
                }

                @Override
                public void swept(long files, long bytes) {
                    sweeps.add(files);
                }
            };

    private PayloadConfig config() {
        return new PayloadConfig(folder, 3, 1 << 20);
    }

    /** Opens, keeps, closes: then all of it is on the disk. */
    private void keep(PayloadConfig config, TenantId tenant, CorrelationId call, byte[]... all) {
        try (PayloadStore store = PayloadStore.open(config, seed, clock, events)) {
            for (int i = 0; i < all.length; i++) {
                store.offer(tenant, call, i == 0 ? HMAC : OTHER, all[i]);
            }
        }
    }

    private List<Payload> read(TenantId tenant, CorrelationId call) throws IOException {
        return PayloadStore.read(config(), seed, tenant, call);
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder.resolve("payloads"))) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void offer_bothBodiesOfACall_areReadBackAndNothingIsInClear() throws IOException {
        CorrelationId call = CorrelationId.random();
        keep(config(), ACME, call, text("a question of Alice"), text("an answer to Alice"));

        List<Payload> found = read(ACME, call);
        assertThat(found).extracting(Payload::hmac).containsExactlyInAnyOrder(HMAC, OTHER);
        for (Payload each : found) {
            assertThat(each.content())
                    .isEqualTo(
                            each.hmac().equals(HMAC)
                                    ? text("a question of Alice")
                                    : text("an answer to Alice"));
        }
        assertThat(read(BOLT, call)).isEmpty();
        assertThat(read(ACME, CorrelationId.random())).isEmpty();
        assertThat(files()).hasSize(2);
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.filter(path -> !path.equals(folder)).toList()) {
                boolean file = Files.isRegularFile(each);
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
                        .isEqualTo(file ? "rw-------" : "rwx------");
                if (file) {
                    assertThat(Files.readString(each, StandardCharsets.ISO_8859_1))
                            .doesNotContain("Alice");
                }
            }
        }
        assertThat(losses).isEmpty();
    }

    @Test
    void offer_sameBodyTwice_isKeptOnce() throws IOException {
        CorrelationId call = CorrelationId.random();
        try (PayloadStore store = PayloadStore.open(config(), seed, clock, events)) {
            store.offer(ACME, call, HMAC, text("one"));
            store.offer(ACME, call, HMAC, text("one"));
        }
        assertThat(files()).hasSize(1);
    }

    @Test
    void read_flippedBitAnywhere_isTampering() throws IOException {
        CorrelationId call = CorrelationId.random();
        keep(config(), ACME, call, text("body"));
        Path file = files().getFirst();
        byte[] good = Files.readAllBytes(file);
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= 4;
            Files.write(file, bad);
            assertThatThrownBy(() -> read(ACME, call))
                    .as("byte %d", at)
                    .isInstanceOf(PayloadDamageException.class);
        }
        Files.write(file, java.util.Arrays.copyOf(good, 10));
        assertThatThrownBy(() -> read(ACME, call)).isInstanceOf(PayloadDamageException.class);
    }

    @Test
    void read_fileMovedToAnotherCall_isTampering() throws IOException {
        CorrelationId call = CorrelationId.random();
        keep(config(), ACME, call, text("body"));
        Path file = files().getFirst();
        Path moved = file.resolveSibling(call + "." + OTHER);
        Files.move(file, moved);
        assertThatThrownBy(() -> read(ACME, call)).isInstanceOf(PayloadDamageException.class);
    }

    @Test
    void read_otherSeed_isRefused() throws IOException {
        CorrelationId call = CorrelationId.random();
        keep(config(), ACME, call, text("body"));
        try (Secret other = Secret.copyOf(new byte[] {1})) {
            assertThatThrownBy(() -> PayloadStore.read(config(), other, ACME, call))
                    .isInstanceOf(PayloadDamageException.class);
        }
    }

    @Test
    void read_keyDestroyed_isGoneForGood() throws IOException {
        CorrelationId call = CorrelationId.random();
        keep(config(), ACME, call, text("body"));
        Files.delete(folder.resolve("payload-keys").resolve("acme").resolve("2026-11"));
        assertThatThrownBy(() -> read(ACME, call))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("its key was destroyed");
    }

    @Test
    void sweep_daysOver_removesThemAndTheMonthsKey() throws IOException {
        CorrelationId first = CorrelationId.random();
        keep(config(), ACME, first, text("november"));
        clock.advance(Duration.ofDays(2));
        CorrelationId second = CorrelationId.random();
        keep(config(), ACME, second, text("end of november"));
        assertThat(read(ACME, first)).hasSize(1);
        clock.advance(Duration.ofDays(1));
        CorrelationId third = CorrelationId.random();
        keep(config(), ACME, third, text("december"));
        assertThat(read(ACME, first)).isEmpty();
        assertThat(read(ACME, second)).hasSize(1);
        Path keys = folder.resolve("payload-keys").resolve("acme");
        assertThat(keys.resolve("2026-11")).exists();
        clock.advance(Duration.ofDays(2));
        keep(config(), ACME, CorrelationId.random(), text("later"));
        assertThat(read(ACME, second)).isEmpty();
        assertThat(read(ACME, third)).hasSize(1);
        assertThat(keys.resolve("2026-11")).doesNotExist();
        assertThat(keys.resolve("2026-12")).exists();
        assertThat(sweeps).containsExactly(1L, 1L);
    }

    @Test
    void sweep_tooManyBytes_removesTheOldestDaysFirst() throws IOException {
        PayloadConfig small = new PayloadConfig(folder, 100, 10_000);
        CorrelationId first = CorrelationId.random();
        CorrelationId second = CorrelationId.random();
        CorrelationId third = CorrelationId.random();
        keep(small, ACME, first, new byte[4_000]);
        clock.advance(Duration.ofDays(1));
        keep(small, BOLT, second, new byte[4_000]);
        clock.advance(Duration.ofDays(1));
        keep(small, ACME, third, new byte[3_000]);
        assertThat(read(ACME, first)).isEmpty();
        assertThat(read(BOLT, second)).hasSize(1);
        assertThat(read(ACME, third)).hasSize(1);
        assertThat(sweeps).containsExactly(1L);
        assertThat(losses).isEmpty();
    }

    @Test
    void offer_todayAloneIsTooMuch_isLostAndTold() throws IOException {
        PayloadConfig small = new PayloadConfig(folder, 100, 5_000);
        CorrelationId call = CorrelationId.random();
        keep(small, ACME, call, new byte[4_000], new byte[4_000]);
        assertThat(read(ACME, call)).hasSize(1);
        assertThat(told()).containsExactly(Map.entry("store full", 1L));
    }

    @Test
    void offer_moreThanTheQueueHolds_isLostNotWaitedFor() {
        try (PayloadStore store = PayloadStore.open(config(), seed, clock, events)) {
            byte[] large = new byte[Limits.PAYLOAD_BYTES_MAX];
            for (int i = 0; i < 20; i++) {
                store.offer(ACME, CorrelationId.random(), HMAC, large);
            }
            store.offer(ACME, CorrelationId.random(), HMAC, new byte[large.length + 1]);
            assertThat(store.status().lost()).containsEntry("too large", 1L);
        }
        assertThat(told().keySet()).contains("too large");
        assertThat(told().values().stream().mapToLong(n -> n).sum()).isEqualTo(21);
    }

    @Test
    void offer_folderThatCannotBeWritten_isLostAndTold() throws IOException {
        Files.writeString(folder.resolve("payloads"), "a file where a folder has to be");
        CorrelationId call = CorrelationId.random();
        keep(config(), ACME, call, text("body"));
        assertThat(told()).hasSize(1);
        assertThat(told().firstKey()).startsWith("could not be written");
    }

    private SortedMap<String, Long> told() {
        SortedMap<String, Long> all = new TreeMap<>();
        new ArrayList<>(losses)
                .forEach(each -> each.forEach((reason, n) -> all.merge(reason, n, Long::sum)));
        return all;
    }
}
