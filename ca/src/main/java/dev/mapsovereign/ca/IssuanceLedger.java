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
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What this authority planned, issued and revoked, one canonical JSON object a line, synced before
 * anything that it speaks of leaves: a certificate that nobody knows of cannot exist.
 *
 * <p>The caller holds the authority's lock.
 */
final class IssuanceLedger {
    /** Tells what is no issuance. */
    private static final String EVENT = "event";

    private static final String REVOKED = "revoked";
    private static final String RECORDED = "revocation_recorded";
    private static final String LIST = "revocation_list";

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
            long whole = wholeLines();
            if (whole < ledger.size()) {
                ledger.truncate(whole);
            }
            ledger.append(ByteBuffer.wrap(line));
            ledger.sync();
        } catch (IOException e) {
            throw new UncheckedIOException("couldn't write issuance ledger " + file, e);
        }
    }

    /** Bytes up to the last line's end; what a power cut left behind it would spoil the next. */
    private long wholeLines() throws IOException {
        byte[] all = Files.readAllBytes(file);
        int end = all.length;
        while (end > 0 && all[end - 1] != '\n') {
            end--;
        }
        return end;
    }

    void appendRevocation(Revocation revocation) {
        append(revocation.facts().with(EVENT, new JsonString(REVOKED)));
    }

    /** The audit log has the revocation's record. */
    void appendRecorded(String serial) {
        append(JsonObject.builder().put(EVENT, RECORDED).put("serial", serial).build());
    }

    void appendListNumber(String issuer, long number, Instant at) {
        append(
                JsonObject.builder()
                        .put(EVENT, LIST)
                        .put("issuer", issuer)
                        .put("number", number)
                        .put("planned_at", at.toString())
                        .build());
    }

    /** The highest number of a revocation list of that issuer; 0 if it has none. */
    long listNumber(String issuer) {
        return events(LIST)
                .filter(entry -> entry.text("issuer").orElse("").equals(issuer))
                .mapToLong(entry -> entry.integer("number").orElseThrow())
                .max()
                .orElse(0);
    }

    /** By serial number, oldest first. */
    Map<String, Revocation> revocations() {
        Map<String, Revocation> revocations = new LinkedHashMap<>();
        events(REVOKED)
                .map(Revocation::of)
                .forEach(each -> revocations.putIfAbsent(each.serial(), each));
        return revocations;
    }

    /** Revocations of which nothing says that the audit log has them. */
    List<Revocation> unrecorded() {
        Set<String> recorded =
                events(RECORDED)
                        .map(entry -> entry.text("serial").orElseThrow())
                        .collect(Collectors.toSet());
        return revocations().values().stream()
                .filter(each -> !recorded.contains(each.serial()))
                .toList();
    }

    /** What was planned under that serial number. */
    Optional<JsonObject> issued(String serial) {
        return entries().stream()
                .filter(entry -> !entry.has(EVENT))
                .filter(entry -> entry.text("serial").orElse("").equals(serial))
                .findFirst();
    }

    private Stream<JsonObject> events(String event) {
        return entries().stream().filter(entry -> entry.text(EVENT).orElse("").equals(event));
    }

    /** What was issued to end entities and not revoked: the newest of each profile and names. */
    List<IssuedEntry> newest() {
        Map<String, IssuedEntry> newest = new LinkedHashMap<>();
        Map<String, Revocation> revoked = revocations();
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
        return newest.values().stream()
                .filter(entry -> !revoked.containsKey(entry.serial()))
                .toList();
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
