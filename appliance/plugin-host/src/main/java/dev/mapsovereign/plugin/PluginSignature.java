package dev.mapsovereign.plugin;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.note.KindNote;
import dev.mapsovereign.base.note.NoteException;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.SignedNote;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * The signed note {@code plugin.sig}: kind {@code map/plugin/v1}, then {@code <name> <version>},
 * then {@code <hex SHA-256> <path>} for every other file of the folder, sorted bytewise.
 */
final class PluginSignature {
    static final String FILE = "plugin.sig";
    static final String MANIFEST = "plugin.toml";
    private static final String KIND = "plugin";

    private PluginSignature() {}

    static byte[] sign(
            PluginManifest manifest, SortedMap<String, byte[]> files, NoteSigner signer) {
        return KindNote.sign(KIND, lines(manifest, files), signer).bytes();
    }

    /**
     * Checks that {@code note} is a trusted key's statement over exactly these files.
     *
     * @return the key that signed
     */
    static PluginTrust.TrustedKey check(
            byte[] note,
            PluginManifest manifest,
            SortedMap<String, byte[]> files,
            PluginTrust trust,
            Ed25519 ed25519)
            throws PluginRefusedException {
        SignedNote signed;
        try {
            signed = SignedNote.parse(note);
        } catch (NoteException e) {
            throw new PluginRefusedException(FILE + " is not a signed note: " + e.getMessage(), e);
        }
        PluginTrust.TrustedKey signer = signer(signed, trust, ed25519);
        List<String> stated;
        try {
            stated = KindNote.open(signed, KIND, signer.key(), ed25519);
        } catch (NoteException e) {
            throw new PluginRefusedException(FILE + ": " + e.getMessage(), e);
        }
        compare(stated, lines(manifest, files));
        if (trust.nativeProtocols().contains(manifest.protocol())) {
            throw new PluginRefusedException(
                    manifest.protocol() + " is a native protocol; no plugin can answer for it");
        }
        if (!signer.covers(manifest)) {
            throw new PluginRefusedException(
                    "key "
                            + signer.key().name()
                            + " may not sign "
                            + manifest.name()
                            + " for protocol "
                            + manifest.protocol());
        }
        return signer;
    }

    private static PluginTrust.TrustedKey signer(
            SignedNote signed, PluginTrust trust, Ed25519 ed25519) throws PluginRefusedException {
        for (PluginTrust.TrustedKey trusted : trust.keys()) {
            if (signed.verifies(trusted.key(), ed25519)) {
                return trusted;
            }
        }
        throw new PluginRefusedException(FILE + " carries no valid signature of a trusted key");
    }

    /** Says which file differs, since that is what an operator looks for. */
    private static void compare(List<String> stated, List<String> found)
            throws PluginRefusedException {
        if (stated.isEmpty() || !stated.get(0).equals(found.get(0))) {
            throw new PluginRefusedException(
                    FILE
                            + " is for '"
                            + (stated.isEmpty() ? "" : stated.get(0))
                            + "', not for '"
                            + found.get(0)
                            + "'");
        }
        Map<String, String> signedDigests = digests(stated);
        Map<String, String> foundDigests = digests(found);
        for (Map.Entry<String, String> file : foundDigests.entrySet()) {
            String expected = signedDigests.get(file.getKey());
            if (expected == null) {
                throw new PluginRefusedException("file " + file.getKey() + " is not in " + FILE);
            }
            if (!expected.equals(file.getValue())) {
                throw new PluginRefusedException(
                        "file " + file.getKey() + " is not the one that was signed");
            }
        }
        for (String name : signedDigests.keySet()) {
            if (!foundDigests.containsKey(name)) {
                throw new PluginRefusedException("file " + name + " of " + FILE + " is missing");
            }
        }
        if (!stated.equals(found)) {
            throw new PluginRefusedException(FILE + " lists its files in another order or form");
        }
    }

    private static Map<String, String> digests(List<String> lines) throws PluginRefusedException {
        Map<String, String> digests = new LinkedHashMap<>();
        for (String line : lines.subList(1, lines.size())) {
            int gap = line.indexOf("  ");
            if (gap != 64 || digests.put(line.substring(gap + 2), line.substring(0, gap)) != null) {
                throw new PluginRefusedException(FILE + " has a bad line: " + line);
            }
        }
        return digests;
    }

    private static List<String> lines(PluginManifest manifest, SortedMap<String, byte[]> files) {
        List<String> lines = new ArrayList<>();
        lines.add(manifest.name() + " " + manifest.version());
        files.forEach((path, bytes) -> lines.add(Hex.encode(Sha256.hash(bytes)) + "  " + path));
        return lines;
    }
}
