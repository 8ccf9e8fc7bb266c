package dev.mapsovereign.node.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditexport.MediumWriter;
import dev.mapsovereign.base.age.AgeDecryption;
import dev.mapsovereign.base.age.AgeIdentity;
import dev.mapsovereign.base.age.AgeRecipient;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredFilesTest {
    private static final int CUT_AT = 1000;

    @TempDir private Path folder;

    /** Stores a content in pieces, and looks at what the manifest says of it. */
    private byte[] stored(byte[] content, List<AgeRecipient> recipients, String... names)
            throws IOException {
        try (MediumWriter files = new MediumWriter(folder);
                StoredFiles stored = new StoredFiles(files, recipients, CUT_AT);
                StoredFiles.Content into = stored.begin("database/database.zip")) {
            into.write(content, 0, content.length / 3);
            into.write(content, content.length / 3, content.length - content.length / 3);
            assertThat(into.finish()).containsExactly(names);
            String digest = stored.finish();
            files.flush();
            assertThat(digest).isEqualTo(Hex.encode(Sha256.hash(Files.readAllBytes(manifest()))));
        }
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        List<String> lines = new ArrayList<>();
        for (String name : names) {
            byte[] part = Files.readAllBytes(folder.resolve(name));
            assertThat(part.length).as(name).isLessThanOrEqualTo(CUT_AT);
            lines.add(Hex.encode(Sha256.hash(part)) + "  " + name);
            joined.write(part);
        }
        assertThat(Files.readAllLines(manifest())).isEqualTo(lines);
        return joined.toByteArray();
    }

    private Path manifest() {
        return folder.resolve(BackupLayout.MANIFEST);
    }

    private static byte[] random(int length) {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        return content;
    }

    @Test
    void content_longerThanAFileMayBe_isCutAndJoinsAgain() throws IOException {
        byte[] content = random(2 * CUT_AT + 500);
        assertThat(
                        stored(
                                content,
                                List.of(),
                                "database/database.zip",
                                "database/database.zip.001",
                                "database/database.zip.002"))
                .isEqualTo(content);
    }

    @Test
    void content_asLongAsAFileMayBe_isOneFile() throws IOException {
        byte[] content = random(CUT_AT);
        assertThat(stored(content, List.of(), "database/database.zip")).isEqualTo(content);
    }

    @Test
    void content_encryptedAndCut_decryptsWhenJoined() throws IOException {
        byte[] content = random(CUT_AT + 500);
        try (AgeIdentity identity = AgeIdentity.generate(new SecureRandom())) {
            byte[] joined =
                    stored(
                            content,
                            List.of(identity.recipient()),
                            "database/database.zip.age",
                            "database/database.zip.age.001");
            assertThat(AgeDecryption.decrypt(joined, List.of(identity), content.length))
                    .isEqualTo(content);
        }
    }
}
