package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.NodeCore;
import dev.mapsovereign.node.control.AdminHandler;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Every administrative verb by its name; the same for the control socket and for a lone command.
 */
public final class AdminVerbs {
    private static final Map<String, AdminVerb> VERBS = verbs();

    private final NodeCore core;

    /** The verbs on that core. */
    public AdminVerbs(NodeCore core) {
        this.core = core;
    }

    private static Map<String, AdminVerb> verbs() {
        Map<String, AdminVerb> verbs = new TreeMap<>();
        verbs.put("init", SiteVerbs::init);
        verbs.put("keys.generate", SiteVerbs::generateKeys);
        verbs.put("keys.inspect", SiteVerbs::inspectKeys);
        verbs.put("keys.rotate", LogKeyVerbs::rotate);
        verbs.put("keys.status", LogKeyVerbs::status);
        verbs.put("ca.crl", RevocationVerbs::lists);
        verbs.put("ca.import", AuthorityVerbs::importAuthority);
        verbs.put("ca.init", SiteVerbs::initCa);
        verbs.put("ca.issue", SiteVerbs::issue);
        verbs.put("ca.renew", AuthorityVerbs::renew);
        verbs.put("ca.revoke", RevocationVerbs::revoke);
        verbs.put("ca.status", SiteVerbs::caStatus);
        verbs.put("clock.status", ClockVerbs::status);
        verbs.put("clock.set-floor", ClockVerbs::setFloor);
        verbs.put("expiry", ExpiryVerbs::expiry);
        verbs.put("migrate.status", SiteVerbs::migrateStatus);
        verbs.put("migrate.apply", SiteVerbs::migrateApply);
        verbs.put("migrate.verify", SiteVerbs::migrateVerify);
        verbs.put("tenant.create", TenantVerbs::create);
        verbs.put("tenant.list", TenantVerbs::list);
        verbs.put("tenant.suspend", TenantVerbs::suspend);
        verbs.put("apikey.create", TenantVerbs::createKey);
        verbs.put("apikey.list", TenantVerbs::listKeys);
        verbs.put("apikey.revoke", TenantVerbs::revokeKey);
        verbs.put("capability.explain", CapabilityVerbs::explain);
        verbs.put("capability.grant", CapabilityVerbs::grant);
        verbs.put("capability.list", CapabilityVerbs::list);
        verbs.put("capability.revoke", CapabilityVerbs::revoke);
        verbs.put("delegation.end", AgreementVerbs::endDelegation);
        verbs.put("delegation.import", AgreementVerbs::importDelegation);
        verbs.put("delegation.list", AgreementVerbs::listDelegations);
        verbs.put("treaty.import", AgreementVerbs::importTreaty);
        verbs.put("treaty.list", AgreementVerbs::listTreaties);
        verbs.put("treaty.show", AgreementVerbs::showTreaty);
        verbs.put("treaty.terminate", AgreementVerbs::terminateTreaty);
        verbs.put("policy.activate", PolicyVerbs::activate);
        verbs.put("policy.author", PolicyVerbs::author);
        verbs.put("policy.list", PolicyVerbs::list);
        verbs.put("policy.retire", PolicyVerbs::retire);
        verbs.put("policy.show", PolicyVerbs::show);
        verbs.put("policy.test", PolicyTrial::run);
        verbs.put("registry.create", RegistryVerbs::create);
        verbs.put("registry.import", RegistryVerbs::importSnapshot);
        verbs.put("registry.verify", RegistryVerbs::verify);
        verbs.put("registry.export", RegistryVerbs::export);
        verbs.put("registry.rollback", RegistryVerbs::rollback);
        verbs.put("registry.diff", RegistryVerbs::diff);
        verbs.put("registry.status", RegistryVerbs::status);
        verbs.put("registry.resolve", RegistryVerbs::resolve);
        verbs.put("audit.status", AuditVerbs::status);
        verbs.put("audit.export", AuditVerbs::export);
        verbs.put("audit.prove", AuditVerbs::prove);
        verbs.put("audit.payload", PayloadVerbs::read);
        verbs.put("audit.new_log", AuditVerbs::newLog);
        verbs.put("audit.rebuild", DatabaseVerbs::rebuild);
        verbs.put("audit.verify-database", DatabaseVerbs::verify);
        verbs.put("audit.enrol-station", ReceiptVerbs::enrol);
        verbs.put("audit.import-receipt", ReceiptVerbs::importReceipt);
        verbs.put("audit.prune", PruneVerbs::prune);
        verbs.put("backup", BackupVerbs::backup);
        verbs.put("plugin.list", PluginVerbs::list);
        verbs.put("plugin.sign", PluginVerbs::sign);
        return Map.copyOf(verbs);
    }

    /**
     * Does one verb.
     *
     * @param progress gets lines for people
     * @throws AdminHandler.UnknownVerbException when there is none of that name
     * @throws OperatorException for everything an operator can cause, and while the log takes no
     *     records
     */
    public JsonObject handle(String verb, JsonObject arguments, Consumer<String> progress) {
        AdminVerb found = VERBS.get(verb);
        if (found == null) {
            throw new AdminHandler.UnknownVerbException(verb);
        }
        try {
            return found.run(core, arguments, progress);
        } catch (AuditUnavailableException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "the audit log cannot be used now: " + e.getMessage(),
                    "see: map audit status, map clock");
        }
    }
}
