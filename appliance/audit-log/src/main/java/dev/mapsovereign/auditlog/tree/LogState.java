package dev.mapsovereign.auditlog.tree;

import dev.mapsovereign.auditlog.journal.Batch;
import dev.mapsovereign.auditlog.journal.BatchHeader;
import dev.mapsovereign.auditlog.journal.ChainHead;
import dev.mapsovereign.auditlog.journal.Entry;
import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.auditlog.journal.Place;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.MerkleHash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What the journal adds up to at one place: every tenant's chain and tree, and the intents that
 * nothing has settled. Moved on batch by batch, and each batch is checked against it on the way:
 * numbers, links, chain heads, every record's hash. The same code runs at start over what the
 * device holds and afterwards over what was just written.
 *
 * <p>One thread moves it; the trees may be looked at by any.
 */
public final class LogState {
    private static final byte LEAF_PREFIX = 0;

    private final MessageDigest sha256 = Sha256.digest();

    /** By number; safe for all threads. */
    private final List<TenantTree> trees = new CopyOnWriteArrayList<>();

    private final Map<Long, OpenIntent> intents = new LinkedHashMap<>();

    private Place end = Place.BEGINNING;
    private Place lastBatchAt = Place.BEGINNING;
    private long lastBatch;
    private byte[] lastDigest = new byte[Sha256.BYTES];
    private long lastMicros;
    private long lastIntent;

    /** The state before the first batch. */
    public LogState() {}

    /** A state that was kept. */
    LogState(
            Collection<TenantTree> trees,
            Collection<OpenIntent> intents,
            Place end,
            Place lastBatchAt,
            long lastBatch,
            byte[] lastDigest,
            long lastMicros,
            long lastIntent) {
        this.trees.addAll(trees);
        intents.forEach(intent -> this.intents.put(intent.number(), intent));
        this.end = end;
        this.lastBatchAt = lastBatchAt;
        this.lastBatch = lastBatch;
        this.lastDigest = lastDigest;
        this.lastMicros = lastMicros;
        this.lastIntent = lastIntent;
    }

    /** Where the newest batch ends. */
    public Place end() {
        return end;
    }

    /** Where the newest batch stands; {@link Place#BEGINNING} if there is none. */
    public Place lastBatchAt() {
        return lastBatchAt;
    }

    /** The newest batch's number; 0 if there is none. */
    public long lastBatch() {
        return lastBatch;
    }

    /** The newest batch's digest; zeros if there is none. */
    public byte[] lastDigest() {
        return lastDigest.clone();
    }

    /** The newest batch's time in microseconds since 1970. */
    public long lastMicros() {
        return lastMicros;
    }

    /** The highest number that an intent has had. */
    public long lastIntent() {
        return lastIntent;
    }

    /** All tenants' trees in the order of their numbers. */
    public List<TenantTree> trees() {
        return Collections.unmodifiableList(trees);
    }

    /** The intents that no record has settled, oldest first. */
    public List<OpenIntent> intents() {
        return new ArrayList<>(intents.values());
    }

    /**
     * Moves on by a batch.
     *
     * @return the trees that grew
     * @throws JournalDamageException if the batch cannot follow; the state is of no use then
     */
    public Collection<TenantTree> apply(Batch batch) throws JournalDamageException {
        BatchHeader header = batch.header();
        requireLink(header);
        Map<Integer, ChainHead> heads = new HashMap<>();
        for (ChainHead head : header.heads()) {
            heads.put(head.tenant(), head);
        }
        Map<Integer, TenantTree> grown = new HashMap<>();
        for (Entry entry : batch.entries()) {
            switch (entry.type()) {
                case TENANT -> tenant(header, entry);
                case INTENT -> intent(header, entry);
                case RECORD -> {
                    TenantTree tree = tree(header, entry.tenant());
                    if (grown.put(entry.tenant(), tree) == null) {
                        requireBefore(header, tree, heads.get(entry.tenant()));
                    }
                    record(header, entry, tree);
                }
            }
        }
        requireAfter(header, heads, grown);
        end = header.end();
        lastBatchAt = header.at();
        lastBatch = header.number();
        lastDigest = batch.digest();
        lastMicros = header.micros();
        return grown.values();
    }

