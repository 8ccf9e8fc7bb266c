package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.age.AgeIdentity;
import dev.mapsovereign.base.identity.TenantId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Media whose entries are encrypted: who can decrypt reads them, who cannot says so. */
final class EncryptedTest {
    @TempDir Path folder;

    private final SyntheticNode node = new SyntheticNode("alpha");
    private Path medium;
    private Path trust;
    private Path identity;

    @BeforeEach
    void export() throws Exception {
        SyntheticLog acme = node.tenant("acme").append(300);
        medium = folder.resolve("medium");
        trust = node.trustFile(folder);
        AgeIdentity auditor = AgeIdentity.generate(new SecureRandom());
        identity = write("identity", auditor);
        node.spoilFiles =
                files -> {
                    SpoiledMedia.encrypt(files, auditor, false);
                    return files;
                };
        node.export(medium, Map.of(TenantId.NODE, 0L, acme.tenant(), 0L));
    }

    private Path write(String name, AgeIdentity of) throws Exception {
        Path file = Files.write(folder.resolve(name), of.text().use(byte[]::clone));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    private static void expect(Verifiers.Outcome outcome, int exit, String... words) {
        assertThat(outcome.exit()).as(outcome.output()).isEqualTo(exit);
        for (String word : words) {
            assertThat(outcome.output()).contains(word);
        }
    }

    @Test
    void verify_withTheIdentity_readsEveryRecord() {
        expect(
                Verifiers.inProcess(medium, "--trust", trust, "--identity", identity),
                0,
                "every record: form",
                "VERIFIED");
    }

    @Test
    void verify_withoutIt_isNotVerifiedUnlessHashesAreEnough() throws Exception {
        expect(Verifiers.inProcess(medium, "--trust", trust), 3, "--identity", "NOT VERIFIED");
        expect(
                Verifiers.inProcess(medium, "--trust", trust, "--without-entries"),
                0,
                "300 records of " + node.node + "/acme, which are encrypted");
        Path other = write("other", AgeIdentity.generate(new SecureRandom()));
        expect(Verifiers.inProcess(medium, "--trust", trust, "--identity", other), 3, "encrypted");
        expect(Verifiers.python(medium, "--trust", trust), 3, "encrypted");
        expect(
                Verifiers.inProcess(medium, "--trust", trust, "--identity", trust),
                3,
                "identity file");
    }

    @Test
    void verify_changedCiphertext_isRefused() throws Exception {
        Path file = node.folder(medium).resolve("logs/acme/tile/entries/000.age");
        byte[] bytes = MediumFiles.read(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        expect(Verifiers.inProcess(medium, "--trust", trust, "--identity", identity), 4, "000.age");
        expect(Verifiers.inProcess(medium, "--trust", trust, "--without-entries"), 4, "000.age");
    }

    @Test
    void restore_needsTheIdentity() {
        Path out = folder.resolve("rows");
        expect(
                Verifiers.command(
                        "restore", medium, "--trust", trust, "--to", "jsonl", "--out", out),
                3,
                "encrypted");
        assertThat(out).doesNotExist();
        expect(
                Verifiers.command(
                        "restore",
                        medium,
                        "--trust",
                        trust,
                        "--to",
                        "jsonl",
                        "--out",
                        out,
                        "--identity",
                        identity),
                0,
                "302 records written");
    }

    @Test
    void witness_withoutTheIdentity_statesConsistencyOnly() {
        Station blind = Station.create(folder, "blind");
        expect(blind.visit(medium, trust), 0, "by blind/witness\n", "no mirror cosignature");

        Station station = Station.create(folder, "vault-1");
        expect(
                station.visit(medium, trust, "--identity", identity.toString()),
                0,
                "vault-1/witness, vault-1/mirror");
        // The mirror is decrypted, and needs nothing more to be checked.
        Path mirror = station.state.resolve("mirror");
        expect(Verifiers.inProcess(mirror, "--trust", trust), 0, "every record: form");
        expect(Verifiers.python(mirror, "--trust", trust), 0, "VERIFIED");
    }
}
