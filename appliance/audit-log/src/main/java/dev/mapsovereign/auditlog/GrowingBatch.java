package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.BatchHeader;
import dev.mapsovereign.auditlog.journal.ChainHead;
import dev.mapsovereign.auditlog.journal.Entry;
import dev.mapsovereign.auditlog.journal.EntryType;
import dev.mapsovereign.auditlog.journal.JournalFormat;
import dev.mapsovereign.auditlog.journal.Place;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.record.RecordTime;
import dev.mapsovereign.auditlog.tree.IntentFormat;
import dev.mapsovereign.base.crypto.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * A batch while it is made: the entries with their indexes and hashes, in the bytes that go to the
 * disk; the header comes last, for it says where the batch stands. There are two, used in turns:
 * while one is written and synced, the next grows. For one thread at a time.
 */
final class GrowingBatch {
    private static final int BODY_FROM = JournalFormat.HEADER_BYTES_MAX;

    private final byte[] buffer =
            new byte[BODY_FROM + JournalFormat.BODY_BYTES_MAX + JournalFormat.PAGE];
    private final ByteBuffer view = ByteBuffer.wrap(buffer);
    private final MessageDigest sha256 = Sha256.digest();
    private final List<Pending> members = new ArrayList<>();
    private final List<TenantChain.Growth> growths = new ArrayList<>();
    private int bodyEnd = BODY_FROM;
    private int entries;
    private int creations;
    private int intents;
    private long micros;
    private byte[] time = new byte[0];

    /** Empties it. */
    void clear() {
        members.clear();
        growths.clear();
        bodyEnd = BODY_FROM;
        entries = 0;
        creations = 0;
        intents = 0;
    }

    /** Gives the time to the records that are added from now on. */
    void at(long nowMicros) {
        micros = nowMicros;
        time = RecordTime.ascii(nowMicros);
    }

    boolean isEmpty() {
        return entries == 0;
    }

    /** Whether this one fits in as well. */
    boolean fits(Pending pending) {
        return entries < Limits.BATCH_ENTRIES_MAX
                && growths.size() < JournalFormat.HEADS_MAX - 1
                && bodyLength() + pending.bytesMax() <= JournalFormat.BODY_BYTES_MAX;
    }

    /** What was added, in order. */
    List<Pending> members() {
        return members;
    }

    /** What it does to each chain. */
    List<TenantChain.Growth> growths() {
        return growths;
    }

    /** How many tenants it creates. */
    int creations() {
        return creations;
    }

    /** How many intents it announces. */
    int intents() {
        return intents;
    }

    int bodyLength() {
        return bodyEnd - BODY_FROM;
    }

    /** Bytes that it takes in its segment. */
    int extent() {
        return JournalFormat.roundUp(BatchHeader.length(growths.size()) + bodyLength());
    }

    /** Adds a record, or the one that ends an intent. */
    void addRecord(Pending pending, long intent) {
        members.add(pending);
        record(pending, intent);
    }

    /** Adds an intent under that number. */
    void addIntent(Pending pending, long intent) {
        members.add(pending);
        pending.intent = intent;
        intents++;
        entry(
                EntryType.INTENT,
                pending.chain.number(),
                intent,
                IntentFormat.encode(pending.record));
    }

    /** Adds a tenant under that number, and the record that introduces it. */
    void addTenant(Pending pending, int number) {
        members.add(pending);
        creations++;
        TenantChain created = Objects.requireNonNull(pending.created);
        created.number(number);
        byte[] name = created.tenant().value().getBytes(StandardCharsets.US_ASCII);
        entry(
                EntryType.TENANT,
                number,
                0,
                ByteBuffer.allocate(Integer.BYTES + name.length)
                        .putInt(created.epoch())
                        .put(name)
                        .array());
        record(pending, 0);
    }

    /** The header of this batch at a place, and behind another one. */
    BatchHeader header(Place at, long number, Place previousEnd, byte[] previousDigest) {
        List<ChainHead> heads = new ArrayList<>(growths.size());
        for (TenantChain.Growth growth : growths) {
            heads.add(
                    new ChainHead(
                            growth.chain.number(),
                            growth.count,
                            growth.first,
                            growth.before,
                            growth.after));
        }
        CRC32C crc = new CRC32C();
        crc.update(buffer, BODY_FROM, bodyLength());
        return new BatchHeader(
                BatchHeader.Kind.DATA,
                bodyLength(),
                at,
                number,
                previousEnd,
                micros,
                entries,
                previousDigest,
                (int) crc.getValue(),
                heads);
    }

    /** The whole batch behind that header, up to the end of its last page. */
    ByteBuffer bytes(byte[] header) {
        int from = BODY_FROM - header.length;
        System.arraycopy(header, 0, buffer, from, header.length);
        Arrays.fill(buffer, bodyEnd, from + extent(), (byte) 0);
        return ByteBuffer.wrap(buffer, from, extent());
    }

    private void record(Pending pending, long intent) {
        TenantChain.Growth growth = growth(pending.chain);
        int from = bodyEnd + Entry.HEAD_BYTES;
        long index = growth.next();
        int end = pending.record.writeTo(buffer, from, index, time);
        int length = end - from;
        Entry.putHead(view, bodyEnd, EntryType.RECORD, pending.chain.number(), length, intent);
        byte[] hash = ChainRule.recordHash(sha256, growth.after, buffer, from, length);
        pending.placed(growth, index, hash, micros);
        growth.add(hash, length);
        bodyEnd = end;
        entries++;
    }

    private TenantChain.Growth growth(TenantChain chain) {
        TenantChain.Growth growth = chain.growth;
        if (growth == null) {
            growth = new TenantChain.Growth(chain);
            chain.growth = growth;
            growths.add(growth);
        }
        return growth;
    }

    private void entry(EntryType type, int tenant, long intent, byte[] bytes) {
        Entry.putHead(view, bodyEnd, type, tenant, bytes.length, intent);
        System.arraycopy(bytes, 0, buffer, bodyEnd + Entry.HEAD_BYTES, bytes.length);
        bodyEnd += Entry.HEAD_BYTES + bytes.length;
        entries++;
    }
}
