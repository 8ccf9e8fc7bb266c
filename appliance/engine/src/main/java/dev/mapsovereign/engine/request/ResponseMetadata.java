package dev.mapsovereign.engine.request;

import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.engine.ratelimit.RateState;
import dev.mapsovereign.engine.route.VersionDates;
import java.util.Optional;

/**
 * What an answer says about the call itself.
 *
 * @param correlationId made by this node
 * @param protocol as resolved, or as asked for when stage 1 refused
 * @param version as resolved
 * @param operation as asked for
 * @param tenant the credential's tenant
 * @param record the call's own record, durable; empty for callers without a verified credential,
 *     who learn nothing about the log, and where no record could be written
 * @param rate what is left of the caller's rate; empty where it was not looked at
 * @param ending when the version that was called ends; empty for one that goes on
 * @param latencyMicros from the first byte read to the answer's making
 */
public record ResponseMetadata(
        CorrelationId correlationId,
        Optional<String> protocol,
        Optional<String> version,
        Optional<String> operation,
        Optional<TenantId> tenant,
        Optional<RecordReference> record,
        Optional<RateState> rate,
        Optional<VersionDates.Ending> ending,
        long latencyMicros) {}
