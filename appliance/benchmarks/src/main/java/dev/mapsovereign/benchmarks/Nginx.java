package dev.mapsovereign.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The peer: nginx with two workers, as a server of a constant and as a plain proxy to one. */
final class Nginx {
    private static final int WORKERS = 2;

    private Nginx() {}

    /** Starts one that answers everything with {@code bytes} bytes of JSON. */
    static ServerProcess constant(Path folder, int port, int bytes) throws IOException {
        String content = "{\"data\":{\"text\":\"" + "x".repeat(bytes - 20) + "\"}}";
        return start(
                Envelope.NONE,
                folder,
                "server { listen 127.0.0.1:%d; location / { default_type application/json; return 200 '%s'; } }"
                        .formatted(port, content));
    }

    /**
     * Starts one that hands everything on over kept connections.
     *
     * @param tls what stands behind {@code listen}, and the certificate: empty for plain HTTP
     */
    static ServerProcess proxy(Envelope envelope, Path folder, int port, int upstream, String tls)
            throws IOException {
        return start(
                envelope,
                folder,
                """
                upstream constant { server 127.0.0.1:%d; keepalive 64; keepalive_requests 1000000000; }
                server {
                    listen 127.0.0.1:%d%s;
                    location / {
                        proxy_pass http://constant;
                        proxy_http_version 1.1;
                        proxy_set_header Connection "";
                    }
                }
                """
                        .formatted(upstream, port, tls));
    }

    private static ServerProcess start(Envelope envelope, Path folder, String servers)
            throws IOException {
        Files.createDirectories(folder);
        Path configuration = folder.resolve("nginx.conf");
        Files.writeString(
                configuration,
                String.format(
                        Locale.ROOT,
                        """
                        daemon off;
                        worker_processes %d;
                        pid %s/pid;
                        error_log stderr warn;
                        events { worker_connections 10240; }
                        http {
                            access_log off;
                            client_body_temp_path %2$s/body;
                            proxy_temp_path %2$s/proxy;
                            fastcgi_temp_path %2$s/fastcgi;
                            uwsgi_temp_path %2$s/uwsgi;
                            scgi_temp_path %2$s/scgi;
                            keepalive_requests 1000000000;
                            %3$s
                        }
                        """,
                        WORKERS,
                        folder,
                        servers));
        return ServerProcess.start(
                envelope,
                folder.resolve("log"),
                List.of("nginx", "-e", "stderr", "-c", configuration.toString()));
    }
}
