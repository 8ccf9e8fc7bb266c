package dev.mapsovereign.registry;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.time.UtcSeconds;
import dev.mapsovereign.registry.snapshot.IssueDescription;
import java.time.Duration;
import java.time.Instant;

/**
 * What an import did.
 *
 * @param issue the issue on the medium
 * @param changed false if it had been accepted before; nothing was done then
 * @param expires when the issue's metadata ends
 * @param rootVersion the root that vouches for it
 * @param took how long it took
 */
public record ImportReport(
        IssueDescription issue, boolean changed, Instant expires, long rootVersion, Duration took) {
    /** The members of the verb's answer. */
    public JsonObject json() {
        return JsonObject.builder()
                .put("snapshot", issue.number())
                .put("changed", changed)
                .put("issued", UtcSeconds.format(issue.issued()))
                .put("expires", UtcSeconds.format(expires))
                .put("documents", issue.treeSize())
                .put("tree_root", Hex.encode(issue.treeRoot()))
                .put("revocations_number", issue.revocations().number())
                .put("revocations", issue.revocations().entries())
                .put("root_version", rootVersion)
                .put("took_ms", took.toMillis())
                .build();
    }
}
