package dev.mapsovereign.auditlog.payload;

import dev.mapsovereign.base.crypto.Hkdf;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.identity.TenantId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.YearMonth;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One random key for each tenant and month, in a file of its own, sealed under a key that follows
 * from the site's payload key. Destroying one file takes what it sealed.
 */
final class PayloadKeys implements AutoCloseable {
    private static final int KEY_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path folder;
    private final Secret sealing;
    private final Map<String, Secret> keys = new ConcurrentHashMap<>();

    PayloadKeys(Path folder, Secret payloadSeed) {
        this.folder = folder;
        byte[] key =
                payloadSeed.use(seed ->
                        Hkdf.sha256(
                                seed,
                                new byte[0],
                                "map/payload-keys/v1".getBytes(StandardCharsets.US_ASCII),
                                KEY_BYTES));
        this.sealing = Secret.copyOf(key);
        Arrays.fill(key, (byte) 0);
    }

    /**
     * The key of a month, which is made if there is none.
     *
     * @throws PayloadDamageException if it was not sealed here, or was changed
     */
    synchronized Secret forWriting(TenantId tenant, YearMonth month) throws IOException {
        Path file = file(tenant, month);
        if (!Files.exists(file)) {
            keys.remove(label(tenant, month));
            byte[] key = new byte[KEY_BYTES];
            RANDOM.nextBytes(key);
            try {
                DurableFiles.createDirectories(folder, Mode.PRIVATE);
                DurableFiles.createDirectories(folder.resolve(tenant.value()), Mode.PRIVATE);
                byte[] sealed = sealing.use(s -> Sealed.seal(s, key, label(tenant, month)));
                DurableFiles.writeNew(file, sealed, Mode.PRIVATE);
            } finally {
                Arrays.fill(key, (byte) 0);
            }
        }
        return forReading(tenant, month);
    }

    /**
     * The key of a month.
     *
     * @throws java.nio.file.NoSuchFileException if there is none any more
     * @throws PayloadDamageException if it was not sealed here, or was changed
     */
    synchronized Secret forReading(TenantId tenant, YearMonth month) throws IOException {
        String label = label(tenant, month);
        Secret known = keys.get(label);
        Path file = file(tenant, month);
        if (known != null && Files.exists(file)) {
            return known;
        }
        byte[] sealed = Files.readAllBytes(file);
        byte[] key = Sealed.opened(sealing, sealed, label, file);
        Secret opened = Secret.copyOf(key);
        Arrays.fill(key, (byte) 0);
        keys.put(label, opened);
        return opened;
    }

    /** Overwrites and removes the key of a month; what it sealed is gone with it. */
    synchronized void destroy(TenantId tenant, YearMonth month) throws IOException {
        Path file = file(tenant, month);
        Secret known = keys.remove(label(tenant, month));
        if (known != null) {
            known.close();
        }
        if (!Files.exists(file)) {
            return;
        }
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            ByteBuffer zeros = ByteBuffer.allocate(Math.toIntExact(channel.size()));
            while (zeros.hasRemaining()) {
                channel.write(zeros);
            }
            channel.force(true);
        }
        DurableFiles.delete(file);
    }

    private Path file(TenantId tenant, YearMonth month) {
        return folder.resolve(tenant.value()).resolve(month.toString());
    }

    private static String label(TenantId tenant, YearMonth month) {
        return "map-payload-key/v1\n" + tenant + "\n" + month;
    }

    @Override
    public synchronized void close() {
        sealing.close();
        keys.values().forEach(Secret::close);
        keys.clear();
    }
}
