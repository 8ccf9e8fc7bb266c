package dev.mapsovereign.auditlog.payload;

import java.time.LocalDate;

/**
 * A body as it was received or sent.
 *
 * @param hmac the digest that stands for it in the record of its call
 * @param day when it was digested, UTC
 */
public record Payload(String hmac, LocalDate day, byte[] content) {}
