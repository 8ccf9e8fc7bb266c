package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.news.ChangeNews;

/**
 * What nodes tell each other when a capability was granted or revoked: whose effective set to
 * forget. Without it they notice within {@link dev.mapsovereign.engine.Limits#CAPABILITIES_KEPT}.
 */
public final class CapabilityNews {
    private static final System.Logger LOG = System.getLogger(CapabilityNews.class.getName());

    private CapabilityNews() {}

    /**
     * The topic of {@link ChangeNews}; its detail is a tenant and a DID.
     *
     * @param forgetAll drops every effective set
     */
    public static ChangeNews.Topic of(Grants grants, Runnable forgetAll) {
        return new ChangeNews.Topic(
                "capabilities",
                told -> grants.announceTo((tenant, did) -> told.accept(tenant + " " + did)),
                detail -> hear(grants, forgetAll, detail),
                forgetAll);
    }

    private static void hear(Grants grants, Runnable forgetAll, String detail) {
        int space = Math.max(0, detail.indexOf(' '));
        try {
            grants.changedElsewhere(
                    TenantId.of(detail.substring(0, space)),
                    AgentDid.parse(detail.substring(space).strip()));
        } catch (IllegalArgumentException strange) {
            LOG.log(System.Logger.Level.WARNING, "another node's news of capabilities is nonsense");
            forgetAll.run();
        }
    }
}
