package dev.mapsovereign.redis;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.tls.ClientTls;
import dev.mapsovereign.base.tls.TlsFiles;
import dev.mapsovereign.base.tls.TrustSet;
import dev.mapsovereign.config.ConfigSection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Which Redis server, and how it is logged into; configuration table {@code [redis]}.
 *
 * @param address where it listens
 * @param database number of the database
 * @param user who logs in, by Redis's access control lists; absent: the default user
 * @param password its password; absent: nobody logs in
 * @param tls how the server is recognized, where the address begins with {@code rediss:}
 * @param poolSize connections at most, 1 to 64
 * @param timeout how long a call waits for an answer at most
 */
public record RedisConfig(
        RedisAddress address,
        int database,
        Optional<String> user,
        Optional<Secret> password,
        Optional<Tls> tls,
        int poolSize,
        Duration timeout) {
    private static final String PLACEHOLDER = "redis://127.0.0.1:6379";

    /**
     * Certificates as PEM files.
     *
     * @param caFile whose servers are trusted
     * @param certificateFile with which this node shows itself; goes with
     * @param keyFile its PKCS#8 key
     */
    public record Tls(Path caFile, Optional<Path> certificateFile, Optional<Path> keyFile) {
        /**
         * Reads the files.
         *
         * @throws dev.mapsovereign.base.error.OperatorException naming the one that cannot be used
         */
        ClientTls client() {
            return new ClientTls(
                    TrustSet.read(caFile, Optional.empty()),
                    certificateFile.map(chain -> TlsFiles.read(chain, keyFile.orElseThrow())));
        }
    }

    /**
     * @throws IllegalArgumentException for a user without a password, or a number out of bounds
     */
    public RedisConfig {
        if (user.isPresent() && password.isEmpty()) {
            throw new IllegalArgumentException("a user needs a password");
        }
        if (poolSize < 1 || poolSize > Limits.POOL_SIZE_MAX) {
            throw new IllegalArgumentException(
                    "a pool of " + poolSize + " connections: 1 to " + Limits.POOL_SIZE_MAX);
        }
        boolean wantsTls = address instanceof RedisAddress.Tcp tcp && tcp.tls();
        if (wantsTls != tls.isPresent()) {
            throw new IllegalArgumentException(
                    "rediss: goes with ca_file, whose servers are trusted; redis: and unix: with"
                            + " none");
        }
    }

    /** That server without TLS, with the usual bounds. */
    public static RedisConfig of(String url) {
        return of(url, Optional.empty());
    }

    /** That server with the usual bounds. */
    public static RedisConfig of(String url, Optional<Tls> tls) {
        RedisAddress.Reading reading = RedisAddress.read(url);
        return new RedisConfig(
                reading.address(),
                reading.database(),
                reading.user(),
                reading.password().map(RedisConfig::secret),
                tls,
                Limits.POOL_SIZE_DEFAULT,
                Limits.TIMEOUT_DEFAULT);
    }

    /** The same with another bound of waiting. */
    public RedisConfig withTimeout(Duration other) {
        return new RedisConfig(address, database, user, password, tls, poolSize, other);
    }

    /**
     * Reads {@code url} or {@code url_file} (environment {@code MAP_REDIS_URL}, {@code
     * MAP_REDIS_URL_FILE}), {@code user}, {@code password_file}, {@code ca_file}, {@code
     * cert_file}, {@code key_file}, {@code pool_size} and {@code timeout}.
     *
     * @return empty without an address: no Redis is used
     */
    public static Optional<RedisConfig> read(ConfigSection section) {
        Optional<String> url = section.text("url").env("MAP_REDIS_URL").confidential().optional();
        Optional<Secret> urlFile =
                section.passwordFile("url_file").env("MAP_REDIS_URL_FILE").optional();
        Optional<String> user = section.text("user").optional();
        Optional<Secret> password = section.passwordFile("password_file").optional();
        Optional<Path> ca = section.path("ca_file").optional();
        Optional<Path> certificate = section.path("cert_file").optional();
        Optional<Path> key = section.path("key_file").optional();
        int poolSize =
                section.integer("pool_size", 1, Limits.POOL_SIZE_MAX)
                        .orElse(Limits.POOL_SIZE_DEFAULT);
        Duration timeout =
                section.duration("timeout", Limits.TIMEOUT_MIN, Limits.TIMEOUT_MAX)
                        .orElse(Limits.TIMEOUT_DEFAULT);
        if (url.isPresent() && urlFile.isPresent()) {
            section.problem("url", "given both as it is and by file; one of them is enough");
        }
        if (certificate.isPresent() != key.isPresent() || (key.isPresent() && ca.isEmpty())) {
            section.problem("cert_file", "goes with key_file and ca_file");
        }
        Optional<String> address =
                urlFile.map(secret ->
                                secret.use(bytes -> new String(bytes, StandardCharsets.UTF_8)))
                        .or(() -> url);
        if (address.isEmpty()) {
            if (section.isPresent()) {
                section.problem("url", "missing; or url_file, or no table [redis] at all");
            }
            return Optional.empty();
        }
        try {
            RedisAddress.Reading reading = RedisAddress.read(address.get());
            return Optional.of(
                    new RedisConfig(
                            reading.address(),
                            reading.database(),
                            onlyOne("user", user, reading.user()),
                            onlyOne(
                                    "password",
                                    password,
                                    reading.password().map(RedisConfig::secret)),
                            ca.map(file -> new Tls(file, certificate, key)),
                            poolSize,
                            timeout));
        } catch (IllegalArgumentException e) {
            section.problem(
                    urlFile.isPresent() ? "url_file" : "url", String.valueOf(e.getMessage()));
            return Optional.of(of(PLACEHOLDER));
        }
    }

    /**
     * The {@code host:port} that will be connected to; empty for a Unix socket. A sovereign node
     * connects to none that its operator did not list.
     */
    public List<String> remoteAddresses() {
        return address instanceof RedisAddress.Tcp tcp ? List.of(tcp.toString()) : List.of();
    }

    private static Secret secret(String text) {
        return Secret.copyOf(text.getBytes(StandardCharsets.UTF_8));
    }

    private static <T> Optional<T> onlyOne(String what, Optional<T> given, Optional<T> inUrl) {
        if (given.isPresent() && inUrl.isPresent()) {
            throw new IllegalArgumentException(
                    "the " + what + " is given both in the address and apart from it");
        }
        return given.or(() -> inUrl);
    }
}
