package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.base.identity.TenantId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which medium holds what, by the ledger. Exports that continue each other are one medium, named by
 * the number of its first bundle: the folder that it was mounted at says nothing, since all sticks
 * of a rotation are mounted at the same one. For one thread.
 */
final class Media {
    private final SortedMap<Long, Medium> media = new TreeMap<>();

    private static final class Medium {
        private final List<Long> bundles = new ArrayList<>();
        private final SortedMap<TenantId, Spans> held = new TreeMap<>();
        private String folder = "";
    }

    /**
     * @param exports by ascending number; unfinished ones do not count
     */
    Media(List<ExportLedger.Entry> exports) {
        Map<Long, Long> firstOf = new HashMap<>();
        for (ExportLedger.Entry export : exports) {
            if (export.signature().isPresent()) {
                BundleDescription plan = export.plan();
                long previous = plan.previous().orElse(plan.number());
                long first = firstOf.getOrDefault(previous, previous);
                firstOf.put(plan.number(), first);
                add(media.computeIfAbsent(first, number -> new Medium()), export);
            }
        }
    }

    private static void add(Medium medium, ExportLedger.Entry export) {
        medium.bundles.add(export.plan().number());
        medium.folder = export.medium();
        for (BundleDescription.Range range : export.plan().ranges()) {
            medium.held
                    .computeIfAbsent(range.tenant(), tenant -> new Spans())
                    .add(range.from(), range.to());
        }
    }

    /** Records of a log that are on some medium. */
    Spans anywhere(TenantId tenant) {
        Spans all = new Spans();
        media.values().forEach(medium -> all.addAll(held(medium, tenant)));
        return all;
    }

    /** Every medium with what it holds, and what no other one holds. */
    List<ExportStatus.Medium> status() {
        List<ExportStatus.Medium> status = new ArrayList<>();
        media.forEach((first, medium) -> {
            List<ExportReport.Range> ranges = new ArrayList<>();
            List<ExportReport.Range> alone = new ArrayList<>();
            medium.held.forEach((tenant, spans) -> {
                Spans elsewhere = new Spans();
                media.values().stream()
                        .filter(other -> other != medium)
                        .forEach(other -> elsewhere.addAll(held(other, tenant)));
                ranges.addAll(ranges(tenant, spans.all()));
                alone.addAll(ranges(tenant, spans.without(elsewhere)));
            });
            status.add(
                    new ExportStatus.Medium(first, medium.bundles, medium.folder, ranges, alone));
        });
        return status;
    }

    static List<ExportReport.Range> ranges(TenantId tenant, List<Spans.Span> spans) {
        return spans.stream()
                .map(span -> new ExportReport.Range(tenant, span.from(), span.to()))
                .toList();
    }

    private static Spans held(Medium medium, TenantId tenant) {
        return medium.held.getOrDefault(tenant, new Spans());
    }
}
