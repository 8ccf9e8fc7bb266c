package dev.mapsovereign.auditkafka;

import dev.mapsovereign.auditlog.Position;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How far a journal was fed into a topic: the position behind the last record that the brokers have
 * acknowledged with all before it, and how many records that are. Another journal or another topic
 * begins at the beginning.
 */
record FeedPosition(String node, String topic, Position position, long records) {
    private static final int VERSION = 1;

    /** That of the file; the beginning if there is none, or it is of another journal or topic. */
    static FeedPosition read(Path file, String node, String topic) throws IOException {
        FeedPosition beginning = new FeedPosition(node, topic, Position.START, 0);
        if (!Files.exists(file)) {
            return beginning;
        }
        try {
            JsonObject object =
                    JsonReader.parseObject(Files.readAllBytes(file), JsonReader.Limits.DEFAULT);
            FeedPosition found =
                    new FeedPosition(
                            object.text("node").orElseThrow(),
                            object.text("topic").orElseThrow(),
                            Position.parse(object.text("position").orElseThrow()),
                            Long.parseLong(object.text("records").orElseThrow()));
            return found.node.equals(node) && found.topic.equals(topic) ? found : beginning;
        } catch (JsonException | IllegalArgumentException | java.util.NoSuchElementException e) {
            throw new IOException(
                    file + " is no feed position; remove it to send every record again", e);
        }
    }

    /** Survives a power cut when this returns. */
    void write(Path file) throws IOException {
        DurableFiles.write(
                file,
                CanonicalJson.encode(
                        JsonObject.builder()
                                .put("node", node)
                                .put("position", position.text())
                                .put("records", Long.toString(records))
                                .put("topic", topic)
                                .put("v", VERSION)
                                .build()),
                Mode.PRIVATE);
    }

    FeedPosition after(Position next, int more) {
        return new FeedPosition(node, topic, next, records + more);
    }
}
