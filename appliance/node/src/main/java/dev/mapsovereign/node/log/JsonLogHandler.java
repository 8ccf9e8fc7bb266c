package dev.mapsovereign.node.log;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import java.util.regex.Pattern;

/**
 * Writes each log record as one JSON object on one line: {@code ts}, {@code level}, {@code target},
 * {@code message}, then what the record carries beside its message, then {@code exception}.
 *
 * <p>Facts travel as a {@link Map} among the record's parameters: {@code LOG.log(INFO, "answered",
 * Map.of("correlation_id", id, "stage", stage))}. The usual names are {@code correlation_id},
 * {@code tenant_id}, {@code protocol}, {@code operation}, {@code stage}, {@code latency_ms} and
 * {@code traceparent}. Any thread.
 */
public final class JsonLogHandler extends Handler {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'");
    private static final Pattern FIELD = Pattern.compile("[a-z][a-z0-9_]{0,39}");

    /**
     * A stack trace in full is in the first few kilobytes; a deep recursion's is not worth more.
     */
    private static final int EXCEPTION_CHARACTERS_MAX = 16 * 1024;

    private final SimpleFormatter messages = new SimpleFormatter();
    private final OutputStream out;

    /** Keeps the bytes of one line together. */
    private final ReentrantLock writing = new ReentrantLock();

    /** Writes to that stream, which it never closes. */
    public JsonLogHandler(OutputStream out) {
        this.out = out;
    }

    @Override
    public void publish(LogRecord record) {
        if (!isLoggable(record)) {
            return;
        }
        byte[] line = line(record).getBytes(StandardCharsets.UTF_8);
        writing.lock();
        try {
            out.write(line);
            out.flush();
        } catch (IOException e) {
            // There is no other place to complain to; the next line may get through.
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}

    private String line(LogRecord record) {
        Instant time = record.getInstant();
        JsonLine line =
                new JsonLine()
                        .add("ts", TIME.format(time.atOffset(ZoneOffset.UTC)))
                        .add("level", LogLevels.word(record.getLevel()))
                        .add("target", String.valueOf(record.getLoggerName()))
                        .add("message", String.valueOf(messages.formatMessage(record)));
        Object[] parameters = record.getParameters();
        if (parameters != null) {
            for (Object parameter : parameters) {
                if (parameter instanceof Map<?, ?> facts) {
                    facts.forEach((name, value) -> fact(line, name, value));
                }
            }
        }
        Throwable thrown = record.getThrown();
        if (thrown != null) {
            line.add("exception", trace(thrown));
        }
        return line.end();
    }

    private static void fact(JsonLine line, Object name, Object value) {
        if (!FIELD.matcher(String.valueOf(name)).matches()) {
            return;
        }
        if (value instanceof Integer
                || value instanceof Long
                || value instanceof Boolean
                || (value instanceof Double number && Double.isFinite(number))) {
            line.addPlain(String.valueOf(name), value);
        } else {
            line.add(String.valueOf(name), String.valueOf(value));
        }
    }

    private static String trace(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        String all = text.toString();
        return all.length() <= EXCEPTION_CHARACTERS_MAX
                ? all
                : all.substring(0, EXCEPTION_CHARACTERS_MAX);
    }
}
