package dev.mapsovereign.engine.request;

import java.io.ByteArrayOutputStream;

/** What of an answer in parts was given to the caller's connection. Used by the call's thread. */
public final class StreamedSoFar {
    private final ByteArrayOutputStream data = new ByteArrayOutputStream(1_024);
    private int events;

    StreamedSoFar() {}

    /** One more event. */
    public void handedOn(byte[] event) {
        data.writeBytes(event);
        data.write('\n');
        events++;
    }

    /** How many events. */
    public int events() {
        return events;
    }

    /** Bytes of all events, each with a line feed behind it. */
    public int size() {
        return data.size();
    }

    /** The events, each with a line feed behind it: what the record's digest is over. */
    public byte[] bytes() {
        return data.toByteArray();
    }
}
