package dev.mapsovereign.database;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Where a database is, parsed; holds no credential, so it may be shown. */
sealed interface DatabaseAddress {
    /** Which product answers there. */
    Dialect dialect();

    /** The address as text that {@link DatabaseAddressReader} reads back to an equal one. */
    String url();

    /** The address for a sentence: {@code PostgreSQL database map at db.site:5432}. */
    String shown();

    /** One or more PostgreSQL servers, of which the one that takes writes is used. */
    record PostgresServer(List<Host> hosts, String database, Map<String, String> parameters)
            implements DatabaseAddress {
        public PostgresServer {
            hosts = List.copyOf(hosts);
            parameters = Map.copyOf(parameters);
        }

        @Override
        public Dialect dialect() {
            return Dialect.POSTGRESQL;
        }

        @Override
        public String url() {
            String query =
                    new TreeMap<>(parameters)
                            .entrySet().stream()
                                    .map(entry -> entry.getKey() + "=" + encode(entry.getValue()))
                                    .collect(Collectors.joining("&"));
            return "postgres://"
                    + joined(hosts)
                    + "/"
                    + encode(database)
                    + (query.isEmpty() ? "" : "?" + query);
        }

        @Override
        public String shown() {
            return "PostgreSQL database " + database + " at " + joined(hosts);
        }

        private static String encode(String text) {
            return DatabaseAddressReader.percentEncode(text);
        }

        private static String joined(List<Host> hosts) {
            return hosts.stream().map(Host::toString).collect(Collectors.joining(","));
        }
    }

    /** A host name or address, and a port. */
    record Host(String name, int port) {
        @Override
        public String toString() {
            return (name.contains(":") ? "[" + name + "]" : name) + ":" + port;
        }

        boolean isLoopback() {
            return name.equals("localhost") || name.equals("::1") || name.startsWith("127.");
        }
    }

    /** An embedded database; H2 adds {@code .mv.db} to the path. */
    record H2File(Path path) implements DatabaseAddress {
        public H2File {
            path = path.toAbsolutePath().normalize();
        }

        /** The file that H2 keeps everything in. */
        Path file() {
            return Path.of(path + ".mv.db");
        }

        @Override
        public Dialect dialect() {
            return Dialect.H2;
        }

        @Override
        public String url() {
            return "h2:" + path;
        }

        @Override
        public String shown() {
            return "H2 database " + file();
        }
    }

    /** An embedded database that ends with its process: for tests and development. */
    record H2Memory(String name) implements DatabaseAddress {
        @Override
        public Dialect dialect() {
            return Dialect.H2;
        }

        @Override
        public String url() {
            return "jdbc:h2:mem:" + name;
        }

        @Override
        public String shown() {
            return "H2 database " + name + " in memory";
        }
    }
}
