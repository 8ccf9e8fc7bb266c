package dev.mapsovereign.gateway.http2;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;
import java.nio.charset.StandardCharsets;

/**
 * What Helidon answers by itself on an HTTP/2 stream, when it fails before or behind our handler: a
 * problem document like any other, and never the exception's text.
 */
final class DirectAnswers {
    private DirectAnswers() {}

    static DirectHandlers handlers() {
        DirectHandlers.Builder handlers = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            ErrorCode code =
                    switch (type) {
                        case BAD_REQUEST, HTTP_VERSION_NOT_SUPPORTED -> ErrorCode.MALFORMED_REQUEST;
                        default -> ErrorCode.INTERNAL;
                    };
            handlers.addHandler(type, (request, event, status, headers, message) -> problem(code));
        }
        return handlers.build();
    }

    private static DirectHandler.TransportResponse problem(ErrorCode code) {
        JsonObject body =
                JsonObject.builder()
                        .put("type", "urn:map:error:" + code.wire())
                        .put("title", code.title())
                        .put("status", code.status())
                        .put("code", code.wire())
                        .put("message", "the request could not be handled on this stream")
                        .build();
        return DirectHandler.TransportResponse.builder()
                .status(Status.create(code.status()))
                .header(HeaderNames.CONTENT_TYPE, "application/problem+json")
                .entity(CanonicalJson.text(body).getBytes(StandardCharsets.UTF_8))
                .build();
    }
}
