package dev.mapsovereign.ca;

import dev.mapsovereign.base.durable.AppendFile;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

    /** What was issued to end entities: the newest of each profile and names. */
    List<IssuedEntry> newest() {
        Map<String, IssuedEntry> newest = new LinkedHashMap<>();
        for (JsonObject entry : entries()) {
            String profile = entry.text("profile").orElse("");
            if (CertificateProfile.profileNames().contains(profile)) {
                List<String> names =
                        entry.array("names").orElse(JsonArray.EMPTY).values().stream()
                                .map(name -> name instanceof JsonString text ? text.value() : "?")
                                .toList();
                newest.put(
                        profile + names,
                        new IssuedEntry(
                                profile,
                                entry.text("serial").orElse(""),
                                names,
                                Instant.parse(entry.text("not_after").orElseThrow())));
            }
        }
        return List.copyOf(newest.values());
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
