package dev.mapsovereign.registry.transfer;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.registry.EntityStatus;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import dev.mapsovereign.registry.snapshot.Leaf;
import dev.mapsovereign.registry.snapshot.StoredSnapshot;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Predicate;

/**
 * What one issue may change of the issue before it: no identity goes without a tombstone, no
 * sequence falls, no second document stands under one sequence, no final status is taken back. Fed
 * with the new leaves in ascending order; both issues are walked through once.
 */
final class Succession {
    /** The leaves of the issue before, in ascending order. */
    interface Leaves {
        /** No issue before. */
        Leaves NONE =
                new Leaves() {
                    @Override
                    public long size() {
                        return 0;
                    }

                    @Override
                    public Leaf at(long position) {
                        throw new IndexOutOfBoundsException(position);
                    }
                };

        long size();

        Leaf at(long position);

        static Leaves of(StoredSnapshot snapshot) {
            return new Leaves() {
                @Override
                public long size() {
                    return snapshot.issue().treeSize();
                }

                @Override
                public Leaf at(long position) {
                    return snapshot.leafAt(position);
                }
            };
        }

        /** Leaves as the unpacked index holds them. */
        static Leaves of(byte[] index) {
            return new Leaves() {
                @Override
                public long size() {
                    return index.length / Leaf.BYTES;
                }

                @Override
                public Leaf at(long position) {
                    int offset = Math.toIntExact(position * Leaf.BYTES);
                    return Leaf.decode(ByteBuffer.wrap(index, offset, Leaf.BYTES));
                }
            };
        }
    }

    private final Leaves before;
    private final Predicate<byte[]> lifted;
    private long position;

    /**
     * Rules against {@code before}.
     *
     * @param lifted whether the root lifted the entry of a key, which lets its status go back
     */
    Succession(Leaves before, Predicate<byte[]> lifted) {
        this.before = before;
        this.lifted = lifted;
    }

    /** No rules: there is no issue before. */
    static Succession first() {
        return new Succession(Leaves.NONE, key -> false);
    }

    /**
     * The next new leaf.
     *
     * @param name the DID or the key, for messages
     */
    void next(Leaf leaf, String name) {
        if (position == before.size()) {
            return;
        }
        Leaf old = before.at(position);
        int order = Arrays.compareUnsigned(old.key(), leaf.key());
        if (order < 0) {
            throw vanished(old);
        }
        if (order == 0) {
            position++;
            check(old, leaf, name);
        }
    }

    /** After the last new leaf. */
    void end() {
        if (position < before.size()) {
            throw vanished(before.at(position));
        }
    }

    private static RegistryException vanished(Leaf old) {
        return new RegistryException(
                RegistryFault.VANISHED,
                "the DID with SHA-256 "
                        + Hex.encode(old.key())
                        + " was in the last issue and is neither here nor a tombstone");
    }

    private void check(Leaf old, Leaf leaf, String name) {
        if (leaf.sequence() < old.sequence()) {
            throw new RegistryException(
                    RegistryFault.ROLLED_BACK,
                    name
                            + ": sequence "
                            + leaf.sequence()
                            + ", accepted before: "
                            + old.sequence());
        }
        boolean otherDocument =
                leaf.hasDocument()
                        && old.hasDocument()
                        && !Arrays.equals(leaf.digest(), old.digest());
        if (leaf.sequence() == old.sequence() && otherDocument) {
            throw new RegistryException(
                    RegistryFault.EQUIVOCATION,
                    name + ": another document under sequence " + leaf.sequence());
        }
        boolean undone = leaf.status().compareTo(old.status()) < 0;
        boolean allowed =
                old.status().compareTo(EntityStatus.REVOKED) >= 0 && lifted.test(leaf.key());
        if (undone && !allowed) {
            throw new RegistryException(
                    RegistryFault.STATUS_UNDONE,
                    name + ": " + leaf.status().wire() + " again after " + old.status().wire());
        }
    }
}
