package dev.mapsovereign.gateway.http2;

import io.helidon.common.context.Context;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.http.media.MediaContext;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.http.DirectHandlers;
import java.util.concurrent.ExecutorService;

/**
 * What Helidon's HTTP/2 asks of the listener it runs on.
 *
 * @param config its settings
 * @param mediaContext conversion of bodies; not used, bodies are bytes here
 * @param contentEncodingContext compression; none
 * @param directHandlers answers to what never becomes a request
 * @param executor runs the streams
 */
record ListenerSurroundings(
        ListenerConfig config,
        MediaContext mediaContext,
        ContentEncodingContext contentEncodingContext,
        DirectHandlers directHandlers,
        ExecutorService executor)
        implements ListenerContext {

    @Override
    public Context context() {
        return Context.create();
    }
}
