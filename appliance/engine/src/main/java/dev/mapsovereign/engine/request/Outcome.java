package dev.mapsovereign.engine.request;

/**
 * After stage 7: the operation succeeded; whatever else can happen is a {@link RefusedException}.
 *
 * @param authorized who did what
 * @param data the operation's answer, canonical JSON
 */
public record Outcome(AuthorizedRequest authorized, byte[] data) {}
