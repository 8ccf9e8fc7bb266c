package dev.mapsovereign.engine.capability;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.redis.Redis;
import dev.mapsovereign.redis.RedisSubscription;
import dev.mapsovereign.redis.RedisUnavailableException;

/**
 * Tells the other nodes on one database, through Redis, when a capability was granted or revoked
 * here, and forgets here what another node changed. Without it they notice within {@link
 * dev.mapsovereign.engine.Limits#CAPABILITIES_KEPT}; so they do of what could not be told.
 *
 * <p>Redis keeps no messages, so whenever this node begins to listen, for the first time or after
 * the connection was lost, it forgets every effective set. What it reads then is as it was changed.
 */
public final class CapabilityNews implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(CapabilityNews.class.getName());
    private static final String CHANNEL = "map:capabilities";

    private final Redis redis;
    private final Grants grants;
    private final Runnable forgetAll;
    private final RedisSubscription subscription;

    /**
     * Tells and listens from now on.
     *
     * @param forgetAll drops every effective set
     */
    public CapabilityNews(Redis redis, Grants grants, Runnable forgetAll) {
        this.redis = redis;
        this.grants = grants;
        this.forgetAll = forgetAll;
        grants.announceTo(this::announce);
        subscription =
                redis.subscribe(
                        CHANNEL,
                        new RedisSubscription.Listener() {
                            @Override
                            public void listening() {
                                forgetAll.run();
                            }

                            @Override
                            public void message(String text) {
                                hear(text);
                            }
                        });
    }

    /** Stops telling and listening. */
    @Override
    public void close() {
        grants.announceTo((tenant, did) -> {});
        subscription.close();
    }

    private void announce(TenantId tenant, AgentDid did) {
        try {
            redis.publish(CHANNEL, tenant + " " + did);
        } catch (RedisUnavailableException away) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "other nodes notice the change for {0} in {1} within a minute, since Redis"
                            + " cannot tell them: {2}",
                    did,
                    tenant,
                    away.reason());
        }
    }

    private void hear(String text) {
        int space = text.indexOf(' ');
        try {
            grants.changedElsewhere(
                    TenantId.of(text.substring(0, Math.max(0, space))),
                    AgentDid.parse(text.substring(space + 1)));
        } catch (IllegalArgumentException strange) {
            LOG.log(System.Logger.Level.WARNING, "nonsense on the channel {0}", CHANNEL);
            forgetAll.run();
        }
    }
}
