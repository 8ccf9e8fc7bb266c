package dev.mapsovereign.verifier;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.identity.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a verification has found; filled while it goes on, so that a refusal still says how far it
 * came. For one thread.
 */
final class Report {
    /** One range whose every record was verified. */
    record VerifiedRange(
            String node,
            String bundle,
            TenantId tenant,
            String origin,
            long from,
            long to,
            byte[] root,
            byte[] lastRecordHash) {}

    /** One bundle whose signatures were verified. */
    record VerifiedBundle(
            String node,
            long number,
            String folder,
            String time,
            String productVersion,
            String manifestSha256) {}

    /**
     * One receipt that a station wrote.
     *
     * @param keys names of the keys that cosigned
     */
    record Receipt(String node, TenantId tenant, long size, String file, List<String> keys) {}

    private final List<VerifiedBundle> bundles = new ArrayList<>();
    private final List<VerifiedRange> ranges = new ArrayList<>();
    private final List<String> checked = new ArrayList<>();
    private final List<String> notChecked = new ArrayList<>();
    private final List<String> unread = new ArrayList<>();
    private final List<Receipt> receipts = new ArrayList<>();
    private Optional<Finding> finding = Optional.empty();

    void add(VerifiedBundle bundle) {
        bundles.add(bundle);
    }

    void add(VerifiedRange range) {
        ranges.add(range);
    }

    void checked(String what) {
        checked.add(what);
    }

    void notChecked(String what) {
        notChecked.add(what);
    }

    /** Records that nobody here could read; also one of those not checked. */
    void unread(String what) {
        unread.add(what);
        notChecked.add(what);
    }

    void add(Receipt receipt) {
        receipts.add(receipt);
    }

    void end(Finding found) {
        finding = Optional.of(found);
    }

    List<VerifiedBundle> bundles() {
        return bundles;
    }

    List<VerifiedRange> ranges() {
        return ranges;
    }

    List<String> unread() {
        return unread;
    }

    List<Receipt> receipts() {
        return receipts;
    }

    List<String> checked() {
        return checked;
    }

    List<String> notChecked() {
        return notChecked;
    }

    Optional<Finding> finding() {
        return finding;
    }

    ExitCode exit() {
        return finding.map(Finding::exit).orElse(ExitCode.DONE);
    }

    String verdict() {
        return finding.map(Finding::verdict).orElse("verified");
    }
}
