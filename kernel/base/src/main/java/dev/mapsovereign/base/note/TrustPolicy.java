package dev.mapsovereign.base.note;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which logs are trusted, and how many of which witnesses must have cosigned (C2SP tlog-policy).
 *
 * <p>A last line without its end is accepted: the file is written by hand. Names are compared as
 * they are, without any Unicode folding.
 */
public final class TrustPolicy {
    private static final String NONE = "none";

    private final List<Log> logs;
    private final List<Witness> witnesses;
    private final Quorum quorum;

    private TrustPolicy(List<Log> logs, List<Witness> witnesses, Quorum quorum) {
        this.logs = List.copyOf(logs);
        this.witnesses = List.copyOf(witnesses);
        this.quorum = quorum;
    }

    /**
     * A log whose checkpoints are accepted.
     *
     * @param key its name is the log's origin
     * @param url as the file has it; nothing here opens it
     */
    public record Log(VerifierKey key, Optional<String> url) {}

    /**
     * A witness.
     *
     * @param name by which this policy calls it, no more
     * @param key of a cosigner
     * @param url as the file has it; nothing here opens it
     */
    public record Witness(String name, VerifierKey key, Optional<String> url) {}

    /**
     * The policy that a file states.
     *
     * @throws NoteException naming the line, for the first that is not as the specification demands
     */
    public static TrustPolicy parse(String text) {
        if (text.length() > Limits.POLICY_CHARACTERS_MAX) {
            throw new NoteException("a policy of " + text.length() + " characters");
        }
        Parser parser = new Parser();
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            try {
                parser.take(line);
            } catch (NoteException e) {
                throw new NoteException("policy line " + number + ": " + e.getMessage(), e);
            }
        }
        return parser.finish();
    }

    /** The logs in the file's order. */
    public List<Log> logs() {
        return logs;
    }

    /** The witnesses in the file's order. */
    public List<Witness> witnesses() {
        return witnesses;
    }

    /**
     * Whether the note is a checkpoint that one of the logs signed, of that log's own origin, and
     * that the quorum of witnesses cosigned. A false line under a known key's name and id makes the
     * whole note false (C2SP signed-note, "Signatures").
     */
    public boolean satisfied(SignedNote note, Ed25519 ed25519) {
        if (!Checkpoint.isCheckpoint(note.text())) {
            return false;
        }
        String origin = Checkpoint.parse(note.text()).origin();
        List<VerifierKey> ofOrigin =
                logs.stream().map(Log::key).filter(key -> key.name().equals(origin)).toList();
        List<VerifierKey> claimed = ofOrigin.stream().filter(key -> isClaimed(key, note)).toList();
        return !claimed.isEmpty()
                && claimed.stream().allMatch(key -> note.verifies(key, ed25519))
                && quorumMet(note, ed25519);
    }

    /** Whether the quorum of witnesses cosigned, whoever signed for the log. */
    public boolean quorumMet(SignedNote note, Ed25519 ed25519) {
        Set<String> cosigned = new HashSet<>();
        for (Witness witness : witnesses) {
            if (isClaimed(witness.key(), note)) {
                if (!note.verifies(witness.key(), ed25519)) {
                    return false;
                }
                cosigned.add(witness.name());
            }
        }
        return quorum.isMet(cosigned);
    }

    private static boolean isClaimed(VerifierKey key, SignedNote note) {
        return note.signatures().stream().anyMatch(key::claims);
    }

    /** A rule over the names of the witnesses that cosigned. */
    private sealed interface Quorum {
        boolean isMet(Set<String> cosigned);

        record Nobody() implements Quorum {
            @Override
            public boolean isMet(Set<String> cosigned) {
                return true;
            }
        }

        record One(String witness) implements Quorum {
            @Override
            public boolean isMet(Set<String> cosigned) {
                return cosigned.contains(witness);
            }
        }

        /** Each name is a member once in the whole policy, so this is a tree and quickly walked. */
        record Group(int threshold, List<Quorum> members) implements Quorum {
            @Override
            public boolean isMet(Set<String> cosigned) {
                return members.stream().filter(member -> member.isMet(cosigned)).count()
                        >= threshold;
            }
        }
    }

    /** Takes a policy line by line; knows what was defined so far. */
    private static final class Parser {
        private final List<Log> logs = new ArrayList<>();
        private final List<Witness> witnesses = new ArrayList<>();
        private final Map<String, Quorum> named = new LinkedHashMap<>();
        private final Set<String> members = new HashSet<>();
        private final Set<String> logKeys = new HashSet<>();
        private final Set<String> witnessKeys = new HashSet<>();
        private Optional<Quorum> quorum = Optional.empty();

        void take(String line) {
            List<String> items = items(line);
            if (items.isEmpty() || items.getFirst().startsWith("#")) {
                return;
            }
            switch (items.getFirst()) {
                case "log" -> takeLog(items);
                case "witness" -> takeWitness(items);
                case "group" -> takeGroup(items);
                case "quorum" -> takeQuorum(items);
                default -> throw new NoteException("none of log, witness, group, quorum");
            }
        }

        TrustPolicy finish() {
            return new TrustPolicy(
                    logs,
                    witnesses,
                    quorum.orElseThrow(() -> new NoteException("a policy without a quorum line")));
        }

        private void takeLog(List<String> items) {
            requireCount(items, 2, 3, "log <vkey> [<url>]");
            requireRoom(logs.size());
            VerifierKey key = VerifierKey.parse(items.get(1));
            if (key.type() == VerifierKey.COSIGNATURE_ED25519) {
                throw new NoteException("a witness's key where a log's is needed");
            }
            if (!logKeys.add(Hex.encode(key.publicKey()))) {
                throw new NoteException("a second log with the same public key");
            }
            logs.add(new Log(key, item(items, 2)));
        }

        private void takeWitness(List<String> items) {
            requireCount(items, 3, 4, "witness <name> <vkey> [<url>]");
            requireRoom(named.size());
            VerifierKey key = VerifierKey.parse(items.get(2));
            if (!key.isCosigner()) {
                throw new NoteException("a witness's key must be a cosigner's, 0x04 or 0x06");
            }
            if (!witnessKeys.add(Hex.encode(key.publicKey()))) {
                throw new NoteException("a second witness with the same public key");
            }
            String name = items.get(1);
            define(name, new Quorum.One(name));
            witnesses.add(new Witness(name, key, item(items, 3)));
        }

        private void takeGroup(List<String> items) {
            requireCount(items, 4, Integer.MAX_VALUE, "group <name> all|any|<k> <name>...");
            requireRoom(named.size());
            List<String> names = items.subList(3, items.size());
            List<Quorum> rules = new ArrayList<>();
            for (String name : names) {
                rules.add(defined(name));
                if (!members.add(name)) {
                    throw new NoteException(name + " is a member for the second time");
                }
            }
            int threshold = threshold(items.get(2), names.size());
            define(items.get(1), new Quorum.Group(threshold, List.copyOf(rules)));
        }

        private void takeQuorum(List<String> items) {
            requireCount(items, 2, 2, "quorum <name>");
            if (quorum.isPresent()) {
                throw new NoteException("a second quorum line");
            }
            String name = items.get(1);
            quorum = Optional.of(name.equals(NONE) ? new Quorum.Nobody() : defined(name));
        }

        private void define(String name, Quorum rule) {
            if (name.equals(NONE) || named.putIfAbsent(name, rule) != null) {
                throw new NoteException("the name " + name + " is taken");
            }
        }

        private Quorum defined(String name) {
            Quorum rule = named.get(name);
            if (rule == null) {
                throw new NoteException("no witness or group " + name + " on the lines above");
            }
            return rule;
        }

        private static int threshold(String text, int count) {
            if (text.equals("any")) {
                return 1;
            }
            if (text.equals("all")) {
                return count;
            }
            if (!text.matches("[1-9][0-9]{0,8}") || Integer.parseInt(text) > count) {
                throw new NoteException(
                        "a threshold is all, any or 1 to " + count + ", not " + text);
            }
            return Integer.parseInt(text);
        }

        /** The items between blanks and tabs, the only control character there may be. */
        private static List<String> items(String line) {
            if (line.chars().anyMatch(c -> (c < 0x20 && c != '\t') || c == 0x7f)) {
                throw new NoteException("a control character");
            }
            List<String> items = new ArrayList<>(List.of(line.split("[ \t]+")));
            items.removeIf(String::isEmpty);
            return items;
        }

        private static Optional<String> item(List<String> items, int index) {
            return index < items.size() ? Optional.of(items.get(index)) : Optional.empty();
        }

        private static void requireCount(List<String> items, int min, int max, String form) {
            if (items.size() < min || items.size() > max) {
                throw new NoteException("not of the form " + form);
            }
        }

        private static void requireRoom(int definitions) {
            if (definitions >= Limits.POLICY_DEFINITIONS_MAX) {
                throw new NoteException("more than 1024 definitions");
            }
        }
    }
}
