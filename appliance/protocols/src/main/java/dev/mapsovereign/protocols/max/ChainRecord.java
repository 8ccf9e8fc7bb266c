package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.util.Optional;

/**
 * A record out of the chain.
 *
 * @param hash its record hash
 * @param previousHash the record hash before it
 * @param bytes exactly as they were inserted
 */
record ChainRecord(long index, byte[] hash, byte[] previousHash, byte[] bytes) {
    /** The record in that leaf. */
    static ChainRecord ofLeaf(long index, byte[] leaf) {
        return new ChainRecord(
                index,
                ChainRule.recordHash(leaf),
                ChainRule.previousHash(leaf),
                ChainRule.record(leaf));
    }

    /** What it says. */
    AuditRecord read() {
        return AuditRecord.parse(bytes);
    }

    /** The record as JSON: a record is in RFC 8785 form, so its form is the bytes again. */
    JsonObject json() {
        return JsonReader.parseObject(bytes, JsonReader.Limits.DEFAULT);
    }

    /** The members that name it in an answer. */
    JsonObject.Builder reference() {
        return JsonObject.builder()
                .put("index", Long.toString(index))
                .put("record_hash", Hex.encode(hash));
    }

    /** Whether it is a record of that call. */
    boolean belongsTo(CorrelationId call) {
        return read().correlationId().equals(Optional.of(call));
    }
}
