package dev.mapsovereign.node.backup;

import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * A restore that is renaming: {@code restore-under-way} in the data folder. While it is there some
 * folders are old and some new, so nothing is opened; the restore goes on from it alone.
 *
 * @param backup what is restored, for people
 * @param node whose it is
 * @param tag ends the names of what was there before
 * @param databaseOnly whether the audit log stays
 * @param places what is renamed, in this order
 */
public record RestoreUnderWay(
        String backup, String node, String tag, boolean databaseOnly, List<Place> places) {
    public RestoreUnderWay {
        places = List.copyOf(places);
    }

    /**
     * One place.
     *
     * @param oneFile whether it is a file rather than a folder
     */
    public record Place(Path path, boolean oneFile) {}

    /**
     * @param data the data folder
     * @throws OperatorException if a restore there has not ended
     */
    public static void requireNone(Path data) {
        if (Files.exists(data.resolve(BackupLayout.UNDER_WAY))) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "a restore was begun here and has not ended: "
                            + data.resolve(BackupLayout.UNDER_WAY),
                    "run map restore again: it goes on where it was");
        }
    }

    /** The one under way, if there is one. */
    static Optional<RestoreUnderWay> read(Path data) throws IOException {
        Path file = data.resolve(BackupLayout.UNDER_WAY);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonObject object =
                    JsonReader.parseObject(Files.readAllBytes(file), JsonReader.Limits.DEFAULT);
            return Optional.of(
                    new RestoreUnderWay(
                            object.text("backup").orElseThrow(),
                            object.text("node").orElseThrow(),
                            object.text("tag").orElseThrow(),
                            object.bool("database_only").orElseThrow(),
                            object.array("places").orElseThrow().values().stream()
                                    .map(value -> place((JsonObject) value))
                                    .toList()));
        } catch (JsonException | NoSuchElementException | ClassCastException e) {
            throw new OperatorException(
                    ExitCode.TAMPERING,
                    file + " is not what a restore wrote: " + e.getMessage(),
                    e);
        }
    }

    private static Place place(JsonObject object) {
        return new Place(
                Path.of(object.text("path").orElseThrow()), object.bool("one_file").orElseThrow());
    }

    void write(Path data) throws IOException {
        JsonObject object =
                JsonObject.builder()
                        .put("backup", backup)
                        .put("node", node)
                        .put("tag", tag)
                        .put("database_only", databaseOnly)
                        .put(
                                "places",
                                new JsonArray(
                                        places.stream()
                                                .<JsonValue>map(place ->
                                                        JsonObject.builder()
                                                                .put(
                                                                        "path",
                                                                        place.path().toString())
                                                                .put("one_file", place.oneFile())
                                                                .build())
                                                .toList()))
                        .build();
        DurableFiles.write(
                data.resolve(BackupLayout.UNDER_WAY), CanonicalJson.encode(object), Mode.PRIVATE);
    }

    static void end(Path data) throws IOException {
        DurableFiles.delete(data.resolve(BackupLayout.UNDER_WAY));
    }
}
