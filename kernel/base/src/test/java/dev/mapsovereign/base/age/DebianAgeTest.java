package dev.mapsovereign.base.age;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.mapsovereign.base.crypto.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The other program that auditors use, in both directions. */
class DebianAgeTest {
    @TempDir Path folder;

    @BeforeEach
    void requireAge() {
        boolean there =
                Stream.of(System.getenv("PATH").split(":"))
                        .anyMatch(entry -> Files.isExecutable(Path.of(entry, "age")));
        assumeThat(there).as("'age' is not installed: apt-get install age").isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1000, 65536, 200_000})
    void age_decrypts_whatWeEncrypted(int length) throws Exception {
        Path keys = keygen("keys");
        AgeRecipient recipient = AgeIdentity.readFile(keys).getFirst().recipient();
        byte[] plain = plain(length);
        Path file = folder.resolve("file.age");
        AgeRecipient other = AgeIdentity.generate(new SecureRandom()).recipient();
        Files.write(
                file, AgeEncryption.encrypt(plain, List.of(other, recipient), new SecureRandom()));

        run("age", "-d", "-i", keys.toString(), file.toString());

        assertThat(folder.resolve("out")).hasBinaryContent(plain);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1000, 65536, 200_000})
    void weDecrypt_whatAgeEncrypted(int length) throws Exception {
        AgeIdentity identity = AgeIdentity.generate(new SecureRandom());
        byte[] plain = plain(length);
        Files.write(folder.resolve("plain"), plain);

        run(
                "age",
                "-r",
                identity.recipient().toString(),
                "-o",
                folder + "/file.age",
                folder + "/plain");

        byte[] file = Files.readAllBytes(folder.resolve("file.age"));
        assertThat(AgeDecryption.decrypt(file, List.of(identity), length)).isEqualTo(plain);
    }

    @Test
    void age_decrypts_byAnIdentityThatWeWrote() throws Exception {
        AgeIdentity identity = AgeIdentity.generate(new SecureRandom());
        Path keys = folder.resolve("keys");
        Files.createFile(
                keys,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (Secret text = identity.text()) {
            Files.write(keys, text.use(byte[]::clone));
        }
        Path file = folder.resolve("file.age");
        Files.write(
                file,
                AgeEncryption.encrypt(
                        plain(10), List.of(identity.recipient()), new SecureRandom()));

        run("age", "-d", "-i", keys.toString(), file.toString());

        assertThat(folder.resolve("out")).hasBinaryContent(plain(10));
    }

    private Path keygen(String name) throws Exception {
        Path keys = folder.resolve(name);
        run("age-keygen", "-o", keys.toString());
        return keys;
    }

    private void run(String... command) throws IOException, InterruptedException {
        Path log = folder.resolve("log");
        Process process =
                new ProcessBuilder(new ArrayList<>(List.of(command)))
                        .redirectError(log.toFile())
                        .redirectOutput(folder.resolve("out").toFile())
                        .start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("%s ends", command[0]).isTrue();
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    }

    private static byte[] plain(int length) {
        byte[] plain = new byte[length];
        new Random(length).nextBytes(plain);
        return plain;
    }
}
