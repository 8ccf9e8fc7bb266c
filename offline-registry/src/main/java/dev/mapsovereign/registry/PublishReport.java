package dev.mapsovereign.registry;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.time.UtcSeconds;
import dev.mapsovereign.registry.snapshot.IssueDescription;
import java.time.Instant;

/**
 * What a publisher made.
 *
 * @param issue the issue
 * @param expires when its metadata ends
 * @param filesReused target files that are the same as in the issue before
 */
public record PublishReport(IssueDescription issue, Instant expires, int filesReused) {
    /** The members of the verb's answer. */
    public JsonObject json() {
        return JsonObject.builder()
                .put("snapshot", issue.number())
                .put("issued", UtcSeconds.format(issue.issued()))
                .put("expires", UtcSeconds.format(expires))
                .put("documents", issue.treeSize())
                .put("tree_root", Hex.encode(issue.treeRoot()))
                .put("parts", issue.parts().size())
                .put("files_reused", filesReused)
                .put("revocations_number", issue.revocations().number())
                .put("revocations", issue.revocations().entries())
                .build();
    }
}
