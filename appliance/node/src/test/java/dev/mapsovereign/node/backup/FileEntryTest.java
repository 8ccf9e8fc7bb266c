package dev.mapsovereign.node.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileEntryTest {
    private static FileEntry entry(String path) {
        return new FileEntry(
                BackupPart.AUDIT, path, 0640, 5, 9, false, List.of("audit/a.001", "audit/a.002"));
    }

    private static byte[] withoutEnd(byte[] line) {
        return Arrays.copyOf(line, line.length - 1);
    }

    @Test
    void line_isReadBack() {
        FileEntry entry = entry("logs/acme/tile/0/x001/\u00e4 \"b\"");
        assertThat(FileEntry.parse(withoutEnd(entry.line()))).isEqualTo(entry);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/etc/passwd", "a/../../b", "..", "a//b", "a/", "./a", "a\0b"})
    void path_thatLeavesItsPlace_isRefused(String path) {
        assertThatIllegalArgumentException().isThrownBy(() -> entry(path));
        String line = new String(entry("harmless").line(), StandardCharsets.UTF_8);
        byte[] changed =
                line.strip()
                        .replace("harmless", path.replace("\0", "\\u0000"))
                        .getBytes(StandardCharsets.UTF_8);
        assertThatIllegalArgumentException().isThrownBy(() -> FileEntry.parse(changed));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "",
                "{\"part\":\"audit\"}",
                "{\"bytes\":\"5\",\"length\":\"4\",\"mode\":\"640\",\"part\":\"audit\",\"path\":\"a\",\"stored\":[\"a\"],\"zipped\":false}",
                "{\"bytes\":\"5\",\"length\":\"5\",\"mode\":\"4755\",\"part\":\"audit\",\"path\":\"a\",\"stored\":[\"a\"],\"zipped\":false}",
                "{\"bytes\":\"5\",\"length\":\"5\",\"mode\":\"640\",\"part\":\"other\",\"path\":\"a\",\"stored\":[\"a\"],\"zipped\":false}",
                "{\"bytes\":\"5\",\"length\":\"5\",\"mode\":\"640\",\"part\":\"audit\",\"path\":\"a\",\"stored\":[],\"zipped\":false}",
                "{\"bytes\":\"5\",\"length\":\"5\",\"mode\":\"640\",\"part\":\"audit\",\"path\":\"a\",\"stored\":[7],\"zipped\":false}",
                "{\"bytes\":\"5\",\"length\":\"5\",\"mode\":\"640\",\"part\":\"audit\",\"path\":\"a\",\"stored\":[\"../a\"],\"zipped\":false}"
            })
    void line_thatNoBackupHas_isRefused(String line) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FileEntry.parse(line.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "\u00e4", "nul", "COM1.txt", "a.", ".a", "a:b", "a/../b", ""})
    void name_thatFat32DoesNotTake_isNotPortable(String name) {
        assertThat(BackupLayout.isPortable(name)).isFalse();
        assertThat(BackupLayout.isPortable("audit/logs/_node/tile/0/x001/000.p_7")).isTrue();
    }
}
