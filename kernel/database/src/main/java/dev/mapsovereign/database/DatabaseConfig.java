package dev.mapsovereign.database;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.config.ConfigSection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Which database, and how it is logged into.
 *
 * @param url {@code postgres://host:port/database}, {@code jdbc:postgresql:…}, {@code h2:PATH} or
 *     {@code jdbc:h2:…}; a user and a password in it move to the next two parts, so that this part
 *     can be shown
 * @param user who logs in; without one, PostgreSQL takes the name of the process's user
 * @param password its password
 * @param poolSize connections kept, 1 to 64
 */
public record DatabaseConfig(
        String url, Optional<String> user, Optional<Secret> password, int poolSize) {
    private static final String URL_DEFAULT = "h2:/var/lib/map/db/map";

    /**
     * @throws IllegalArgumentException naming the rule that is broken, quoting nothing of the url
     */
    public DatabaseConfig {
        if (poolSize < 1 || poolSize > Limits.POOL_SIZE_MAX) {
            throw new IllegalArgumentException(
                    "a pool of " + poolSize + " connections: 1 to " + Limits.POOL_SIZE_MAX);
        }
        DatabaseAddressReader.Reading reading = DatabaseAddressReader.read(url);
        url = reading.address().url();
        user = onlyOne("user", user, reading.user());
        password =
                onlyOne(
                        "password",
                        password,
                        reading.password()
                                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                                .map(Secret::copyOf));
    }

    /**
     * Reads {@code url} or {@code url_file} (environment {@code MAP_DB_URL}, {@code
     * MAP_DB_URL_FILE}), {@code user}, {@code password_file} and {@code pool_size}. Without any,
     * the embedded database of an installed node.
     */
    public static DatabaseConfig read(ConfigSection section) {
        Optional<String> url = section.text("url").env("MAP_DB_URL").confidential().optional();
        Optional<Secret> urlFile =
                section.passwordFile("url_file").env("MAP_DB_URL_FILE").optional();
        Optional<String> user = section.text("user").optional();
        Optional<Secret> password = section.passwordFile("password_file").optional();
        int poolSize =
                section.integer("pool_size", 1, Limits.POOL_SIZE_MAX)
                        .orElse(Limits.POOL_SIZE_DEFAULT);
        if (url.isPresent() && urlFile.isPresent()) {
            section.problem("url", "given both as it is and by file; one of them is enough");
        }
        String address =
                urlFile.map(secret ->
                                secret.use(bytes -> new String(bytes, StandardCharsets.UTF_8)))
                        .or(() -> url)
                        .orElse(URL_DEFAULT);
        try {
            return new DatabaseConfig(address, user, password, poolSize);
        } catch (IllegalArgumentException e) {
            section.problem(
                    urlFile.isPresent() ? "url_file" : "url", String.valueOf(e.getMessage()));
            return of(URL_DEFAULT);
        }
    }

    /** That database with the usual number of connections. */
    public static DatabaseConfig of(String url) {
        return new DatabaseConfig(
                url, Optional.empty(), Optional.empty(), Limits.POOL_SIZE_DEFAULT);
    }

    /** Which product answers there. */
    public Dialect dialect() {
        return address().dialect();
    }

    /** Whether rows outlive the process; false for H2 in memory, which is for development only. */
    public boolean isPersistent() {
        return !(address() instanceof DatabaseAddress.H2Memory);
    }

    /** The file that an embedded database keeps everything in; empty for all others. */
    public Optional<Path> embeddedFile() {
        return address() instanceof DatabaseAddress.H2File h2
                ? Optional.of(h2.file())
                : Optional.empty();
    }

    /**
     * Every {@code host:port} that will be connected to; empty for an embedded database. A
     * sovereign node connects to none that its operator did not list.
     */
    public List<String> remoteAddresses() {
        return address() instanceof DatabaseAddress.PostgresServer server
                ? server.hosts().stream().map(DatabaseAddress.Host::toString).toList()
                : List.of();
    }

    DatabaseAddress address() {
        return DatabaseAddressReader.read(url).address();
    }

    private static <T> Optional<T> onlyOne(String what, Optional<T> given, Optional<T> inUrl) {
        if (given.isPresent() && inUrl.isPresent()) {
            throw new IllegalArgumentException(
                    "the database's " + what + " is given both in its address and apart from it");
        }
        return given.or(() -> inUrl);
    }
}
