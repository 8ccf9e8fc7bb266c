package dev.mapsovereign.engine.router;

import dev.mapsovereign.engine.request.Deadline;
import java.io.Closeable;
import java.io.InputStream;

/**
 * An answer's content that is read as it comes. The socket is closed at the call's deadline; the
 * connection carries nothing else afterwards. Used by the call's thread.
 */
public final class UpstreamStream implements Closeable {
    private final InputStream content;
    private final Deadline deadline;
    private final UpstreamConnection connection;

    UpstreamStream(InputStream content, Deadline deadline, UpstreamConnection connection) {
        this.content = content;
        this.deadline = deadline;
        this.connection = connection;
    }

    /** Ends where the answer ends; throws where the connection ends before. */
    InputStream content() {
        return content;
    }

    /** Whether the deadline has passed. */
    boolean late() {
        return deadline.passed();
    }

    @Override
    public void close() {
        connection.close();
    }
}
