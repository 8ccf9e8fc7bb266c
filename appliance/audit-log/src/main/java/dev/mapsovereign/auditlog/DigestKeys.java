package dev.mapsovereign.auditlog;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Hmac;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;

/**
 * The keys behind {@code input_hmac} and {@code output_hmac}: a record proves which bytes a call
 * carried without holding them, and without letting anybody try out guesses.
 *
 * <p>One random key K for each tenant and month (UTC, when the call is digested), in a file of its
 * own. A digest is HMAC-SHA-256 under k = HMAC-SHA-256(K, {@code map-digest/v1\n<correlation_id>}):
 * disclosing one k opens one record and no other, and destroying K takes away for good what the
 * digests of that month could reveal.
 *
 * <p>Files: {@code <folder>/<tenant>/<yyyy-mm>}, 32 bytes of K and their CRC-32C (big-endian), mode
 * 0600. Nothing else would ever show that a bit of K has changed: digests would go on being made,
 * and no disclosure would open the records from before. Safe for use by several threads; a key that
 * exists is never replaced.
 */
public final class DigestKeys implements AutoCloseable {
    private static final int KEY_BYTES = 32;
    private static final int FILE_BYTES = KEY_BYTES + Integer.BYTES;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path folder;
    private final Clock clock;
    private final ConcurrentMap<Period, Secret> keys = new ConcurrentHashMap<>();

    /** Covers the making of key files. */
    private final ReentrantLock making = new ReentrantLock();

    private record Period(TenantId tenant, YearMonth month) {}

    private DigestKeys(Path folder, Clock clock) {
        this.folder = folder;
        this.clock = clock;
    }

    /** Keys below {@code folder}, which is made when the first key is. */
    public static DigestKeys open(Path folder, Clock clock) {
        return new DigestKeys(folder, clock);
    }

    /**
     * The digest of {@code content} for one call's record, lower-case hex.
     *
     * @throws OperatorException if this month's key can be neither read nor made
     */
    public String hmac(TenantId tenant, CorrelationId correlationId, byte[] content) {
        byte[] label = ("map-digest/v1\n" + correlationId).getBytes(StandardCharsets.US_ASCII);
        byte[] recordKey = current(tenant).use(key -> Hmac.sha256(key, label));
        try {
            return Hex.encode(Hmac.sha256(recordKey, content));
        } finally {
            Arrays.fill(recordKey, (byte) 0);
        }
    }

    private Secret current(TenantId tenant) {
        Period period = new Period(tenant, YearMonth.from(clock.instant().atZone(ZoneOffset.UTC)));
        Secret known = keys.get(period);
        return known == null ? load(period) : known;
    }

    private Secret load(Period period) {
        making.lock();
        try {
            Secret known = keys.get(period);
            if (known != null) {
                return known;
            }
            Path file = folder.resolve(period.tenant().value()).resolve(period.month().toString());
            if (!Files.exists(file)) {
                make(file);
            }
            try (Secret content = Secret.readFile(file)) {
                Secret key = key(content);
                keys.put(period, key);
                return key;
            }
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "couldn't use the digest key of "
                            + period.tenant().value()
                            + " for "
                            + period.month()
                            + ": "
                            + e.getMessage(),
                    e);
        } finally {
            making.unlock();
        }
    }

    private static Secret key(Secret content) throws IOException {
        if (content.length() != FILE_BYTES) {
            throw new IOException("it has " + content.length() + " bytes instead of " + FILE_BYTES);
        }
        boolean whole =
                content.use(
                        bytes -> ByteBuffer.wrap(bytes).getInt(KEY_BYTES) == (int) checksum(bytes));
        if (!whole) {
            throw new IOException("its checksum says that it was changed: take it from a backup");
        }
        return content.use(bytes -> {
            byte[] key = Arrays.copyOf(bytes, KEY_BYTES);
            try {
                return Secret.copyOf(key);
            } finally {
                Arrays.fill(key, (byte) 0);
            }
        });
    }

    private static long checksum(byte[] content) {
        CRC32C checksum = new CRC32C();
        checksum.update(content, 0, KEY_BYTES);
        return checksum.getValue();
    }

    private void make(Path file) throws IOException {
        byte[] random = new byte[FILE_BYTES];
        RANDOM.nextBytes(random);
        ByteBuffer.wrap(random).putInt(KEY_BYTES, (int) checksum(random));
        try {
            DurableFiles.createDirectories(folder, Mode.PRIVATE);
            DurableFiles.createDirectories(
                    folder.resolve(String.valueOf(file.getName(file.getNameCount() - 2))),
                    Mode.PRIVATE);
            DurableFiles.writeNew(file, random, Mode.PRIVATE);
        } catch (FileAlreadyExistsException e) {
            // Another process made it in between; its key is the one that counts.
        } finally {
            Arrays.fill(random, (byte) 0);
        }
    }

    /** Wipes the keys from memory; the files stay. */
    @Override
    public void close() {
        keys.values().forEach(Secret::close);
        keys.clear();
    }
}
