package dev.mapsovereign.ca;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.AuditSink;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/**
 * Taking certificates back, and the lists that tell everybody.
 *
 * <p>A revocation is in the ledger first, then in the audit log, then on the list: interrupted
 * between two of them, the next call of either method goes on there. Safe for use by several
 * threads.
 */
public final class Revocations {
    /** RFC 5280 §4.1.2.2: at most 20 octets; openssl writes colons between them. */
    private static final Pattern SERIAL = Pattern.compile("[0-9a-f]{1,40}");

    private final Path folder;
    private final IssuanceLedger ledger;
    private final AuditSink audit;
    private final Clock clock;
    private final RevocationLists lists;

    /** The authority's: covers the ledger and the numbers of lists. */
    private final ReentrantLock issuing;

    Revocations(
            Path folder,
            IssuanceLedger ledger,
            AuditSink audit,
            Clock clock,
            ReentrantLock issuing) {
        this.folder = folder;
        this.ledger = ledger;
        this.audit = audit;
        this.clock = clock;
        this.lists = new RevocationLists(folder, ledger, clock);
        this.issuing = issuing;
    }

    /**
     * What came of it.
     *
     * @param already whether it had been revoked before; its first reason and time stand
     * @param list the new list of its issuer
     */
    public record Outcome(Revocation revocation, boolean already, RevocationList list) {}

    /**
     * A serial number as people write it, in hex: either case, with colons, with zeros in front.
     *
     * @return lower-case hex as in the ledger
     * @throws IllegalArgumentException if it is none
     */
    public static String serial(String text) {
        String digits = text.replace(":", "").toLowerCase(Locale.ROOT);
        if (!SERIAL.matcher(digits).matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not a serial number: 1 to 40 hex digits");
        }
        return new BigInteger(digits, 16).toString(16);
    }

    /**
     * Takes a certificate back for good, and makes its issuer's list anew.
     *
     * @param serial as {@link #serial} gives it
     * @throws OperatorException exit 1 if no certificate of this number was issued here, or its
     *     issuer's key is elsewhere; 3 if something cannot be written
     */
    public Outcome revoke(String serial, RevocationReason reason) {
        issuing.lock();
        try {
            Optional<Revocation> before = Optional.ofNullable(ledger.revocations().get(serial));
            Revocation revocation = before.orElseGet(() -> plan(serial, reason));
            requireKey(revocation.issuer());
            if (before.isEmpty()) {
                ledger.appendRevocation(revocation);
            }
            recordPending();
            return new Outcome(revocation, before.isPresent(), lists.make(revocation.issuer()));
        } catch (IOException | GeneralSecurityException e) {
            throw failed("couldn't make the revocation list; map ca crl tries again", e);
        } finally {
            issuing.unlock();
        }
    }

    private Revocation plan(String serial, RevocationReason reason) {
        JsonObject issued =
                ledger.issued(serial)
                        .orElseThrow(() ->
                                new OperatorException(
                                        ExitCode.FAILED,
                                        "no certificate with the serial number "
                                                + serial
                                                + " was issued by this site's authority",
                                        "compare it with: openssl x509 -noout -serial -in FILE"));
        String profile = issued.text("profile").orElse("");
        if (!CertificateProfile.profileNames().contains(profile)) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    serial + " is the authority's own certificate, which only the root takes back",
                    "a compromised issuer needs a new authority");
        }
        return new Revocation(
                serial,
                CertificateProfile.of(profile).issuer(),
                reason,
                clock.instant().truncatedTo(ChronoUnit.SECONDS),
                Instant.parse(issued.text("not_after").orElseThrow()));
    }

    private void requireKey(String issuer) {
        if (!lists.keyIsHere(issuer)) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "the key of the issuer " + issuer + " is not on this host",
                    "revoke it where that key is");
        }
    }

    /** Those that a crash, or a log that took no records, kept out of the audit log. */
    private void recordPending() {
        for (Revocation each : ledger.unrecorded()) {
            audit.append(
                    AuditDraft.builder(
                                    TenantId.NODE,
                                    EventType.CERTIFICATE_REVOKED,
                                    AuditOutcome.SUCCESS)
                            .meta(each.facts())
                            .build());
            ledger.appendRecorded(each.serial());
        }
    }

    /**
     * Makes the list of every issuer whose key is here.
     *
     * @throws OperatorException exit 1 if there is no such issuer, 3 if something cannot be written
     */
    public List<RevocationList> makeLists() {
        issuing.lock();
        try {
            if (lists.issuers().isEmpty()) {
                throw new OperatorException(
                        ExitCode.FAILED,
                        "no issuer's key is on this host",
                        "make the lists where the keys are");
            }
            recordPending();
            return lists.make();
        } catch (IOException | GeneralSecurityException e) {
            throw failed("couldn't make the revocation lists in " + folder, e);
        } finally {
            issuing.unlock();
        }
    }

    /**
     * Copies lists to a folder that others read, each by one rename.
     *
     * @param target made if it is missing
     * @return the copies
     */
    public static List<Path> copy(List<RevocationList> lists, Path target) {
        try {
            if (!Files.isDirectory(target)) {
                DurableFiles.createDirectories(target, Mode.PUBLIC);
            }
            for (RevocationList list : lists) {
                DurableFiles.write(
                        copyOf(list, target), Files.readAllBytes(list.file()), Mode.PUBLIC);
            }
        } catch (IOException e) {
            throw failed("couldn't copy the revocation lists to " + target, e);
        }
        return lists.stream().map(list -> copyOf(list, target)).toList();
    }

    private static Path copyOf(RevocationList list, Path target) {
        return target.resolve(list.file().getFileName());
    }

    private static OperatorException failed(String what, Exception cause) {
        return new OperatorException(ExitCode.ENVIRONMENT, what + ": " + IoReason.of(cause), cause);
    }
}
