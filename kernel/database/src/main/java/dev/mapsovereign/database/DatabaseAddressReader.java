package dev.mapsovereign.database;

import dev.mapsovereign.database.DatabaseAddress.H2File;
import dev.mapsovereign.database.DatabaseAddress.H2Memory;
import dev.mapsovereign.database.DatabaseAddress.Host;
import dev.mapsovereign.database.DatabaseAddress.PostgresServer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads {@code postgres://user:password@host:port/database?sslmode=…}, {@code jdbc:postgresql:…},
 * {@code h2:PATH} and {@code jdbc:h2:…} by one strict rule each.
 *
 * <p>Drivers read their addresses leniently and print what they could not read, password included.
 * So they never get to see ours: it is taken apart here, only known parameters pass, and no message
 * quotes any part of an address that was not understood.
 */
final class DatabaseAddressReader {
    /** An address and what it said about the login. */
    record Reading(DatabaseAddress address, Optional<String> user, Optional<String> password) {}

    /**
     * The parameters that pass to the driver, by libpq's or the driver's spelling. None names a
     * class to load, a file to log to or a command to run.
     */
    static final Map<String, String> PARAMETERS =
            Map.of(
                    "sslmode", "sslmode",
                    "sslrootcert", "sslrootcert",
                    "sslcert", "sslcert",
                    "sslkey", "sslkey",
                    "channel_binding", "channelBinding",
                    "channelBinding", "channelBinding",
                    "application_name", "ApplicationName",
                    "ApplicationName", "ApplicationName",
                    "currentSchema", "currentSchema");

    private static final int PORT_DEFAULT = 5432;
    private static final int PORT_MAX = 65535;
    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9._-]{1,253}");
    private static final Pattern IPV6 = Pattern.compile("(?=.*:)[0-9A-Fa-f:.]{2,45}");
    private static final Pattern PROTOCOL = Pattern.compile("[a-zA-Z]{2,}:");
    private static final Pattern MEMORY_NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final String ENCODE_HINT =
            "; characters such as / @ : ? # in a user name or password are written %XX, or better,"
                    + " the password is given by file";

    private DatabaseAddressReader() {}

    /**
     * Reads one address.
     *
     * @throws IllegalArgumentException with a text that quotes nothing of the address
     */
    static Reading read(String url) {
        if (url.isBlank() || url.length() > Limits.URL_LENGTH_MAX) {
            throw refused("is empty or longer than " + Limits.URL_LENGTH_MAX + " characters");
        }
        if (url.startsWith("jdbc:h2:")) {
            return readH2(url.substring("jdbc:h2:".length()));
        }
        if (url.startsWith("h2:")) {
            String path = url.substring("h2:".length());
            if (PROTOCOL.matcher(path).lookingAt()) {
                throw refused("names an H2 protocol behind h2:, which takes a path; see jdbc:h2:");
            }
            return new Reading(h2File(path), none(), none());
        }
        String postgres = url.startsWith("jdbc:") ? url.substring("jdbc:".length()) : url;
        for (String scheme : List.of("postgres:", "postgresql:")) {
            if (postgres.startsWith(scheme)) {
                return readPostgres(postgres.substring(scheme.length()));
            }
        }
        throw refused("begins with none of postgres://, jdbc:postgresql:, jdbc:h2:, h2:");
    }

    private static Reading readH2(String rest) {
        if (rest.startsWith("mem:")) {
            String name = rest.substring("mem:".length());
            if (!MEMORY_NAME.matcher(name).matches()) {
                throw refused("names a database in memory that is not [A-Za-z0-9_-]{1,64}");
            }
            return new Reading(new H2Memory(name), none(), none());
        }
        String path = rest.startsWith("file:") ? rest.substring("file:".length()) : rest;
        if (PROTOCOL.matcher(path).lookingAt()) {
            throw refused("names an H2 protocol other than file: and mem:");
        }
        return new Reading(h2File(path), none(), none());
    }

    private static H2File h2File(String path) {
        if (path.isEmpty() || path.contains(";")) {
            // Behind a semicolon H2 takes settings, one of which runs scripts.
            throw refused("has no path behind h2:, or one with a semicolon");
        }
        String plain = path.endsWith(".mv.db") ? path.substring(0, path.length() - 6) : path;
        try {
            return new H2File(Path.of(plain));
        } catch (InvalidPathException e) {
            throw refused("has a path behind h2: that cannot be one");
        }
    }

    private static Reading readPostgres(String rest) {
        if (rest.indexOf('#') >= 0) {
            throw refused("holds a #" + ENCODE_HINT);
        }
        int mark = rest.indexOf('?');
        Map<String, String> query =
                mark < 0 ? Map.of() : new LinkedHashMap<>(readQuery(rest.substring(mark + 1)));
        String place = mark < 0 ? rest : rest.substring(0, mark);
        String authority = "";
        String database = place;
        if (place.startsWith("//")) {
            int slash = place.indexOf('/', 2);
            authority = slash < 0 ? place.substring(2) : place.substring(2, slash);
            database = slash < 0 ? "" : place.substring(slash + 1);
        }
        Login login = readLogin(authority, query);
        database = readDatabase(database, login);
        return new Reading(
                new PostgresServer(readHosts(login.rest()), database, parameters(query)),
                login.user(),
                login.password());
    }

    /** What stands before the last @, and what is left. */
    private record Login(Optional<String> user, Optional<String> password, String rest) {}

    private static Login readLogin(String authority, Map<String, String> query) {
        int at = authority.lastIndexOf('@');
        String userinfo = at < 0 ? "" : authority.substring(0, at);
        if (userinfo.indexOf('@') >= 0) {
            throw refused("has two @ before its host" + ENCODE_HINT);
        }
        int colon = userinfo.indexOf(':');
        Optional<String> user = present(colon < 0 ? userinfo : userinfo.substring(0, colon));
        Optional<String> password = colon < 0 ? none() : present(userinfo.substring(colon + 1));
        return new Login(
                user.or(() -> present(query.getOrDefault("user", ""))),
                password.or(() -> present(query.getOrDefault("password", ""))),
                authority.substring(at + 1));
    }

    private static Optional<String> present(String encoded) {
        return encoded.isEmpty() ? none() : Optional.of(percentDecode(encoded));
    }

    private static String readDatabase(String encoded, Login login) {
        if (encoded.indexOf('@') >= 0 || encoded.indexOf('/') >= 0 || encoded.indexOf(':') >= 0) {
            throw refused("holds /, @ or : where the database's name stands" + ENCODE_HINT);
        }
        if (!encoded.isEmpty()) {
            return percentDecode(encoded);
        }
        return login.user().orElseThrow(() -> refused("names neither a database nor a user"));
    }

    private static List<Host> readHosts(String text) {
        if (text.isEmpty()) {
            return List.of(new Host("localhost", PORT_DEFAULT));
        }
        List<Host> hosts = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            hosts.add(readHost(part));
        }
        return hosts;
    }

    private static Host readHost(String text) {
        boolean bracketed = text.startsWith("[");
        int end = bracketed ? text.indexOf(']') + 1 : text.lastIndexOf(':');
        String name = end <= 0 ? text : text.substring(0, end);
        String port = end <= 0 ? "" : text.substring(end);
        if (bracketed) {
            name = name.length() < 2 ? "" : name.substring(1, name.length() - 1);
        }
        if (!(bracketed ? IPV6 : HOST_NAME).matcher(name).matches()) {
            throw refused("has a host that is neither a name nor an address" + ENCODE_HINT);
        }
        return new Host(name, port.isEmpty() ? PORT_DEFAULT : readPort(port));
    }

    private static int readPort(String colonAndPort) {
        if (!colonAndPort.matches(":[0-9]{1,5}")) {
            throw refused("has a port that is not a number" + ENCODE_HINT);
        }
        int port = Integer.parseInt(colonAndPort.substring(1));
        if (port < 1 || port > PORT_MAX) {
            throw refused("has a port that is not between 1 and " + PORT_MAX);
        }
        return port;
    }

    private static Map<String, String> readQuery(String text) {
        Map<String, String> query = new LinkedHashMap<>();
        for (String pair : text.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals <= 0) {
                throw refused("has a parameter without a value" + ENCODE_HINT);
            }
            if (query.put(pair.substring(0, equals), pair.substring(equals + 1)) != null) {
                throw refused("gives a parameter twice");
            }
        }
        return query;
    }

    private static Map<String, String> parameters(Map<String, String> query) {
        Map<String, String> parameters = new LinkedHashMap<>();
        query.forEach((name, value) -> {
            if (name.equals("user") || name.equals("password")) {
                return;
            }
            String property = PARAMETERS.get(name);
            if (property == null) {
                throw refused(
                        "has a parameter other than user, password and "
                                + String.join(", ", PARAMETERS.keySet().stream().sorted().toList())
                                + ENCODE_HINT);
            }
            parameters.put(property, percentDecode(value));
        });
        return parameters;
    }

    private static String percentDecode(String text) {
        byte[] from = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer to = ByteBuffer.allocate(from.length);
        for (int i = 0; i < from.length; i++) {
            if (from[i] != '%') {
                to.put(from[i]);
                continue;
            }
            if (i + 2 >= from.length
                    || !HexFormat.isHexDigit(from[i + 1])
                    || !HexFormat.isHexDigit(from[i + 2])) {
                throw refused("has a % that is not followed by two hex digits (write %25)");
            }
            int high = HexFormat.fromHexDigit(from[i + 1]);
            to.put((byte) (high << 4 | HexFormat.fromHexDigit(from[i + 2])));
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(to.flip()).toString();
        } catch (CharacterCodingException e) {
            throw refused("has %XX that are not UTF-8");
        }
    }

    /** Everything but letters, digits and {@code - . _ ~ / } as %XX. */
    static String percentEncode(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || "-._~".indexOf(c) >= 0)) {
                encoded.append(c);
            } else {
                encoded.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
            }
        }
        return encoded.toString();
    }

    private static Optional<String> none() {
        return Optional.empty();
    }

    private static IllegalArgumentException refused(String rule) {
        return new IllegalArgumentException("the database address " + rule);
    }
}
