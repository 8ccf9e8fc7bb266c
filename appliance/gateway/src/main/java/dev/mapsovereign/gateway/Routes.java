package dev.mapsovereign.gateway;

import dev.mapsovereign.gateway.http.RequestHandler;

/** What stands behind a listener, and how it leaves. */
interface Routes extends RequestHandler {
    /** Ends every connection with its next answer from now on, and answers health with 503. */
    void drain();

    /** What listens, in a word or two for the log. */
    default String what() {
        return "gateway";
    }

    /** How many requests are being answered. */
    int inside();
}
