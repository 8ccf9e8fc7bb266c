package dev.mapsovereign.verifier;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.MlDsa44;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.NoteSigners;
import dev.mapsovereign.base.note.VerifierKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The keys of an off-site station, one a file, mode 0600, in the form that Go's note package has
 * for private keys: {@code PRIVATE+KEY+<name>+<id>+<base64 of type and 32-byte seed>}.
 *
 * @param station its name, in front of each key's
 * @param witness keys that state consistency
 * @param mirror keys that state that every entry was read and kept
 */
record StationKeys(String station, List<NoteSigner> witness, List<NoteSigner> mirror) {
    private static final Pattern STATION = Pattern.compile("[a-z0-9][a-z0-9.-]{0,40}");
    private static final Pattern FILE =
            Pattern.compile(
                    "PRIVATE\\+KEY\\+([a-z0-9][a-z0-9.-]{0,40})/(witness|mirror)"
                            + "\\+([0-9a-f]{8})\\+([A-Za-z0-9+/=]+)");

    /** What a station's second pair of files has behind the role. */
    private static final String SECOND = "-ml-dsa-44";

    /** The two statements a station makes; each is a key's last part. */
    private enum Role {
        WITNESS,
        MIRROR;

        String word() {
            return this == WITNESS ? "witness" : "mirror";
        }
    }

    /** All keys, as a node enrols them. */
    List<VerifierKey> verifierKeys() {
        List<VerifierKey> keys = new ArrayList<>();
        witness.forEach(signer -> keys.add(signer.key()));
        mirror.forEach(signer -> keys.add(signer.key()));
        return keys;
    }

    /**
     * Makes the keys of a station.
     *
     * @param folder must have no key yet
     * @param second whether ML-DSA-44 keys, too
     * @throws OperatorException usage, for a name that is none; environment, for a folder that
     *     cannot be used
     */
    static StationKeys generate(String station, Path folder, boolean second, Clock clock) {
        if (!STATION.matcher(station).matches()) {
            throw new OperatorException(
                    ExitCode.USAGE, "a station's name is [a-z0-9][a-z0-9.-]{0,40}, not " + station);
        }
        try {
            DurableFiles.createDirectories(folder, Mode.PRIVATE);
            for (Role role : Role.values()) {
                if (Files.exists(folder.resolve(role.word() + ".key"))) {
                    throw new OperatorException(
                            ExitCode.ENVIRONMENT,
                            "there are keys in " + folder + " already",
                            "another folder for another station");
                }
            }
            for (Role role : Role.values()) {
                make(station, role, VerifierKey.COSIGNATURE_ED25519, folder, clock);
                if (second) {
                    make(station, role, VerifierKey.ML_DSA_44, folder, clock);
                }
            }
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "cannot write keys to " + folder + ": " + IoReason.of(e),
                    e);
        }
        return read(folder, clock);
    }

    private static void make(String station, Role role, byte type, Path folder, Clock clock)
            throws IOException {
        byte[] seed = new byte[MlDsa44.SEED_BYTES];
        new SecureRandom().nextBytes(seed);
        String name = station + "/" + role.word();
        byte[] material = new byte[1 + seed.length];
        material[0] = type;
        System.arraycopy(seed, 0, material, 1, seed.length);
        String line =
                "PRIVATE+KEY+%s+%08x+%s\n"
                        .formatted(
                                name,
                                signer(name, type, seed, clock).key().keyId(),
                                StrictBase64.encode(material));
        DurableFiles.writeNew(
                folder.resolve(fileName(role, type)),
                line.getBytes(StandardCharsets.US_ASCII),
                Mode.PRIVATE);
        Arrays.fill(seed, (byte) 0);
        Arrays.fill(material, (byte) 0);
    }

    private static String fileName(Role role, byte type) {
        return role.word() + (type == VerifierKey.ML_DSA_44 ? SECOND : "") + ".key";
    }

    private static NoteSigner signer(String name, byte type, byte[] seed, Clock clock) {
        return type == VerifierKey.ML_DSA_44
                ? NoteSigners.mlDsa44(name, seed, clock)
                : NoteSigners.cosignatureEd25519(name, seed, Ed25519.jdk(), clock);
    }

    /**
     * The keys in a folder.
     *
     * @throws OperatorException environment, if they are missing, loose, or not those of one
     *     station
     */
    static StationKeys read(Path folder, Clock clock) {
        List<NoteSigner> witness = signers(folder, Role.WITNESS, clock);
        List<NoteSigner> mirror = signers(folder, Role.MIRROR, clock);
        List<String> stations = new ArrayList<>();
        witness.forEach(signer -> stations.add(stationOf(signer)));
        mirror.forEach(signer -> stations.add(stationOf(signer)));
        if (stations.stream().distinct().count() != 1) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "the keys in " + folder + " are of several stations");
        }
        return new StationKeys(stations.getFirst(), witness, mirror);
    }

    private static String stationOf(NoteSigner signer) {
        String name = signer.key().name();
        return name.substring(0, name.lastIndexOf('/'));
    }

    private static List<NoteSigner> signers(Path folder, Role role, Clock clock) {
        List<NoteSigner> signers = new ArrayList<>();
        signers.add(signer(folder, role, VerifierKey.COSIGNATURE_ED25519, clock));
        if (Files.exists(folder.resolve(fileName(role, VerifierKey.ML_DSA_44)))) {
            signers.add(signer(folder, role, VerifierKey.ML_DSA_44, clock));
        }
        return List.copyOf(signers);
    }

    private static NoteSigner signer(Path folder, Role role, byte type, Clock clock) {
        Path file = folder.resolve(fileName(role, type));
        try (Secret line = Secret.readLine(file)) {
            return line.use(bytes -> parse(bytes, role, type, clock));
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "cannot read the key "
                            + file
                            + " (map-verify keygen makes them): "
                            + IoReason.of(e),
                    e);
        } catch (IllegalArgumentException e) {
            // Without the cause, which might quote the key.
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, file + " does not hold the key that it is named for");
        }
    }

    private static NoteSigner parse(byte[] line, Role role, byte type, Clock clock) {
        Matcher parts = FILE.matcher(new String(line, StandardCharsets.US_ASCII));
        if (!parts.matches() || !parts.group(2).equals(role.word())) {
            throw new IllegalArgumentException("not a private key of that role");
        }
        byte[] material = StrictBase64.decode(parts.group(4));
        if (material.length != 1 + MlDsa44.SEED_BYTES || material[0] != type) {
            throw new IllegalArgumentException("not a seed of that type");
        }
        byte[] seed = Arrays.copyOfRange(material, 1, material.length);
        NoteSigner signer = signer(parts.group(1) + "/" + role.word(), type, seed, clock);
        Arrays.fill(seed, (byte) 0);
        Arrays.fill(material, (byte) 0);
        if (!"%08x".formatted(signer.key().keyId()).equals(parts.group(3))) {
            throw new IllegalArgumentException("another id than that key has");
        }
        return signer;
    }
}
