package dev.mapsovereign.engine.idempotency;

/**
 * An idempotency key and whose it is.
 *
 * @param tenant the caller's tenant
 * @param caller the caller's name
 * @param text as sent
 */
record IdempotencyKey(String tenant, String caller, String text) {}
