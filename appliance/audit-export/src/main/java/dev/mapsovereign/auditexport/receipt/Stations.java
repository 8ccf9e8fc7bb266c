package dev.mapsovereign.auditexport.receipt;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.note.VerifierKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The stations that are enrolled: {@code stations/<name>.json} in the audit folder. What counts is
 * the record {@code ConfigChanged} of the enrolment, which the file points to; each use compares
 * the two, so whoever can write this file enrols nobody. Safe for use by several threads.
 */
public final class Stations {
    private static final String OPERATION = "enrol_station";
    private static final String RETIRED = "retired";
    private static final JsonReader.Limits LIMITS =
            new JsonReader.Limits(4, Limits.STATION_BYTES_MAX);

    private final Path folder;

    /**
     * @param auditFolder the audit log's folder
     */
    public Stations(Path auditFolder) {
        folder = auditFolder.resolve("stations");
    }

    /**
     * Enrols a station, or enrols it anew in place of what was enrolled under its name.
     *
     * @throws OperatorException usage, for a public key that another station has
     */
    public RecordReference enrol(Station station, AuditLog log) {
        for (Station other : all(log)) {
            if (!other.name().equals(station.name())) {
                requireNoneShared(station, other);
            }
        }
        RecordReference record = record(log, station.meta());
        JsonObject json =
                JsonObject.builder()
                        .put("from", station.fromJson())
                        .put(
                                "keys",
                                JsonArray.ofStrings(
                                        station.keys().stream().map(VerifierKey::vkey).toList()))
                        .put("name", station.name())
                        .put("record", Long.toString(record.index()))
                        .build();
        try {
            DurableFiles.createDirectories(folder, Mode.PRIVATE);
            DurableFiles.write(file(station.name()), CanonicalJson.encode(json), Mode.PRIVATE);
        } catch (IOException e) {
            throw unusable(e);
        }
        return record;
    }

    private static void requireNoneShared(Station station, Station other) {
        Set<VerifierKey> keys = new HashSet<>(station.keys());
        keys.retainAll(other.keys());
        if (!keys.isEmpty()) {
            throw new OperatorException(
                    ExitCode.USAGE, "station " + other.name() + " has one of these keys");
        }
    }

    /**
     * From now on nothing that this station signs counts any more.
     *
     * @throws OperatorException usage, if it is not enrolled
     */
    public RecordReference retire(String name, AuditLog log) {
        if (all(log).stream().noneMatch(station -> station.name().equals(name))) {
            throw new OperatorException(ExitCode.USAGE, "no station " + name + " is enrolled");
        }
        RecordReference record =
                record(log, JsonObject.builder().put(RETIRED, true).put("station", name).build());
        try {
            DurableFiles.delete(file(name));
        } catch (IOException e) {
            throw unusable(e);
        }
        return record;
    }

    private static RecordReference record(AuditLog log, JsonObject meta) {
        return log.append(
                AuditDraft.builder(TenantId.NODE, EventType.CONFIG_CHANGED, AuditOutcome.SUCCESS)
                        .operation(OPERATION)
                        .meta(meta)
                        .build());
    }

    /**
     * Every station that is enrolled, by name.
     *
     * @throws OperatorException tampering, if a file says something else than its record
     */
    public List<Station> all(AuditLog log) {
        List<Station> stations = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return stations;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.json")) {
            for (Path file : files) {
                stations.add(read(file, log));
            }
        } catch (IOException e) {
            throw unusable(e);
        }
        stations.sort((a, b) -> a.name().compareTo(b.name()));
        return stations;
    }

    /**
     * As {@link #all}, and no later record says otherwise of any of them: a file of a retired
     * station that somebody puts back enrols nobody. Reads all of {@code _node} behind the oldest
     * enrolment.
     *
     * @throws OperatorException tampering, if one is not the newest enrolment of its station
     */
    List<Station> current(AuditLog log) {
        List<Station> stations = all(log);
        Map<String, Long> records = new HashMap<>();
        try {
            for (Station station : stations) {
                records.put(station.name(), recordOf(file(station.name())));
            }
        } catch (IOException e) {
            throw unusable(e);
        }
        long from = records.values().stream().mapToLong(index -> index + 1).min().orElse(0);
        long size = stations.isEmpty() ? 0 : log.head(TenantId.NODE).size();
        while (from < size) {
            int count = (int) Math.min(Limits.SCAN_RECORDS, size - from);
            for (byte[] leaf : log.leaves(TenantId.NODE, from, count)) {
                requireNotLater(ChainRule.record(leaf), records);
            }
            from += count;
        }
        return stations;
    }

    private void requireNotLater(byte[] record, Map<String, Long> enrolments) {
        if (!new String(record, StandardCharsets.ISO_8859_1).contains(OPERATION)) {
            return;
        }
        AuditRecord later = AuditRecord.parse(record);
        String name = later.meta().text("station").orElse("");
        long enrolment = enrolments.getOrDefault(name, Long.MAX_VALUE);
        if (later.event().equals(Optional.of(EventType.CONFIG_CHANGED))
                && later.operation().equals(Optional.of(OPERATION))
                && later.index() > enrolment) {
            throw new OperatorException(
                    ExitCode.TAMPERING,
                    "%s is the enrolment of record %d, which record %d has retired or replaced"
                            .formatted(file(name), enrolment, later.index()),
                    "whoever put the file there wants a station to count that does not; enrol or"
                            + " retire it again");
        }
    }

    private static long recordOf(Path file) throws IOException {
        return Long.parseLong(
                JsonReader.parseObject(Files.readAllBytes(file), LIMITS).text("record").orElse(""));
    }

    /** The station of that name. */
    Optional<Station> find(String name, AuditLog log) {
        return all(log).stream().filter(station -> station.name().equals(name)).findFirst();
    }

    private static Station read(Path file, AuditLog log) throws IOException {
        try {
            JsonObject json = JsonReader.parseObject(Files.readAllBytes(file), LIMITS);
            Station station = station(json);
            long index = Long.parseLong(json.text("record").orElse(""));
            AuditRecord record = AuditRecord.parse(log.record(TenantId.NODE, index));
            if (record.event().equals(Optional.of(EventType.CONFIG_CHANGED))
                    && record.operation().equals(Optional.of(OPERATION))
                    && record.meta().equals(station.meta())
                    && file.equals(file.resolveSibling(station.name() + ".json"))) {
                return station;
            }
            throw new IllegalArgumentException("record " + index + " says something else");
        } catch (IllegalArgumentException e) {
            throw new OperatorException(
                    ExitCode.TAMPERING,
                    file + " is not the enrolment that was recorded: " + e.getMessage(),
                    e);
        }
    }

    private static Station station(JsonObject json) {
        List<VerifierKey> keys = new ArrayList<>();
        for (JsonValue key : json.array("keys").orElse(JsonArray.EMPTY).values()) {
            keys.add(VerifierKey.parse(key instanceof JsonString(String vkey) ? vkey : ""));
        }
        SortedMap<TenantId, Long> from = new TreeMap<>();
        json.object("from")
                .orElse(JsonObject.EMPTY)
                .members()
                .forEach((tenant, index) ->
                        from.put(
                                TenantId.of(tenant),
                                Long.parseLong(
                                        index instanceof JsonString(String text) ? text : "")));
        return new Station(json.text("name").orElse(""), keys, from);
    }

    private Path file(String name) {
        return folder.resolve(name + ".json");
    }

    private OperatorException unusable(IOException e) {
        return new OperatorException(
                ExitCode.ENVIRONMENT, "the enrolments in " + folder + " cannot be used: " + e, e);
    }
}
