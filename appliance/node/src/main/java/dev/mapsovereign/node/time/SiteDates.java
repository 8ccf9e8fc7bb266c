package dev.mapsovereign.node.time;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.database.DatabaseException;
import dev.mapsovereign.engine.capability.Grants;
import dev.mapsovereign.engine.context.ApiKey;
import dev.mapsovereign.engine.context.Tenants;
import dev.mapsovereign.node.NodeCore;
import dev.mapsovereign.registry.RegistryEntry;
import dev.mapsovereign.registry.SnapshotDates;
import dev.mapsovereign.registry.document.OasDocument;
import java.io.UncheckedIOException;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Every date that can stop a site, from wherever it stands: files, mirror, database. What cannot be
 * read does not hide the rest; it is named.
 */
public final class SiteDates {
    private static final String IMPORT = "map registry import DIR, with the publisher's next issue";

    private final NodeCore core;
    private final CertificateDates certificates;

    /** The dates of that node. */
    public SiteDates(NodeCore core) {
        this.core = core;
        this.certificates = new CertificateDates(core);
    }

    /**
     * What was found.
     *
     * @param dates soonest first
     * @param notRead what could not be looked at, and why
     */
    public record Found(List<Expiry> dates, List<NotRead> notRead) {}

    /** Something that could not be looked at. */
    public record NotRead(String what, String reason) {}

    /** Collects from one place after the other. */
    private static final class Collection {
        private final List<Expiry> dates = new ArrayList<>();
        private final List<NotRead> notRead = new ArrayList<>();

        void add(String what, Supplier<List<Expiry>> from) {
            read(what, from).ifPresent(dates::addAll);
        }

        <T> Optional<T> read(String what, Supplier<T> from) {
            try {
                return Optional.of(from.get());
            } catch (OperatorException | DatabaseException | UncheckedIOException e) {
                notRead.add(new NotRead(what, String.valueOf(e.getMessage())));
                return Optional.empty();
            }
        }

        Found found() {
            dates.sort(Comparator.comparing(Expiry::end).thenComparing(Expiry::what));
            return new Found(List.copyOf(dates), List.copyOf(notRead));
        }
    }

    /**
     * What a running node looks at all the time: certificates and mirror, without the database.
     *
     * @param served the chain that the gateway shows
     */
    Found essential(List<X509Certificate> served) {
        Collection found = new Collection();
        essential(found, served);
        return found.found();
    }

    private void essential(Collection found, List<X509Certificate> served) {
        Map<String, X509Certificate> authority =
                found.read("certificate authority", certificates::authority).orElse(Map.of());
        found.add("server certificate", () -> certificates.served(served, authority));
        found.add("certificate authority", () -> certificates.own(authority));
        found.add("revocation lists", certificates::revocationLists);
        found.add("registry", () -> registry(core.registry().dates()));
    }

    /**
     * Everything. The served certificate is read from its file.
     *
     * @param now by which it is told what was given up long ago
     */
    public Found all(Instant now) {
        Collection found = new Collection();
        List<X509Certificate> served =
                found.read("server certificate", certificates::configured).orElse(List.of());
        essential(found, served);
        found.add("issued certificates", () -> recent(certificates.issued(served), now));
        found.add("API keys", () -> recent(apiKeys(), now));
        found.add("grants", () -> recent(grants(), now));
        found.add("agents' documents", () -> recent(documents(), now));
        return found.found();
    }

    private static List<Expiry> recent(List<Expiry> dates, Instant now) {
        Instant since = now.minus(Limits.GIVEN_UP);
        return dates.stream().filter(each -> each.end().isAfter(since)).toList();
    }

    private static List<Expiry> registry(Optional<SnapshotDates> present) {
        if (present.isEmpty()) {
            return List.of();
        }
        SnapshotDates dates = present.get();
        String of = "registry snapshot " + dates.number() + ", ";
        String imports = "importing it; served on until registry.max_age";
        return List.of(
                registry(
                        "registry root",
                        dates.root(),
                        "no further issue is accepted",
                        IMPORT + " and next root"),
                registry(of + "targets", dates.targets(), imports, IMPORT),
                registry(of + "snapshot", dates.snapshot(), imports, IMPORT),
                registry(of + "timestamp", dates.timestamp(), imports, IMPORT),
                registry(
                        of + "registry.max_age",
                        dates.stale(),
                        "level L2 and new grants are refused",
                        IMPORT));
    }

