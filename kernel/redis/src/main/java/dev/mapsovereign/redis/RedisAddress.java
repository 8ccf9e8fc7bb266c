package dev.mapsovereign.redis;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a Redis server listens. */
public sealed interface RedisAddress {
    /** The port where an address names none. */
    int PORT_DEFAULT = 6379;

    /**
     * A port.
     *
     * @param host name or address; an IPv6 address in brackets
     * @param tls whether it speaks TLS
     */
    record Tcp(String host, int port, boolean tls) implements RedisAddress {
        /** The host as a resolver takes it. */
        String bareHost() {
            return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        }

        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /** A Unix socket. */
    record Unix(Path path) implements RedisAddress {
        @Override
        public String toString() {
            return "unix:" + path;
        }
    }

    /**
     * An address with what else its text says.
     *
     * @param database number of the database
     */
    record Reading(
            RedisAddress address, int database, Optional<String> user, Optional<String> password) {}

    /**
     * Reads {@code redis://[user[:password]@]host[:port][/database]}, the same with {@code
     * rediss:}, or {@code unix:/path[?db=database]}.
     *
     * @throws IllegalArgumentException naming the rule that is broken, quoting nothing of the text,
     *     which may hold a password
     */
    static Reading read(String url) {
        return url.startsWith("unix:") ? readUnix(url.substring(5)) : readTcp(url);
    }

    private static Reading readUnix(String rest) {
        int query = rest.indexOf('?');
        String path = query < 0 ? rest : rest.substring(0, query);
        int database = 0;
        if (query >= 0) {
            Matcher number = Pattern.compile("db=([0-9]{1,7})").matcher(rest.substring(query + 1));
            if (!number.matches()) {
                throw new IllegalArgumentException("after a socket's path only ?db=NUMBER follows");
            }
            database = database(number.group(1));
        }
        if (!path.startsWith("/") || path.getBytes(StandardCharsets.UTF_8).length > 107) {
            throw new IllegalArgumentException(
                    "a socket's path is absolute and has at most 107 bytes");
        }
        return new Reading(new Unix(Path.of(path)), database, Optional.empty(), Optional.empty());
    }

    private static Reading readTcp(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("not an address redis://host:port/database");
        }
        boolean tls = "rediss".equals(uri.getScheme());
        if (!tls && !"redis".equals(uri.getScheme())) {
            throw new IllegalArgumentException("must begin with redis:, rediss: or unix:");
        }
        String host = uri.getHost();
        if (host == null || uri.getPort() > 65_535 || uri.getPort() == 0) {
            throw new IllegalArgumentException("needs a host, and a port of 1 to 65535 if any");
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("has nothing after the database's number");
        }
        String path = uri.getRawPath();
        int database = path.isEmpty() || path.equals("/") ? 0 : database(path.substring(1));
        Optional<String> userInfo = Optional.ofNullable(uri.getRawUserInfo());
        return new Reading(
                new Tcp(host, uri.getPort() < 0 ? PORT_DEFAULT : uri.getPort(), tls),
                database,
                userInfo.map(text -> decoded(text.split(":", 2)[0]))
                        .filter(text -> !text.isEmpty()),
                userInfo.filter(text -> text.contains(":"))
                        .map(text -> decoded(text.split(":", 2)[1])));
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static int database(String text) {
        if (!text.matches("[0-9]{1,7}") || Integer.parseInt(text) > Limits.DATABASE_MAX) {
            throw new IllegalArgumentException("the database is a number from 0");
        }
        return Integer.parseInt(text);
    }
}
