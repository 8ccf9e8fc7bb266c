package dev.mapsovereign.database;

/** What a bulk insert does with a row whose key is there already. */
public enum OnDuplicate {
    /** The whole insert fails ({@link DatabaseException#isDuplicate}). */
    FAIL,
    /** The row in the table stays as it is; slower. */
    KEEP
}
