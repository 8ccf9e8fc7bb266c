package dev.mapsovereign.auditlog;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.TenantId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A process that appends from several threads and rotates the log keys again and again until it is
 * killed. Seeds lie in a folder as files {@code 0}, {@code 1}, … of one byte each, which is what
 * all 32 bytes of the seed are; the file of a seed that is not needed any more is deleted.
 */
public final class RotatingProcess {
    private RotatingProcess() {}

    /**
     * @param arguments the audit folder, the folder of the seeds
     */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Path seeds = Path.of(arguments[1]);
        AuditLog log = open(folder, seeds);
        log.createTenant(TestLog.ACME);
        log.createTenant(TestLog.BOLT);
        System.out.println("ready");
        System.out.flush();
        for (TenantId tenant : List.of(TestLog.ACME, TestLog.BOLT, TestLog.ACME)) {
            Thread.ofVirtual()
                    .start(() -> {
                        while (true) {
                            TestLog.append(log, tenant, 1);
                        }
                    });
        }
        for (int next = newest(seeds) + 1; next < 100; next++) {
            Files.write(seeds.resolve(Integer.toString(next)), new byte[] {(byte) next});
            log.rotateKeys(seed(next), step -> {});
            Files.delete(seeds.resolve(Integer.toString(next - 1)));
            System.out.println("rotated");
            System.out.flush();
        }
        Thread.sleep(Duration.ofMinutes(5));
    }

    /** Opens with what there is of seeds, and removes the one that is of no use. */
    static AuditLog open(Path folder, Path seeds) throws java.io.IOException {
        int newest = newest(seeds);
        Path before = seeds.resolve(Integer.toString(newest - 1));
        AuditLogConfig config =
                TestLog.with(
                        TestLog.config(folder)
                                .withTimes(Duration.ofMillis(5), Duration.ofSeconds(60)),
                        seed(newest));
        if (!Files.exists(before)) {
            return AuditLog.open(config);
        }
        AuditLog log = AuditLog.open(TestLog.with(config, seed(newest - 1)), seed(newest));
        switch (log.use(seed(newest))) {
            case CURRENT -> Files.delete(before);
            case NONE -> Files.delete(seeds.resolve(Integer.toString(newest)));
            case INCOMING, OUTGOING -> throw new IllegalStateException("it did not end");
        }
        return log;
    }

    static int newest(Path seeds) {
        for (int seed = 99; seed > 0; seed--) {
            if (Files.exists(seeds.resolve(Integer.toString(seed)))) {
                return seed;
            }
        }
        return 0;
    }

    static Secret seed(int word) {
        byte[] bytes = new byte[32];
        java.util.Arrays.fill(bytes, (byte) word);
        return Secret.copyOf(bytes);
    }
}
