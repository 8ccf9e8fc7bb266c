package dev.mapsovereign.gateway.tls;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Large buffers that a connection needs only while it writes or receives a large record, shared
 * among all connections. Any thread.
 */
final class BufferPool {
    private final ConcurrentLinkedDeque<ByteBuffer> free = new ConcurrentLinkedDeque<>();
    private final AtomicInteger kept = new AtomicInteger();
    private final int bytes;
    private final int keptMax;

    /**
     * A pool of buffers of one size.
     *
     * @param keptMax how many unused buffers are kept
     */
    BufferPool(int bytes, int keptMax) {
        this.bytes = bytes;
        this.keptMax = keptMax;
    }

    /** A buffer, empty. */
    ByteBuffer take() {
        ByteBuffer buffer = free.pollFirst();
        if (buffer == null) {
            return ByteBuffer.allocate(bytes);
        }
        kept.decrementAndGet();
        return buffer.clear();
    }

    /** Gives one back; its bytes are the next one's to overwrite. */
    void give(ByteBuffer buffer) {
        if (kept.incrementAndGet() > keptMax) {
            kept.decrementAndGet();
            return;
        }
        free.addFirst(buffer);
    }
}
