package dev.mapsovereign.auditlog.prune;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;

/** A record that this log had and that was pruned: its hash is here, its bytes are elsewhere. */
public final class RecordPrunedException extends OperatorException {
    private static final long serialVersionUID = 1L;

    private final long index;

    /**
     * @param record index of the record in {@code _node} that tells of it
     */
    public RecordPrunedException(TenantId tenant, long index, long record) {
        super(
                ExitCode.FAILED,
                "record "
                        + index
                        + " of "
                        + tenant
                        + " was pruned from this host; record "
                        + record
                        + " of _node says when, and which stations hold it",
                "its hash is still in the tree: map audit prove --help, option --entries");
        this.index = index;
    }

    /** Which record. */
    public long index() {
        return index;
    }
}
