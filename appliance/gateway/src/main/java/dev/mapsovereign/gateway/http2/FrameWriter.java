package dev.mapsovereign.gateway.http2;

import dev.mapsovereign.gateway.listen.Connection;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import io.helidon.http.http2.Http2ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes each of Helidon's frames, which are one call each, in one piece. */
final class FrameWriter implements DataWriter {
    private static final int TYPE = 3;
    private static final int PAYLOAD = 9;

    private final Connection connection;
    private final FrameGate gate;

    FrameWriter(Connection connection, FrameGate gate) {
        this.connection = connection;
        this.gate = gate;
    }

    @Override
    public void write(BufferData... buffers) {
        writeNow(BufferData.create(buffers));
    }

    @Override
    public void write(BufferData buffer) {
        writeNow(buffer);
    }

    @Override
    public void writeNow(BufferData... buffers) {
        writeNow(BufferData.create(buffers));
    }

    @Override
    public void writeNow(BufferData buffer) {
        byte[] bytes = new byte[buffer.available()];
        buffer.read(bytes);
        try {
            write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A stream that Helidon resets for the client's fault would be answered all the same, and after
     * some faults Helidon says GOAWAY and goes on: both end the connection here (RFC 9113 §5.4.1).
     * Helidon's GOAWAY also says that no stream was processed, so that a client may send calls
     * again that have run (§6.8); ours says which it opened.
     */
    private void write(byte[] frame) throws IOException {
        switch (frame[TYPE]) {
            case 0 -> {
                gate.sentData();
                connection.write(frame, 0, frame.length);
            }
            case 3 -> {
                int code = frame[PAYLOAD + 3];
                if (code == Http2ErrorCode.PROTOCOL.code()
                        || code == Http2ErrorCode.FLOW_CONTROL.code()) {
                    end(code);
                } else {
                    connection.write(frame, 0, frame.length);
                }
            }
            case 7 -> {
                // Helidon makes an error code of the status 431.
                boolean known = frame[PAYLOAD + 6] == 0;
                end(known ? frame[PAYLOAD + 7] : Http2ErrorCode.ENHANCE_YOUR_CALM.code());
            }
            default -> connection.write(frame, 0, frame.length);
        }
    }

    private void end(int code) throws IOException {
        if (!gate.over()) {
            gate.end();
            byte[] frame = GoAway.frame(gate.lastStream(), code);
            connection.write(frame, 0, frame.length);
        }
    }
}