    private static Expiry registry(String what, Instant end, String stops, String remedy) {
        return new Expiry(
                what,
                Expiry.Kind.REGISTRY,
                Optional.empty(),
                end,
                what.equals("registry root") ? Limits.NOTICE_ROOT : Limits.NOTICE_SHORT,
                stops,
                remedy);
    }

    private List<Expiry> apiKeys() {
        List<Expiry> dates = new ArrayList<>();
        for (ApiKey key : core.apiKeys().list(Optional.empty())) {
            if (key.revokedAt().isEmpty()) {
                key.expiresAt()
                        .ifPresent(end ->
                                dates.add(
                                        ends(
                                                Expiry.Kind.API_KEY,
                                                "API key " + key.id() + " of " + key.did().text(),
                                                end,
                                                "its calls are refused",
                                                "map apikey create --tenant "
                                                        + key.tenant().value()
                                                        + " --did "
                                                        + key.did().text())));
            }
        }
        return dates;
    }

    private List<Expiry> grants() {
        List<Expiry> dates = new ArrayList<>();
        for (Tenants.Tenant tenant : core.tenants().list()) {
            for (Grants.Grant grant : core.grants().list(tenant.id())) {
                if (grant.revokedAt().isEmpty()) {
                    grant.expiresAt().ifPresent(end -> dates.add(grant(grant, end)));
                }
            }
        }
        return dates;
    }

    private static Expiry grant(Grants.Grant grant, Instant end) {
        return ends(
                Expiry.Kind.GRANT,
                "grant of "
                        + grant.capability().value()
                        + " to "
                        + grant.did().text()
                        + " in "
                        + grant.tenant().value(),
                end,
                "these calls are refused",
                "map capability grant --tenant "
                        + grant.tenant().value()
                        + " --did "
                        + grant.did().text()
                        + " "
                        + grant.capability().value());
    }

    /** Of those who can call: everybody who holds a key, and all above them. */
    private List<Expiry> documents() {
        Set<AgentDid> callers = new LinkedHashSet<>();
        for (ApiKey key : core.apiKeys().list(Optional.empty())) {
            if (key.revokedAt().isEmpty()) {
                callers.add(key.did());
            }
        }
        core.config().did().ifPresent(callers::add);
        Map<AgentDid, OasDocument> all = new LinkedHashMap<>();
        for (AgentDid did : callers) {
            core.registry()
                    .resolve(did)
                    .flatMap(RegistryEntry::document)
                    .ifPresent(document -> all.put(did, document));
            core.registry().verify(did).chain().forEach(above -> all.put(above.did(), above));
        }
        List<Expiry> dates = new ArrayList<>();
        all.forEach((did, document) -> addDocument(did, document, dates));
        return dates;
    }

    private static void addDocument(AgentDid did, OasDocument document, List<Expiry> dates) {
        String remedy = "a new document from whoever signs it, in the next issue: " + IMPORT;
        for (Capability capability : document.capabilities()) {
            capability
                    .expires()
                    .ifPresent(end ->
                            dates.add(
                                    ends(
                                            Expiry.Kind.DOCUMENT,
                                            "capability "
                                                    + capability.name().value()
                                                    + " in the document of "
                                                    + did.text(),
                                            end,
                                            "it and those below it lose the capability",
                                            remedy)));
        }
        for (JsonObject credential : document.credentials()) {
            end(credential)
                    .ifPresent(end ->
                            dates.add(
                                    ends(
                                            Expiry.Kind.DOCUMENT,
                                            "conformance credential of " + did.text(),
                                            end,
                                            "it falls back to level L1",
                                            remedy)));
        }
    }

    /** In the words of the data model 2.0 or 1.1; one that cannot be read lifts nobody anyway. */
    private static Optional<Instant> end(JsonObject credential) {
        try {
            return credential
                    .text("validUntil")
                    .or(() -> credential.text("expirationDate"))
                    .map(Instant::parse);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Expiry ends(
            Expiry.Kind kind, String what, Instant end, String stops, String remedy) {
        return new Expiry(what, kind, Optional.empty(), end, Limits.NOTICE_SHORT, stops, remedy);
    }
}
