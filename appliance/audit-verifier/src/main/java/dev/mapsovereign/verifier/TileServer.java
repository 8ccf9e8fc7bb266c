package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleFolder;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;

/**
 * Serves the checkpoints and tiles below a folder to tile readers on this machine, as C2SP
 * tlog-tiles lays them out: GET and HEAD, HTTP/1.1, loopback only, nothing else. It verifies
 * nothing; that is the reader's to do.
 *
 * <p>The JDK's own small server is not in this program's image, whose point is to be little.
 */
final class TileServer implements AutoCloseable {
    private static final Pattern NAME =
            Pattern.compile(
                    "(?:(?:_node|[a-z0-9][a-z0-9_-]{0,31})/)?"
                            + "(?:checkpoint|tile/(?:entries|[0-9]{1,2})/(?:x[0-9]{3}/){0,6}[0-9]{3}"
                            + "(?:\\.p/[0-9]{1,3})?)");

    private final Path folder;
    private final ServerSocket socket;
    private final Semaphore connections = new Semaphore(Limits.CONNECTIONS_MAX);

    /**
     * @param folder of one log, or of several, each in a folder of its tenant's name
     * @param port 0 for a free one
     */
    TileServer(Path folder, int port) throws IOException {
        this.folder = folder;
        socket = new ServerSocket();
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** Where it listens. */
    String url() {
        return "http://127.0.0.1:" + socket.getLocalPort() + "/";
    }

    /** Serves until {@link #close}. */
    void serve() throws IOException {
        while (!socket.isClosed()) {
            Socket client;
            try {
                client = socket.accept();
            } catch (IOException e) {
                if (socket.isClosed()) {
                    return;
                }
                throw e;
            }
            if (connections.tryAcquire()) {
                Thread.ofVirtual().start(() -> talk(client));
            } else {
                client.close();
            }
        }
    }

    private void talk(Socket client) {
        try (client) {
            client.setSoTimeout(Limits.REQUEST_MILLIS_MAX);
            InputStream in = new BufferedInputStream(client.getInputStream());
            OutputStream out = new BufferedOutputStream(client.getOutputStream());
            BundleFolder files = new BundleFolder(folder);
            while (answer(in, out, files)) {
                out.flush();
            }
            out.flush();
        } catch (IOException e) {
            // The other side went away or was too slow; there is nobody left to tell.
            return;
        } finally {
            connections.release();
        }
    }

    /** Answers one request; false if it was the connection's last. */
    private static boolean answer(InputStream in, OutputStream out, BundleFolder files)
            throws IOException {
        Optional<String> first = line(in);
        if (first.isEmpty()) {
            return false;
        }
        boolean last = false;
        for (int headers = 0; ; headers++) {
            String header = line(in).orElse("");
            if (header.isEmpty()) {
                break;
            }
            String lower = header.toLowerCase(Locale.ROOT);
            last |= lower.startsWith("connection:") && lower.contains("close");
            // A request with a body is none of ours, and its body would read as the next request.
            boolean body =
                    lower.startsWith("content-length:") || lower.startsWith("transfer-encoding:");
            if (body || headers > Limits.REQUEST_HEADERS_MAX) {
                status(out, "400 Bad Request");
                return false;
            }
        }
        String[] parts = first.get().split(" ", -1);
        if (parts.length != 3 || !parts[2].startsWith("HTTP/1.")) {
            status(out, "400 Bad Request");
            return false;
        }
        boolean head = parts[0].equals("HEAD");
        if (!head && !parts[0].equals("GET")) {
            status(out, "405 Method Not Allowed");
            return false;
        }
        file(out, files, parts[1], head);
        return !last && parts[2].equals("HTTP/1.1");
    }

    private static void file(OutputStream out, BundleFolder files, String target, boolean head)
            throws IOException {
        String name = target.startsWith("/") ? target.substring(1) : target;
        if (!NAME.matcher(name).matches()) {
            status(out, "404 Not Found");
            return;
        }
        byte[] content;
        try {
            content = files.read(name, Limits.ENTRY_BUNDLE_BYTES_MAX);
        } catch (IOException e) {
            status(out, "404 Not Found");
            return;
        }
        boolean checkpoint = name.endsWith("checkpoint");
        header(
                out,
                "200 OK",
                checkpoint ? "text/plain; charset=utf-8" : "application/octet-stream",
                checkpoint ? "no-cache" : "max-age=31536000, immutable",
                content.length);
        if (!head) {
            out.write(content);
        }
    }

    private static void status(OutputStream out, String status) throws IOException {
        header(out, status, "text/plain; charset=utf-8", "no-store", 0);
    }

    private static void header(
            OutputStream out, String status, String type, String cache, int length)
            throws IOException {
        out.write(
                "HTTP/1.1 %s\r\nContent-Type: %s\r\nCache-Control: %s\r\nContent-Length: %d\r\n\r\n"
                        .formatted(status, type, cache, length)
                        .getBytes(StandardCharsets.US_ASCII));
    }

    /** A line without its end; empty at the end of the connection. */
    private static Optional<String> line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        int c = in.read();
        if (c < 0) {
            return Optional.empty();
        }
        for (; c >= 0 && c != '\n'; c = in.read()) {
            if (line.length() == Limits.REQUEST_LINE_LENGTH_MAX) {
                throw new IOException("a line too long");
            }
            line.append((char) c);
        }
        int length = line.length();
        if (length > 0 && line.charAt(length - 1) == '\r') {
            line.setLength(length - 1);
        }
        return Optional.of(line.toString());
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
