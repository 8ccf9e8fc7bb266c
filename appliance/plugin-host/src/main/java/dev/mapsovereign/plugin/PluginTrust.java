package dev.mapsovereign.plugin;

import dev.mapsovereign.base.note.VerifierKey;
import java.util.List;
import java.util.Set;

/**
 * Which key may sign which plugins: a stolen key of one supplier must not put code under another's
 * name, and no plugin may take the place of a native protocol.
 *
 * @param keys the trusted signers
 * @param nativeProtocols names no plugin may claim, whoever signed it
 */
public record PluginTrust(List<TrustedKey> keys, Set<String> nativeProtocols) {
    /**
     * One signer.
     *
     * @param names plugin names it may sign; a trailing {@code *} stands for any ending
     * @param protocols protocols its plugins may answer; {@code *} for any that is not native
     */
    public record TrustedKey(VerifierKey key, List<String> names, List<String> protocols) {
        public TrustedKey {
            names = List.copyOf(names);
            protocols = List.copyOf(protocols);
        }

        boolean covers(PluginManifest manifest) {
            return names.stream().anyMatch(name -> matches(name, manifest.name()))
                    && protocols.stream().anyMatch(name -> matches(name, manifest.protocol()));
        }

        private static boolean matches(String pattern, String name) {
            return pattern.endsWith("*")
                    ? name.startsWith(pattern.substring(0, pattern.length() - 1))
                    : name.equals(pattern);
        }
    }

    public PluginTrust {
        keys = List.copyOf(keys);
        nativeProtocols = Set.copyOf(nativeProtocols);
    }
}
