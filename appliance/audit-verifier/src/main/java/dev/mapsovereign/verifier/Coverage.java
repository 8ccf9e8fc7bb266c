package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.base.identity.TenantId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/** Which records the given bundles hold between them, and which they do not. */
final class Coverage {
    private final SortedMap<TenantId, List<BundleDescription.Range>> ranges = new TreeMap<>();
    private final SortedMap<TenantId, Long> newestSizes = new TreeMap<>();

    /**
     * @param bundles of one node, by ascending number
     */
    Coverage(List<BundleHeader> bundles) {
        for (BundleHeader bundle : bundles) {
            for (BundleDescription.Range range : bundle.description().ranges()) {
                ranges.computeIfAbsent(range.tenant(), tenant -> new ArrayList<>()).add(range);
            }
            for (BundleDescription.Log log : bundle.description().logs()) {
                newestSizes.merge(log.tenant(), log.size(), Math::max);
            }
        }
        ranges.values().forEach(list -> list.sort(Comparator.comparingLong(r -> r.from())));
    }

    /**
     * The largest end of a range that begins before {@code from}, at most {@code from}; 0 if none.
     */
    long reachedBefore(TenantId tenant, long from) {
        return ranges.getOrDefault(tenant, List.of()).stream()
                .filter(range -> range.from() < from)
                .mapToLong(range -> Math.min(from, range.to()))
                .max()
                .orElse(0);
    }

    /** Up to where the ranges lead on without a gap from a size that is known. */
    long reachedFrom(TenantId tenant, long size) {
        long reached = size;
        for (BundleDescription.Range range : ranges.getOrDefault(tenant, List.of())) {
            if (range.from() <= reached) {
                reached = Math.max(reached, range.to());
            }
        }
        return reached;
    }

    /** The largest end of a range; 0 without one. */
    long end(TenantId tenant) {
        return ranges.getOrDefault(tenant, List.of()).stream()
                .mapToLong(BundleDescription.Range::to)
                .max()
                .orElse(0);
    }

    /** Where the first range behind this size begins. */
    long nextFrom(TenantId tenant, long size) {
        return ranges.getOrDefault(tenant, List.of()).stream()
                .mapToLong(BundleDescription.Range::from)
                .filter(from -> from > size)
                .min()
                .orElse(size);
    }

    /** Sentences on records that are in none of the ranges. */
    List<String> gaps(ToLongFunction<TenantId> seenSize) {
        List<String> gaps = new ArrayList<>();
        newestSizes.forEach((tenant, size) -> {
            long reached = reachedFrom(tenant, seenSize.applyAsLong(tenant));
            while (reached < end(tenant)) {
                long next = nextFrom(tenant, reached);
                gaps.add(gap(tenant, reached, next, "are in none of these bundles"));
                reached = reachedFrom(tenant, next);
            }
            if (reached < size) {
                gaps.add(gap(tenant, reached, size, "were not exported with these bundles"));
            }
        });
        return gaps;
    }

    private static String gap(TenantId tenant, long from, long to, String what) {
        return "log %s: records %d to %d, which %s".formatted(tenant, from, to - 1, what);
    }
}
