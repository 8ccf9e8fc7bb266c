package dev.mapsovereign.registry.serve;

import java.util.Optional;

/**
 * An answer of the mirror before it becomes HTTP.
 *
 * @param status HTTP status
 * @param contentType media type
 * @param body the bytes
 * @param entityTag strong validator, if the answer may be revalidated
 */
record MirrorAnswer(int status, String contentType, byte[] body, Optional<String> entityTag) {}
