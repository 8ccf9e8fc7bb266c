package dev.mapsovereign.database;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.h2.mvstore.FileStore;
import org.h2.mvstore.MVStoreException;

/**
 * Copies the file of an embedded database while it is worked with.
 *
 * <p>As H2's own backup, it keeps H2 from overwriting anything meanwhile, so that the file only
 * grows; H2's own then reads to an end that others move away from it, and never arrives where they
 * write as fast as it reads. This one stops where the file ended when it began.
 */
final class H2Copy {
    /** The two headers, of which each is one block of 4 KiB; they name what lies behind them. */
    private static final int HEADER_BYTES = 8192;

    private static final int PIECE_BYTES = 1 << 16;

    /** The last chunk may be on its way to the disk; that takes no longer than one write. */
    private static final Duration WRITE_MAX = Duration.ofSeconds(30);

    private static final Duration PAUSE = Duration.ofMillis(5);

    private H2Copy() {}

    /**
     * Writes a zip archive with that one file.
     *
     * @param out stays open
     * @throws MVStoreException if the file cannot be read
     */
    static void write(FileStore<?> store, OutputStream out) throws IOException {
        boolean before = store.isSpaceReused();
        store.setReuseSpace(false);
        try {
            ZipOutputStream zip = new ZipOutputStream(out);
            String name = store.getFileName();
            zip.putNextEntry(new ZipEntry(name.substring(name.lastIndexOf('/') + 1)));
            WritableByteChannel channel = Channels.newChannel(zip);
            channel.write(read(store, 0, HEADER_BYTES));
            // Taken after the headers: what they name lies before it.
            long end = store.size();
            for (long at = HEADER_BYTES; at < end; at += PIECE_BYTES) {
                channel.write(read(store, at, (int) Math.min(PIECE_BYTES, end - at)));
            }
            zip.closeEntry();
            zip.finish();
        } finally {
            store.setReuseSpace(before);
        }
    }

    private static ByteBuffer read(FileStore<?> store, long at, int length) {
        long until = System.nanoTime() + WRITE_MAX.toNanos();
        while (true) {
            try {
                return store.readFully(null, at, length);
            } catch (MVStoreException e) {
                // H2 counts a chunk to the file's size before it has written it.
                if (System.nanoTime() - until > 0) {
                    throw e;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }
}
