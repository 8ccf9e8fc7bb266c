package dev.mapsovereign.node.backup;

import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * One file of a backup: a line of the index.
 *
 * @param path relative to the part's place; of a part that is one file, its name
 * @param mode permissions, nine bits
 * @param bytes of its content as it was copied
 * @param length of the file; what is beyond {@code bytes} are zeros
 * @param zipped whether a zip archive with this one file is stored in its place
 * @param stored names in the backup, whose contents follow each other
 */
record FileEntry(
        BackupPart part,
        String path,
        int mode,
        long bytes,
        long length,
        boolean zipped,
        List<String> stored) {
    private static final int MODE_MAX = 0777;
    private static final JsonReader.Limits LINE =
            new JsonReader.Limits(4, Limits.INDEX_LINE_BYTES_MAX);

    /**
     * @throws IllegalArgumentException for what no backup of ours holds
     */
    FileEntry {
        stored = List.copyOf(stored);
        if (!BackupLayout.staysBelow(path)
                || mode < 0
                || mode > MODE_MAX
                || bytes < 0
                || length < bytes
                || stored.isEmpty()
                || !stored.stream().allMatch(BackupLayout::isPortable)) {
            throw new IllegalArgumentException("a line that no backup has, of " + path);
        }
    }

    /** The line, with its end. */
    byte[] line() {
        return (CanonicalJson.text(
                                JsonObject.builder()
                                        .put("part", part.text())
                                        .put("path", path)
                                        .put("mode", Integer.toOctalString(mode))
                                        .put("bytes", Long.toString(bytes))
                                        .put("length", Long.toString(length))
                                        .put("zipped", zipped)
                                        .put("stored", JsonArray.ofStrings(stored))
                                        .build())
                        + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The entry of a line without its end.
     *
     * @throws IllegalArgumentException for any other bytes
     */
    static FileEntry parse(byte[] line) {
        try {
            JsonObject object = JsonReader.parseObject(line, LINE);
            return new FileEntry(
                    BackupPart.of(object.text("part").orElseThrow()),
                    object.text("path").orElseThrow(),
                    Integer.parseInt(object.text("mode").orElseThrow(), 8),
                    Long.parseLong(object.text("bytes").orElseThrow()),
                    Long.parseLong(object.text("length").orElseThrow()),
                    object.bool("zipped").orElseThrow(),
                    object.array("stored").orElseThrow().values().stream()
                            .map(FileEntry::text)
                            .toList());
        } catch (JsonException | NoSuchElementException e) {
            throw new IllegalArgumentException("no line of an index: " + e.getMessage(), e);
        }
    }

    private static String text(JsonValue value) {
        if (value instanceof JsonString text) {
            return text.value();
        }
        throw new IllegalArgumentException("a stored name is a text");
    }
}
