package dev.mapsovereign.engine.context;

import dev.mapsovereign.base.identity.AgentDid;
import java.util.Optional;

/**
 * Where DIDs are resolved: the registry mirror on a node, a map in a test.
 *
 * <p>Asked once a call by many threads, so it answers from memory. Whoever changes what it answers
 * (an import, a revocation) tells the engine by {@code Engine.identitiesChanged()}.
 */
@FunctionalInterface
public interface IdentityDirectory {
    /** The newest known state of {@code did}; empty when it was never seen. */
    Optional<ResolvedIdentity> resolve(AgentDid did);
}
