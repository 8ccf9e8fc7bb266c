package dev.mapsovereign.ca;

import dev.mapsovereign.base.durable.AppendFile;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What this authority planned and issued, one canonical JSON object a line, synced before anything
 * that it speaks of leaves: a certificate that nobody knows of cannot exist.
 *
 * <p>The caller holds the authority's lock.
 */
final class IssuanceLedger {
    private final Path file;

    IssuanceLedger(Path file) {
        this.file = file;
    }

    void append(JsonObject entry) {
        try (AppendFile ledger =
                Files.exists(file)
                        ? AppendFile.open(file)
                        : AppendFile.create(file, Mode.PRIVATE)) {
            byte[] line = (CanonicalJson.text(entry) + "\n").getBytes(StandardCharsets.UTF_8);
            ledger.append(ByteBuffer.wrap(line));
            ledger.sync();
        } catch (IOException e) {
            throw new UncheckedIOException("couldn't write issuance ledger " + file, e);
        }
    }

    /** All entries, oldest first; an unfinished last line (a power cut) is left out. */
    List<JsonObject> entries() {
        if (!Files.exists(file)) {
            return List.of();
        }
        List<JsonObject> entries = new ArrayList<>();
        try {
            String text = Files.readString(file);
            int start = 0;
            for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
                entries.add(
                        JsonReader.parseObject(
                                text.substring(start, end).getBytes(StandardCharsets.UTF_8),
                                JsonReader.Limits.DEFAULT));
                start = end + 1;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("couldn't read issuance ledger " + file, e);
        }
        return entries;
    }
}
