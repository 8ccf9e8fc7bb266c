package dev.mapsovereign.registry.lineage;

import dev.mapsovereign.base.crypto.Multikey;
import dev.mapsovereign.base.identity.AgentDid;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A root that this site trusts, by DID and keys: configured here, never fetched.
 *
 * @param did a human root, or an enterprise that this site treats as one
 * @param keys multibase; every key that signs the root's document must be among them
 */
public record PinnedRoot(AgentDid did, Set<String> keys) {
    public PinnedRoot {
        keys = Set.copyOf(keys);
        if (!did.kind().isRoot() || keys.isEmpty()) {
            throw new IllegalArgumentException(
                    did + " cannot be pinned: a root is of kind hmr, mhr or enr and has a key");
        }
        keys.forEach(Multikey::decode);
    }

    /**
     * Reads a line of the configuration: the DID and its keys, separated by spaces.
     *
     * @throws IllegalArgumentException naming what is wrong
     */
    public static PinnedRoot parse(String line) {
        List<String> words = Arrays.asList(line.strip().split(" +"));
        if (words.size() < 2) {
            throw new IllegalArgumentException(
                    "a pinned root is \"<did> <multibase key>…\", not \"" + line + "\"");
        }
        return new PinnedRoot(
                AgentDid.parse(words.getFirst()),
                new LinkedHashSet<>(words.subList(1, words.size())));
    }

    /** The line that {@link #parse} reads. */
    public String line() {
        return did.text() + " " + String.join(" ", keys.stream().sorted().toList());
    }
}
