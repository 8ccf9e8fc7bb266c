package dev.mapsovereign.node.backup;

import dev.mapsovereign.gateway.GatewayConfig;
import dev.mapsovereign.node.NodeConfig;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** What a site consists of, each part in one place that the configuration names. */
enum BackupPart {
    /** The configuration file. */
    CONFIGURATION(true, false),
    /** Private keys. */
    KEYS(false, true),
    /** The site's own identities: documents and their keys. */
    IDENTITY(false, true),
    /** The server's certificate. */
    CERTIFICATE(true, true),
    /** Its key. */
    CERTIFICATE_KEY(true, true),
    /** The registry publisher's root that is pinned here. */
    REGISTRY_ROOT(true, false),
    /** The certificate authority. */
    CA(false, true),
    /** The registry mirror. */
    REGISTRY(false, false),
    /** Plugins. */
    PLUGINS(false, false),
    /** The highest version of each plugin that ever ran. */
    PLUGIN_VERSIONS(true, false),
    /** The embedded database. */
    DATABASE(true, false),
    /** The audit folder. */
    AUDIT(false, false);

    private static final String KEY_FILES = ".key";

    private final boolean oneFile;
    private final boolean ofKeys;

    BackupPart(boolean oneFile, boolean ofKeys) {
        this.oneFile = oneFile;
        this.ofKeys = ofKeys;
    }

    /** The name in files: lower case with hyphens. */
    String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The part of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    static BackupPart of(String text) {
        for (BackupPart part : values()) {
            if (part.text().equals(text)) {
                return part;
            }
        }
        throw new IllegalArgumentException("no part of a backup: " + text);
    }

    /** Whether it is one file rather than a folder. */
    boolean isOneFile() {
        return oneFile;
    }

    /** Whether it is of no use, or of harm, apart from the keys that it was made with. */
    boolean belongsToKeys() {
        return ofKeys;
    }

    /** Where it lies on a host of that configuration; empty where there is none. */
    Optional<Path> place(NodeConfig config) {
        return switch (this) {
            case CONFIGURATION -> config.file();
            case KEYS -> Optional.of(config.folders().keys());
            case IDENTITY -> Optional.of(config.folders().identity());
            case CERTIFICATE -> config.gateway().tls().map(GatewayConfig.TlsPaths::certFile);
            case CERTIFICATE_KEY -> config.gateway().tls().map(GatewayConfig.TlsPaths::keyFile);
            case REGISTRY_ROOT -> config.registry().rootFile();
            case CA -> Optional.of(config.folders().ca());
            case REGISTRY -> Optional.of(config.registry().folder());
            case PLUGINS -> Optional.of(config.plugins().folder());
            case PLUGIN_VERSIONS -> Optional.of(config.plugins().stateFile());
            case DATABASE -> config.database().embeddedFile();
            case AUDIT -> Optional.of(config.folders().audit());
        };
    }

    /**
     * Whether a file of it goes along with the keys alone.
     *
     * @param path relative to the part's place
     */
    boolean isSecret(String path) {
        return switch (this) {
            case KEYS, CERTIFICATE_KEY -> true;
            case IDENTITY, CA -> path.endsWith(KEY_FILES);
            case AUDIT -> path.startsWith("digest-keys/") || path.matches("exports/[0-9]+/seed");
            default -> false;
        };
    }
}
