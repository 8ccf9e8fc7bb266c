package dev.mapsovereign.engine.request;

/**
 * Where a call came from and how it was addressed, as the edge saw it.
 *
 * @param source the peer's address without port, or a fixed word for a local socket
 * @param authority the authority the caller addressed, as sent; part of what DidAuth signs
 * @param method the HTTP method, as sent
 * @param target the request target, as sent
 */
public record Origin(String source, String authority, String method, String target) {}
