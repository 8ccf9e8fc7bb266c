package dev.mapsovereign.system;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.mapsovereign.base.tls.TlsFiles;
import dev.mapsovereign.base.tls.TrustSet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/**
 * A remote process of an external protocol: HTTPS with a certificate of the site, for callers with
 * a certificate of the site, in a mood that the test chooses.
 */
final class RemoteEndpoint implements AutoCloseable {
    /** How it behaves. */
    enum Mood {
        WELL,
        /** Answers 500. */
        FAILING,
        /** Does not answer. */
        HANGING,
        /** Answers after a while. */
        SLOW
    }

    static final int SLOW_MILLIS = 300;

    final AtomicReference<Mood> mood = new AtomicReference<>(Mood.WELL);
    final AtomicInteger calls = new AtomicInteger();
    private final SSLContext context;
    private final int port;
    private final AtomicReference<CountDownLatch> hanging =
            new AtomicReference<>(new CountDownLatch(1));
    private Optional<HttpsServer> server = Optional.empty();

    /**
     * @param files where its certificate and key lie
     * @param root whose clients it serves
     */
    RemoteEndpoint(Path files, Path root) throws Exception {
        TlsFiles own = TlsFiles.read(files.resolve("fullchain.pem"), files.resolve("privkey.pem"));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, new char[0]);
        store.setKeyEntry(
                "own", own.key(), new char[0], own.chain().toArray(X509Certificate[]::new));
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, new char[0]);
        context = SSLContext.getInstance("TLSv1.3");
        context.init(
                keys.getKeyManagers(), TrustSet.read(root, Optional.empty()).trustManagers(), null);
        port = start(0);
    }

    String authority() {
        return "127.0.0.1:" + port;
    }

    /** Listens again, where it listened before. */
    void restart() throws IOException {
        start(port);
    }

    private int start(int at) throws IOException {
        HttpsServer started =
                HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), at), 0);
        started.setHttpsConfigurator(
                new HttpsConfigurator(context) {
                    @Override
                    public void configure(HttpsParameters parameters) {
                        SSLParameters wanted = context.getDefaultSSLParameters();
                        wanted.setNeedClientAuth(true);
                        parameters.setSSLParameters(wanted);
                    }
                });
        started.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        started.createContext("/health", exchange -> answer(exchange, 200, ""));
        started.createContext("/v1/dispatch", this::dispatch);
        started.start();
        server = Optional.of(started);
        return started.getAddress().getPort();
    }

    private void dispatch(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        calls.incrementAndGet();
        try {
            switch (mood.get()) {
                case WELL -> answer(exchange, 200, "{\"data\":{\"port\":" + port + "}}");
                case FAILING -> answer(exchange, 500, "{\"code\":\"internal\"}");
                case SLOW -> {
                    Thread.sleep(SLOW_MILLIS);
                    answer(exchange, 200, "{\"data\":{\"port\":" + port + "}}");
                }
                case HANGING -> {
                    hanging.get().await();
                    exchange.close();
                }
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            exchange.close();
        }
    }

    private static void answer(HttpExchange exchange, int status, String content)
            throws IOException {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /** In another mood from now on; what hung is let go. */
    void becomes(Mood other) {
        mood.set(other);
        hanging.getAndSet(new CountDownLatch(1)).countDown();
    }

    @Override
    public void close() {
        hanging.get().countDown();
        server.ifPresent(running -> running.stop(0));
        server = Optional.empty();
    }
}
