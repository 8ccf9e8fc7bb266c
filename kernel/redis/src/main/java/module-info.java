import org.jspecify.annotations.NullMarked;

/** One small door to Redis, for what several nodes share and can do without; start at Redis. */
@NullMarked
module dev.mapsovereign.redis {
    requires static org.jspecify;
    requires dev.mapsovereign.base;
    requires transitive dev.mapsovereign.config;
    requires redis.clients.jedis;

    exports dev.mapsovereign.redis;
}
