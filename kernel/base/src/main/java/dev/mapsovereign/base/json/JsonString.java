package dev.mapsovereign.base.json;

/** Unicode text without lone surrogates, so that it always has a UTF-8 form. */
public record JsonString(String value) implements JsonValue {
    static final JsonString EMPTY = new JsonString("");

    /**
     * @throws IllegalArgumentException for a lone surrogate
     */
    public JsonString {
        Unicode.requireWellFormed(value);
    }

    @Override
    public String toString() {
        return CanonicalJson.text(this);
    }
}