    private void requireLink(BatchHeader header) throws JournalDamageException {
        if (header.number() != lastBatch + 1
                || !header.previousEnd().equals(end)
                || !Arrays.equals(header.previousDigest(), lastDigest)) {
            throw new JournalDamageException(
                    "the batch at "
                            + header.at()
                            + " (number "
                            + header.number()
                            + ") does not follow batch "
                            + lastBatch
                            + " that ended at "
                            + end);
        }
    }

    private void tenant(BatchHeader header, Entry entry) throws JournalDamageException {
        if (entry.tenant() != trees.size() || entry.length() < Integer.BYTES) {
            throw wrong(header, "introduces tenant number " + entry.tenant());
        }
        ByteBuffer in = ByteBuffer.wrap(entry.source(), entry.from(), entry.length());
        int epoch = in.getInt();
        byte[] name = new byte[in.remaining()];
        in.get(name);
        try {
            TenantId tenant = TenantId.of(new String(name, StandardCharsets.US_ASCII));
            trees.add(new TenantTree(entry.tenant(), tenant, epoch));
        } catch (IllegalArgumentException e) {
            throw new JournalDamageException(
                    "the batch at " + header.at() + " introduces a tenant that none can be", e);
        }
    }

    private void intent(BatchHeader header, Entry entry) throws JournalDamageException {
        if (entry.intent() <= lastIntent) {
            throw wrong(header, "uses intent number " + entry.intent() + " again");
        }
        tree(header, entry.tenant());
        lastIntent = entry.intent();
        try {
            intents.put(
                    entry.intent(),
                    new OpenIntent(
                            entry.intent(), entry.tenant(), IntentFormat.decode(entry.bytes())));
        } catch (IllegalArgumentException e) {
            throw new JournalDamageException(
                    "the batch at " + header.at() + " holds an intent that is none", e);
        }
    }

    private void record(BatchHeader header, Entry entry, TenantTree tree)
            throws JournalDamageException {
        if (entry.intent() != 0 && intents.remove(entry.intent()) == null) {
            throw wrong(header, "settles intent " + entry.intent() + ", which is not open");
        }
        byte[] before = tree.head();
        byte[] recordHash =
                ChainRule.recordHash(sha256, before, entry.source(), entry.from(), entry.length());
        sha256.update(LEAF_PREFIX);
        byte[] leafHash =
                ChainRule.recordHash(sha256, before, entry.source(), entry.from(), entry.length());
        tree.append(
                new Place(header.at().segment(), entry.offset()),
                entry.length(),
                recordHash,
                leafHash);
    }

    private TenantTree tree(BatchHeader header, int number) throws JournalDamageException {
        if (number < 0 || number >= trees.size()) {
            throw wrong(header, "names tenant number " + number + ", which nobody has");
        }
        return trees.get(number);
    }

    private static void requireBefore(BatchHeader header, TenantTree tree, @Nullable ChainHead head)
            throws JournalDamageException {
        if (head == null
                || head.first() != tree.size()
                || !Arrays.equals(head.before(), tree.head())) {
            throw wrong(header, "does not continue the chain of " + tree.tenant());
        }
    }

    private static void requireAfter(
            BatchHeader header, Map<Integer, ChainHead> heads, Map<Integer, TenantTree> grown)
            throws JournalDamageException {
        if (!heads.keySet().equals(grown.keySet())) {
            throw wrong(header, "states chain heads of other tenants than it has records of");
        }
        for (Map.Entry<Integer, TenantTree> entry : grown.entrySet()) {
            ChainHead head = Optional.ofNullable(heads.get(entry.getKey())).orElseThrow();
            TenantTree tree = entry.getValue();
            if (tree.size() != head.first() + head.count()
                    || !Arrays.equals(tree.head(), head.after())) {
                throw wrong(header, "does not lead to the stated head of " + tree.tenant());
            }
        }
    }

    private static JournalDamageException wrong(BatchHeader header, String what) {
        return new JournalDamageException(
                "the batch at " + header.at() + " (number " + header.number() + ") " + what);
    }

    /** Length of every hash that is kept. */
    static final int HASH_BYTES = MerkleHash.BYTES;
}
