package dev.mapsovereign.protocols;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditstore.AuditIndex;
import dev.mapsovereign.auditstore.AuditProjection;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.engine.capability.EffectiveCapabilities;
import dev.mapsovereign.engine.context.DidAuthSessions;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.module.ProtocolModule;
import dev.mapsovereign.engine.policy.Policies;
import dev.mapsovereign.engine.trace.KeptTraces;
import dev.mapsovereign.protocols.admin.AdminModule;
import dev.mapsovereign.protocols.macs.MacsModule;
import dev.mapsovereign.protocols.max.MaxModule;
import dev.mapsovereign.protocols.max.OffSite;
import dev.mapsovereign.protocols.mim.Mailboxes;
import dev.mapsovereign.protocols.mim.MimConfig;
import dev.mapsovereign.protocols.mim.MimModule;
import dev.mapsovereign.protocols.oas.OasModule;
import dev.mapsovereign.registry.RegistryMirror;
import java.time.Clock;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * What the native protocols work on. Whoever makes these parts closes them, after the engine.
 *
 * @param log the audit log
 * @param index finds its records
 * @param projection fills the index
 * @param offSite what of the log has left the building
 * @param reportSigner signs compliance reports
 * @param database mailboxes and messages
 * @param sessions DidAuth, the engine's own
 * @param capabilities what callers may do; told of a changed registry as the engine is
 * @param policies what of that is refused all the same
 * @param mirror the registry
 * @param mim settings of messaging
 * @param traces the newest traced calls
 * @param clock wall clock
 */
public record NativeModules(
        AuditLog log,
        AuditIndex index,
        AuditProjection projection,
        OffSite offSite,
        NoteSigner reportSigner,
        Database database,
        DidAuthSessions sessions,
        EffectiveCapabilities capabilities,
        Policies policies,
        RegistryMirror mirror,
        MimConfig mim,
        KeptTraces traces,
        Clock clock) {

    /** MACS, MAX, MIM, OAS and ADMIN, in this order. */
    public List<ProtocolModule> all() {
        return List.of(
                new MacsModule(sessions, capabilities, policies, mirror, clock),
                new MaxModule(log, index, projection, offSite, reportSigner, clock),
                new MimModule(new Mailboxes(database, clock, mim.dedupWindow()), mim),
                new OasModule(mirror),
                new AdminModule(traces));
    }

    /** What they offer, by protocol in this order; needs no parts. */
    public static SequencedMap<String, List<OperationSpec>> operations() {
        SequencedMap<String, List<OperationSpec>> operations = new LinkedHashMap<>();
        operations.put("MACS", MacsModule.OPERATIONS);
        operations.put("MAX", MaxModule.OPERATIONS);
        operations.put("MIM", MimModule.OPERATIONS);
        operations.put("OAS", OasModule.OPERATIONS);
        operations.put("ADMIN", AdminModule.OPERATIONS);
        return Collections.unmodifiableSequencedMap(operations);
    }
}
