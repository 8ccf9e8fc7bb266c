package dev.mapsovereign.ca;

import dev.mapsovereign.config.ConfigRoot;
import dev.mapsovereign.config.ConfigSection;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * The rules for one kind of certificate; nothing is issued but by a profile.
 *
 * @param issuer {@code root}, {@code server} or {@code agent}
 * @param keyAlgorithm {@code P-256}, which every TLS stack on a site reads, or {@code Ed25519}, as
 *     the keys of DIDs are
 * @param validity from issue to expiry
 * @param backdate how far before the issue validity starts, for clocks that are a little behind
 * @param extendedKeyUsage {@code serverAuth}, {@code clientAuth}
 * @param names kinds of names it may carry
 */
public record CertificateProfile(
        String name,
        String issuer,
        String keyAlgorithm,
        Duration validity,
        Duration backdate,
        List<String> extendedKeyUsage,
        Set<SubjectName.Kind> names) {
    private static final List<String> PROFILES = List.of("server", "client", "operator", "agent");

    public CertificateProfile {
        extendedKeyUsage = List.copyOf(extendedKeyUsage);
        names = Set.copyOf(names);
    }

    /** The names of the profiles that end entities get certificates by. */
    public static List<String> profileNames() {
        return PROFILES;
    }

    /**
     * The profile of that name, as this release ships it.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static CertificateProfile of(String name) {
        if (!PROFILES.contains(name) && !name.equals("intermediate")) {
            throw new IllegalArgumentException("no profile '" + name + "'; there are " + PROFILES);
        }
        try (InputStream in =
                CertificateProfile.class.getResourceAsStream("profiles/" + name + ".toml")) {
            if (in == null) {
                throw new IllegalStateException("the build left out profile " + name);
            }
            return parse(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads a profile; every problem is reported at once. */
    static CertificateProfile parse(String name, String toml) {
        ConfigRoot root = ConfigRoot.parse(name + ".toml", Path.of(""), toml);
        ConfigSection top = root.top();
        CertificateProfile profile =
                new CertificateProfile(
                        name,
                        top.text("issuer")
                                .where(
                                        Set.of("root", "server", "agent")::contains,
                                        "must be root, server or agent")
                                .required(),
                        top.text("key_algorithm")
                                .where(
                                        Set.of("P-256", "Ed25519")::contains,
                                        "must be P-256 or Ed25519")
                                .required(),
                        top.duration("validity", Duration.ofHours(1), Duration.ofDays(3650))
                                .required(),
                        top.duration("backdate", Duration.ZERO, Duration.ofHours(1)).required(),
                        top.texts("extended_key_usage")
                                .where(
                                        Set.of("serverAuth", "clientAuth")::containsAll,
                                        "must be of serverAuth and clientAuth")
                                .required(),
                        Set.copyOf(
                                top.texts("names").required().stream()
                                        .map(CertificateProfile::kind)
                                        .toList()));
        root.finish();
        return profile;
    }

    private static SubjectName.Kind kind(String text) {
        return switch (text) {
            case "dns" -> SubjectName.Kind.DNS;
            case "address" -> SubjectName.Kind.ADDRESS;
            case "did" -> SubjectName.Kind.DID;
            default -> throw new IllegalArgumentException("no kind of name '" + text + "'");
        };
    }
}
