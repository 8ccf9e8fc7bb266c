package dev.mapsovereign.engine.news;

import dev.mapsovereign.database.DatabaseException;
import dev.mapsovereign.redis.Redis;
import dev.mapsovereign.redis.RedisSubscription;
import dev.mapsovereign.redis.RedisUnavailableException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Tells the other nodes on one database, through Redis, that something was changed here, and reads
 * again here what another node changed. Without it, and of what could not be told, they notice when
 * they read again by themselves, within a minute.
 *
 * <p>Redis keeps no messages, so whenever this node begins to listen, for the first time or after
 * the connection was lost, it reads everything again. A message only names what to read: whoever
 * can write to Redis can make nodes read, and nothing else.
 */
public final class ChangeNews implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ChangeNews.class.getName());
    private static final String CHANNEL = "map:changes";

    private final Redis redis;
    private final List<Topic> topics;
    private final RedisSubscription subscription;

    /**
     * Something that all nodes read from the database.
     *
     * @param name in messages; no blank in it
     * @param announcer gets what is to be told, with a detail, after a change made on this node
     * @param changed takes over what another node changed, by the detail
     * @param readAgain takes over whatever other nodes may have changed
     */
    public record Topic(
            String name,
            Consumer<Consumer<String>> announcer,
            Consumer<String> changed,
            Runnable readAgain) {
        /** A topic without details: any change of it is read as a whole. */
        public static Topic whole(String name, Consumer<Runnable> announcer, Runnable readAgain) {
            return new Topic(
                    name,
                    told -> announcer.accept(() -> told.accept("")),
                    detail -> readAgain.run(),
                    readAgain);
        }
    }

    /** Tells and listens from now on. */
    public ChangeNews(Redis redis, List<Topic> topics) {
        this.redis = redis;
        this.topics = List.copyOf(topics);
        this.topics.forEach(topic -> topic.announcer().accept(detail -> announce(topic, detail)));
        subscription =
                redis.subscribe(
                        CHANNEL,
                        new RedisSubscription.Listener() {
                            @Override
                            public void listening() {
                                ChangeNews.this.topics.forEach(
                                        topic -> takeOver(topic, topic.readAgain()));
                            }

                            @Override
                            public void message(String text) {
                                hear(text);
                            }
                        });
    }

    /** Stops telling and listening. */
    @Override
    public void close() {
        topics.forEach(topic -> topic.announcer().accept(detail -> {}));
        subscription.close();
    }

    private void announce(Topic topic, String detail) {
        try {
            redis.publish(CHANNEL, (topic.name() + " " + detail).strip());
        } catch (RedisUnavailableException away) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "other nodes notice the change of {0} within a minute, since Redis cannot"
                            + " tell them: {1}",
                    topic.name(),
                    away.reason());
        }
    }

    private void hear(String text) {
        String[] parts = text.split(" ", 2);
        String detail = parts.length < 2 ? "" : parts[1];
        topics.stream()
                .filter(topic -> topic.name().equals(parts[0]))
                .forEach(topic -> takeOver(topic, () -> topic.changed().accept(detail)));
    }

    private static void takeOver(Topic topic, Runnable how) {
        try {
            how.run();
        } catch (DatabaseException away) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "another node changed {0}, which cannot be read now: {1}",
                    topic.name(),
                    away.getMessage());
        }
    }
}
