package dev.mapsovereign.engine.context;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import java.util.Optional;

/**
 * Who the node is when it calls by itself or for an operator on this host.
 *
 * @param node the journal's name, {@code <name>.<8 hex digits>}; marks what belongs to this node in
 *     a database that several share
 * @param did the node's own DID
 * @param tenant the scope in which it calls
 */
public record NodeIdentity(String node, Optional<AgentDid> did, TenantId tenant) {}
