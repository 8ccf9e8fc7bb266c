package dev.mapsovereign.node.service;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Sends datagrams to a Unix socket, as sd_notify(3) does: Java has Unix sockets for streams only,
 * so the C library's {@code socket}, {@code sendto} and {@code close} are called.
 *
 * <p>A message that the other side takes in is one datagram, and sending it waits for nothing but
 * room in its queue. Safe for use by several threads.
 */
final class NotifySocket implements AutoCloseable {
    private static final int AF_UNIX = 1;

    /** {@code SOCK_DGRAM | SOCK_CLOEXEC} of Linux on x86-64. */
    private static final int DATAGRAM_CLOEXEC = 2 | 0x80000;

    /** {@code MSG_NOSIGNAL}. */
    private static final int WITHOUT_SIGNAL = 0x4000;

    private static final int FAMILY_BYTES = 2;

    /** {@code sun_path} of unix(7), with the zero at its end. */
    private static final int PATH_BYTES_MAX = 108;

    private final MethodHandle sendto;
    private final MethodHandle close;
    private final byte[] address;
    private final int descriptor;

    /** Covers {@code open}: a descriptor that is closed may be somebody else's by then. */
    private final ReentrantLock sending = new ReentrantLock();

    private boolean open = true;

    private NotifySocket(MethodHandle sendto, MethodHandle close, byte[] address, int descriptor) {
        this.sendto = sendto;
        this.close = close;
        this.address = address;
        this.descriptor = descriptor;
    }

    /**
     * A socket that sends to that address.
     *
     * @param target an absolute path, or {@code @} and a name in the abstract space
     * @throws IOException if it is neither, or native calls cannot be made here
     */
    @SuppressWarnings("restricted")
    static NotifySocket to(String target) throws IOException {
        byte[] address = address(target);
        try {
            Linker linker = Linker.nativeLinker();
            SymbolLookup library = linker.defaultLookup();
            MethodHandle socket =
                    linker.downcallHandle(
                            library.findOrThrow("socket"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT));
            MethodHandle sendto =
                    linker.downcallHandle(
                            library.findOrThrow("sendto"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_INT));
            MethodHandle close =
                    linker.downcallHandle(
                            library.findOrThrow("close"),
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            int descriptor = (int) socket.invokeExact(AF_UNIX, DATAGRAM_CLOEXEC, 0);
            if (descriptor < 0) {
                throw new IOException("no Unix datagram socket can be made");
            }
            return new NotifySocket(sendto, close, address, descriptor);
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException("the C library cannot be called", e);
        }
    }

    /** {@code sockaddr_un}: the family in the machine's order, then the path. */
    private static byte[] address(String target) throws IOException {
        byte[] path = target.getBytes(StandardCharsets.UTF_8);
        boolean named = target.startsWith("/");
        boolean abstractName = target.startsWith("@") && path.length > 1;
        if ((!named && !abstractName) || path.length >= PATH_BYTES_MAX) {
            throw new IOException("no address of a Unix socket: '" + target + "'");
        }
        if (abstractName) {
            path[0] = 0;
        }
        byte[] address = new byte[FAMILY_BYTES + path.length + (named ? 1 : 0)];
        address[0] = AF_UNIX;
        System.arraycopy(path, 0, address, FAMILY_BYTES, path.length);
        return address;
    }

    /**
     * Sends one datagram; nothing after {@link #close}.
     *
     * @throws IOException if nobody has that address, or the message is too large
     */
    void send(String message) throws IOException {
        sending.lock();
        try {
            if (open) {
                sendDatagram(message);
            }
        } finally {
            sending.unlock();
        }
    }

    private void sendDatagram(String message) throws IOException {
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        long sent;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment content = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            MemorySegment to = arena.allocateFrom(ValueLayout.JAVA_BYTE, address);
            sent =
                    (long)
                            sendto.invokeExact(
                                    descriptor,
                                    content,
                                    (long) bytes.length,
                                    WITHOUT_SIGNAL,
                                    to,
                                    address.length);
        } catch (Throwable e) {
            throw new IOException("the C library cannot be called", e);
        }
        if (sent != bytes.length) {
            throw new IOException("nobody took the message at " + shown());
        }
    }

    private String shown() {
        byte[] path = Arrays.copyOfRange(address, FAMILY_BYTES, address.length);
        return new String(path, StandardCharsets.UTF_8).replace('\0', '@');
    }

    @Override
    public void close() {
        sending.lock();
        try {
            if (!open) {
                return;
            }
            open = false;
            int result = (int) close.invokeExact(descriptor);
            if (result != 0) {
                throw new IllegalStateException("a descriptor of ours was closed twice");
            }
        } catch (Throwable e) {
            throw new IllegalStateException("the socket cannot be closed", e);
        } finally {
            sending.unlock();
        }
    }
}
