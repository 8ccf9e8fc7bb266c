package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.age.AgeIdentity;
import dev.mapsovereign.base.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A site's backup that only the holder of an age identity can read. */
@Tag("slow")
class EncryptedBackupTest {
    @TempDir private Path folder;

    @BeforeEach
    void makeMedium() throws IOException {
        Files.createDirectories(folder.resolve("stick"));
    }

    @Test
    void backup_encrypted_holdsNothingInClearAndRestoresEveryFile() throws Exception {
        try (Site site = new Site(folder);
                AgeIdentity identity = AgeIdentity.generate(new SecureRandom())) {
            Path file = identityFile(identity);
            Path backup = Backups.backup(site, "--encrypt-to", identity.recipient().toString());
            assertThat(Backups.files(backup))
                    .extracting(path -> backup.relativize(path).toString())
                    .filteredOn(name -> !name.endsWith(".age"))
                    .containsExactlyInAnyOrder("manifest.txt", "manifest.sig", "backup.json");
            JsonObject stored = site.run("backup", "verify", backup.toString());
            assertThat(stored.bool("decrypted")).contains(false);
            JsonObject read =
                    site.run("backup", "verify", backup.toString(), "--identity", file.toString());
            assertThat(read.bool("decrypted")).contains(true);

            Map<String, String> before = Backups.contents(site);
            Backups.lose(site);
            Site.Ended without = site.end("restore", "--from", backup.toString(), "--yes");
            assertThat(without.status()).as(without.said()).isEqualTo(3);
            assertThat(without.said()).contains("is encrypted to", "--identity");
            site.run(
                    "restore", "--from", backup.toString(), "--identity", file.toString(), "--yes");
            assertThat(Backups.contents(site)).containsAllEntriesOf(before);
        }
    }

    @Test
    void backup_encrypted_opensWithAgeItself() throws Exception {
        Path age = Path.of("/usr/bin/age");
        Assumptions.assumeTrue(Files.isExecutable(age), "no age: apt-get install age");
        Path identity = folder.resolve("identity.txt");
        assertThat(program("/usr/bin/age-keygen", "-o", identity.toString()))
                .contains("Public key: age1");
        String recipient = program("/usr/bin/age-keygen", "-y", identity.toString()).strip();
        try (Site site = new Site(folder)) {
            Path backup = Backups.backup(site, "--encrypt-to", recipient);
            for (String name : List.of("configuration/map.toml", "keys/log.key")) {
                Path clear = folder.resolve("clear");
                program(
                        age.toString(),
                        "--decrypt",
                        "--identity",
                        identity.toString(),
                        "--output",
                        clear.toString(),
                        backup.resolve(name + ".age").toString());
                Path original =
                        Path.of(site.path("etc")).resolve(name.replace("configuration/", ""));
                assertThat(clear).hasSameBinaryContentAs(original);
            }
            assertThat(
                            site.run(
                                            "backup",
                                            "verify",
                                            backup.toString(),
                                            "--identity",
                                            identity.toString())
                                    .bool("decrypted"))
                    .contains(true);
        }
    }

    private static String program(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    private Path identityFile(AgeIdentity identity) throws IOException {
        Path file =
                Files.createFile(
                        folder.resolve("identity.txt"),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
        byte[] text = identity.text().use(byte[]::clone);
        Files.write(file, text, StandardOpenOption.TRUNCATE_EXISTING);
        return file;
    }
}
