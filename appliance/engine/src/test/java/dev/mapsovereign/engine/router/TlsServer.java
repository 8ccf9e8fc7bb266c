package dev.mapsovereign.engine.router;

import dev.mapsovereign.base.tls.TlsFiles;
import dev.mapsovereign.base.tls.TrustSet;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/** A TLS server on loopback that answers each request with what its client showed. */
final class TlsServer implements Closeable {
    /** When its sessions were made; one that is resumed keeps its time. */
    final Set<Long> sessions = ConcurrentHashMap.newKeySet();

    final AtomicInteger requests = new AtomicInteger();
    final AtomicInteger connections = new AtomicInteger();

    /** While above zero, an answer waits for it. */
    final AtomicReference<CountDownLatch> hold = new AtomicReference<>(new CountDownLatch(0));

    /** Whether it closes a connection after each answer. */
    volatile boolean closing;

    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final SSLServerSocket listening;

    /**
     * @param clients whose certificates it demands; empty: nobody's
     * @param protocol {@code TLSv1.3}, or an older one
     */
    TlsServer(TlsFiles files, Optional<TrustSet> clients, String protocol) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                keyManagers(files),
                clients.map(TrustSet::trustManagers).orElse(new TrustManager[0]),
                null);
        listening =
                (SSLServerSocket)
                        context.getServerSocketFactory()
                                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        listening.setEnabledProtocols(new String[] {protocol});
        listening.setNeedClientAuth(clients.isPresent());
        Thread.ofVirtual().start(this::accept);
    }

    /** Certificate and key as a profile of the authority has them installed. */
    static TlsFiles files(Path folder) {
        return TlsFiles.read(folder.resolve("fullchain.pem"), folder.resolve("privkey.pem"));
    }

    private static KeyManager[] keyManagers(TlsFiles files) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, new char[0]);
        store.setKeyEntry(
                "server", files.key(), new char[0], files.chain().toArray(X509Certificate[]::new));
        KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
        managers.init(store, new char[0]);
        return managers.getKeyManagers();
    }

    int port() {
        return listening.getLocalPort();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                SSLSocket socket = (SSLSocket) listening.accept();
                connections.incrementAndGet();
                open.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(SSLSocket socket) {
        try (socket) {
            while (readRequest(socket.getInputStream())) {
                requests.incrementAndGet();
                sessions.add(socket.getSession().getCreationTime());
                hold.get().await();
                String shown =
                        listening.getNeedClientAuth()
                                ? ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                                        .getSerialNumber()
                                        .toString(16)
                                : "nobody";
                socket.getOutputStream()
                        .write(
                                ("HTTP/1.1 200 OK\r\nContent-Length: "
                                                + shown.length()
                                                + (closing ? "\r\nConnection: close" : "")
                                                + "\r\n\r\n"
                                                + shown)
                                        .getBytes(StandardCharsets.US_ASCII));
                if (closing) {
                    return;
                }
            }
        } catch (IOException | InterruptedException gone) {
            // The client hung up, or was refused; that is what some tests want.
        }
    }

    /** Reads one request without content; false at the connection's end. */
    private static boolean readRequest(InputStream in) throws IOException {
        int matched = 0;
        while (matched < 4) {
            int next = in.read();
            if (next < 0) {
                return false;
            }
            matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        hold.get().countDown();
        listening.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
