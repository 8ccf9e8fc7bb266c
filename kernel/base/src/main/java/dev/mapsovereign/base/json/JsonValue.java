package dev.mapsovereign.base.json;

/** A JSON value as I-JSON (RFC 7493) allows it; immutable, compared by content. */
public sealed interface JsonValue
        permits JsonObject, JsonArray, JsonString, JsonNumber, JsonBoolean, JsonNull {}
