package dev.mapsovereign.engine.request;

/**
 * After stage 3: the tenant may call this often.
 *
 * @param enriched who calls what
 */
public record AdmittedRequest(EnrichedRequest enriched) {}
