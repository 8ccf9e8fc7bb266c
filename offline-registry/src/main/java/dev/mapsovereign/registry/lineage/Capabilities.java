package dev.mapsovereign.registry.lineage;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.document.OasDocument;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What an entity's own declaration is worth: no more than its ancestors declare. */
final class Capabilities {
    private Capabilities() {}

    /**
     * The declared capabilities of the first document, bounded by those of all others.
     *
     * @param documents of a complete walk; the last is the root, which needs no list of its own
     */
    static List<Capability> narrowed(List<OasDocument> documents, Instant now) {
        Set<Capability> capabilities = new LinkedHashSet<>(documents.getFirst().capabilities());
        for (int i = 1; i < documents.size(); i++) {
            OasDocument ancestor = documents.get(i);
            boolean root = i == documents.size() - 1;
            if (root && !ancestor.declaresCapabilities()) {
                continue;
            }
            capabilities = common(capabilities, ancestor.capabilities());
        }
        return capabilities.stream()
                .filter(it -> it.expires().map(now::isBefore).orElse(true))
                .toList();
    }

    /** Bounded: beyond the limit capabilities are lost, which is the safe side. */
    private static Set<Capability> common(Set<Capability> own, List<Capability> ancestors) {
        Set<Capability> common = new LinkedHashSet<>();
        for (Capability capability : own) {
            for (Capability ancestor : ancestors) {
                if (common.size() >= Limits.CAPABILITIES_MAX) {
                    return common;
                }
                capability.narrowedBy(ancestor).ifPresent(common::add);
            }
        }
        return common;
    }
}
