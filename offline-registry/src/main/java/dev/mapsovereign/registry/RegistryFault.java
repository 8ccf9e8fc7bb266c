package dev.mapsovereign.registry;

import dev.mapsovereign.base.error.ExitCode;
import java.util.Locale;

/** Everything for which the registry refuses a snapshot, a medium or a store; one constant each. */
public enum RegistryFault {
    /** A file that the layout or the metadata demands is not there. */
    MISSING_FILE(ExitCode.ENVIRONMENT),
    /** No root of trust is configured, or it is not readable. */
    NO_PINNED_ROOT(ExitCode.ENVIRONMENT),
    /** Another process works on this folder. */
    BUSY(ExitCode.ENVIRONMENT),
    /** The clock shows a time before the time floor. */
    CLOCK_BEHIND(ExitCode.ENVIRONMENT),
    /** The snapshot says it was issued more than a day ahead of the clock. */
    ISSUED_IN_FUTURE(ExitCode.ENVIRONMENT),
    /** Not of the form that the format demands. */
    MALFORMED(ExitCode.TAMPERING),
    /** A name that leads out of the layout. */
    PATH(ExitCode.TAMPERING),
    /** Fewer valid signatures than the role's threshold. */
    THRESHOLD(ExitCode.TAMPERING),
    /** Signed by keys that the role does not know. */
    UNKNOWN_KEY(ExitCode.TAMPERING),
    /** A root version is missing between the trusted one and the next. */
    ROOT_GAP(ExitCode.TAMPERING),
    /** Metadata whose date is over. */
    EXPIRED(ExitCode.TAMPERING),
    /** A version, a number or a document sequence lower than one already accepted. */
    ROLLED_BACK(ExitCode.TAMPERING),
    /** The version already accepted, with other content. */
    EQUIVOCATION(ExitCode.TAMPERING),
    /** Files of different issues laid together. */
    MIXED(ExitCode.TAMPERING),
    /** Shorter than signed. */
    TRUNCATED(ExitCode.TAMPERING),
    /** Longer than signed, or longer than any limit allows. */
    OVERSIZE(ExitCode.TAMPERING),
    /** Other content than signed. */
    DIGEST(ExitCode.TAMPERING),
    /** Unpacks to more than it says. */
    BOMB(ExitCode.TAMPERING),
    /** Two documents or leaves for one DID. */
    DUPLICATE_DID(ExitCode.TAMPERING),
    /** Leaves, documents or revocations out of order. */
    UNSORTED(ExitCode.TAMPERING),
    /** The leaves do not make the signed tree. */
    TREE(ExitCode.TAMPERING),
    /** A document and its leaf say different things. */
    LEAF(ExitCode.TAMPERING),
    /** A document that is not of the form, or not signed by its own key. */
    DOCUMENT(ExitCode.TAMPERING),
    /** A DID that was there is gone without a tombstone. */
    VANISHED(ExitCode.TAMPERING),
    /** A final status was taken back. */
    STATUS_UNDONE(ExitCode.TAMPERING),
    /** A revocation that was there is gone without a root-signed lift. */
    REVOCATION_DROPPED(ExitCode.TAMPERING),
    /** What lies on this machine's disk is not what was verified at import. */
    STORE_DAMAGED(ExitCode.TAMPERING),
    /** Nothing was imported yet, or not the number that was asked for. */
    NO_SNAPSHOT(ExitCode.FAILED),
    /** An order to the publisher that cannot be carried out. */
    ORDER(ExitCode.FAILED);

    private final ExitCode exit;

    RegistryFault(ExitCode exit) {
        this.exit = exit;
    }

    /** The exit status of a command that ends with this fault. */
    public ExitCode exit() {
        return exit;
    }

    /** The name in reports and records: lower case, underscores. */
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
