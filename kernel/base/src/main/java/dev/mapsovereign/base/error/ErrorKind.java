package dev.mapsovereign.base.error;

/** Who can do something about an error; the one property a caller's retry logic needs. */
public enum ErrorKind {
    /** The call itself is wrong or not allowed; the same call will be refused again. */
    CALLER,
    /** The node or something behind it needs an operator. */
    OPERATOR,
    /** Too much for now; the same call may succeed later. */
    OVERLOAD,
    /** A fault of this product; report it with the correlation id. */
    INTERNAL
}
