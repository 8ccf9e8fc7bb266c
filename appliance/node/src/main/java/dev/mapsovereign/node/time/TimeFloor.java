package dev.mapsovereign.node.time;

import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.registry.RegistryMirror;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;

/**
 * No time before this is believed. The latest of three, each read anew from the one place that it
 * has: when the release was built, when the newest accepted registry snapshot was issued, and what
 * an operator set. Nothing else moves it (docs/internals/time-and-expiry.md).
 *
 * <p>Safe for use by several threads; of those that set it, one at a time.
 */
public final class TimeFloor {
    /** Where the operator's floor lies, in the data folder. */
    static final String FILE = "time-floor.json";

    private static final int FILE_BYTES_MAX = 4096;

    private final Instant release;
    private final Path registry;
    private final Path file;

    /**
     * The floor of a node.
     *
     * @param release when the release was built
     * @param registry the mirror's folder
     * @param data the node's data folder
     */
    public TimeFloor(Instant release, Path registry, Path data) {
        this.release = release;
        this.registry = registry;
        this.file = data.resolve(FILE);
    }

    /** Who says that it is not earlier. */
    public enum Source {
        RELEASE,
        REGISTRY,
        OPERATOR;

        /** The word in reports and records. */
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A floor and where it comes from. */
    public record Floor(Instant time, Source source) {
        /** Whether a clock that shows {@code now} cannot be right. */
        public boolean isAfter(Instant now) {
            return time.isAfter(now);
        }

        private Floor later(Instant other, Source from) {
            return other.isAfter(time) ? new Floor(other, from) : this;
        }
    }

    /**
     * The floor now.
     *
     * @throws OperatorException if the operator's floor cannot be read
     * @throws dev.mapsovereign.registry.RegistryException if the mirror's state is damaged
     */
    public Floor now() {
        Floor fixed = fixed();
        return operators().map(time -> fixed.later(time, Source.OPERATOR)).orElse(fixed);
    }

    /**
     * The floor by those of the three that can be read: what cannot must not keep anything from
     * starting, and who has to know of it finds out by {@link #now}.
     */
    public Floor readable() {
        try {
            return now();
        } catch (OperatorException e) {
            return readableFixed();
        }
    }

    private Floor readableFixed() {
        try {
            return fixed();
        } catch (OperatorException e) {
            return new Floor(release, Source.RELEASE);
        }
    }

    /** The floor below which no operator can set it. */
    public Floor fixed() {
        Floor built = new Floor(release, Source.RELEASE);
        return RegistryMirror.storedTimeFloor(registry)
                .map(time -> built.later(time, Source.REGISTRY))
                .orElse(built);
    }

    /**
     * What an operator set; empty if nobody did.
     *
     * @throws OperatorException if the file cannot be read
     */
    public Optional<Instant> operators() {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonObject json =
                    JsonReader.parseObject(
                            Files.readAllBytes(file), new JsonReader.Limits(2, FILE_BYTES_MAX));
            return Optional.of(Instant.parse(json.text("time").orElse("")));
        } catch (IOException | JsonException | DateTimeException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "the time floor that an operator set cannot be read: " + file,
                    "set it again: map clock set-floor TIME");
        }
    }

    /**
     * Checks that an operator may set the floor to {@code time}.
     *
     * @throws OperatorException if it lies ahead of the clock, or below release and registry
     */
    public void requireSettable(Instant time, Instant clock) {
        Floor least = fixed();
        if (time.isAfter(clock)) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "a floor of "
                            + time
                            + " lies ahead of the clock, which shows "
                            + clock.truncatedTo(ChronoUnit.SECONDS),
                    "set the clock first; the floor says what time it is past already");
        }
        if (least.isAfter(time)) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "the floor cannot be lower than "
                            + least.time()
                            + ", which is given by the "
                            + least.source().wire(),
                    "it was not earlier than that when that was made");
        }
    }

    /** Keeps the operator's floor; durable when this returns. */
    public void set(Instant time, Instant clock) {
        JsonObject json =
                JsonObject.builder()
                        .put("set_at", clock.truncatedTo(ChronoUnit.SECONDS).toString())
                        .put("time", time.toString())
                        .put("v", 1)
                        .build();
        try {
            DurableFiles.write(file, CanonicalJson.encode(json), Mode.GROUP);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Says that the clock lies before the floor, as an operator reads it.
     *
     * @param floor the floor
     * @param clock what the clock shows
     */
    public static String behind(Floor floor, Instant clock) {
        return "the clock shows "
                + clock.truncatedTo(ChronoUnit.SECONDS)
                + ", which is before the time floor "
                + floor.time()
                + " (from the "
                + floor.source().wire()
                + ")";
    }
}
