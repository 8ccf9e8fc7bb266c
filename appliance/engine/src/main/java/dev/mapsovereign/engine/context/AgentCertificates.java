package dev.mapsovereign.engine.context;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.tls.TrustSet;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.request.Arrival;
import dev.mapsovereign.engine.request.Refusal;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Callers by mutual TLS: whoever shows a certificate of the site's agent authority, made for one
 * DID and for a key that the DID has now. The handshake has proven that the caller has the key;
 * whose it is, and whether that still holds, is judged here for each call, so that a refusal is an
 * answer and a record and not a broken connection.
 *
 * <p>The certificate has to have the use {@code clientAuth} and no other, one URI and no other name
 * (RFC 5280 §4.2.1.6), and dates and a revocation list that hold. Signature and list are looked at
 * again after {@link Limits#CERTIFICATE_KEPT}; its dates, and the state and keys of its DID, for
 * each call. A certificate has no tenant: the call names one of those that its DID belongs to,
 * unless there is only one.
 *
 * <p>Safe for use by several threads; the files are to be read again by one at a time.
 */
public final class AgentCertificates {
    private static final List<String> CLIENT_AUTH_ALONE = List.of("1.3.6.1.5.5.7.3.2");
    private static final Integer URI_NAME = 6;
    private static final int PUBLIC_KEY_BYTES = 32;

    /** What came of looking at a certificate. */
    sealed interface Check {}

    /**
     * It is good.
     *
     * @param tenant where the call runs
     * @param did whose it is
     * @param serial serial number, lower-case hex
     */
    record Good(TenantId tenant, AgentDid did, String serial) implements Check {}

    /**
     * It is not good.
     *
     * @param refusal what to say
     */
    record Bad(Refusal refusal) implements Check {}

    /** Whom a certificate was made for, and until when nobody looks at it again. */
    private record Holder(AgentDid did, byte[] publicKey, Set<TenantId> tenants, long endNanos) {}

    /** What the files held, and what was judged by it. */
    private record State(Optional<TrustSet> trusted, Map<X509Certificate, Holder> judged) {}

    private final Supplier<Optional<TrustSet>> trust;
    private final IdentityDirectory identities;
    private final TenantMembers members;
    private final Clock clock;
    private volatile State state;

    /**
     * Reads whom to trust.
     *
     * @param trust the authority and its list, as they stand in files; empty: nobody is let in by a
     *     certificate
     * @throws dev.mapsovereign.base.error.OperatorException with exit code 3 when a file cannot be
     *     used
     */
    public AgentCertificates(
            Supplier<Optional<TrustSet>> trust,
            IdentityDirectory identities,
            TenantMembers members,
            Clock clock) {
        this.trust = trust;
        this.identities = identities;
        this.members = members;
        this.clock = clock;
        state = read();
    }

    private State read() {
        return new State(trust.get(), new ConcurrentHashMap<>());
    }

    /**
     * Reads the files again.
     *
     * @return what takes them over, and says whether they hold something else than before
     * @throws dev.mapsovereign.base.error.OperatorException when a file cannot be used; what held
     *     before holds on
     */
    public BooleanSupplier readAgain() {
        State newer = read();
        return () -> {
            boolean same = newer.trusted.equals(state.trusted);
            state = newer;
            return !same;
        };
    }

    /** Whom a handshake names when it asks for a certificate; empty: it asks for none. */
    public List<X509Certificate> authorities() {
        return state.trusted.map(TrustSet::anchors).orElse(List.of());
    }

    /**
     * Looks at what a handshake proved.
     *
     * @param certificate the leaf; what came behind it is not needed
     */
    Check check(X509Certificate certificate, Arrival arrival) {
        State now = state;
        Holder holder;
        try {
            holder = holder(certificate, now);
        } catch (GeneralSecurityException e) {
            return bad("the client certificate is not accepted: " + e.getMessage());
        }
        Optional<ResolvedIdentity> identity = identities.resolve(holder.did());
        if (identity.isEmpty()) {
            return bad("the registry does not know " + holder.did());
        }
        // Whoever may act no more is refused by its state, whatever key it had.
        if (identity.get().usable() && !hasKey(identity.get(), holder.publicKey())) {
            return bad("the client certificate is for a key that " + holder.did() + " has not now");
        }
        Optional<TenantId> tenant = tenant(certificate, holder, now, arrival.tenantNamed());
        return tenant.isPresent()
                ? new Good(tenant.get(), holder.did(), certificate.getSerialNumber().toString(16))
                : bad(
                        "the tenant is not clear: name one that "
                                + holder.did()
                                + " belongs to in X-Tenant-Id");
    }

    private Holder holder(X509Certificate certificate, State now) throws GeneralSecurityException {
        Instant time = clock.instant();
        Holder known = now.judged.get(certificate);
        if (known != null && System.nanoTime() - known.endNanos() < 0) {
            certificate.checkValidity(Date.from(time));
            return known;
        }
        if (now.trusted.isEmpty()) {
            throw new CertificateException("this node lets nobody in by one");
        }
        now.trusted.get().requireIssued(certificate, time);
        AgentDid did = onlyName(certificate);
        if (!CLIENT_AUTH_ALONE.equals(certificate.getExtendedKeyUsage())
                || certificate.getBasicConstraints() >= 0) {
            throw new CertificateException("its use is not clientAuth alone");
        }
        return keep(certificate, did, publicKey(certificate), now);
    }

    /** Only what the authority signed is kept, so nobody else can fill this. */
    private Holder keep(X509Certificate certificate, AgentDid did, byte[] publicKey, State now) {
        Holder holder =
                new Holder(
                        did,
                        publicKey,
                        members.tenantsOf(did),
                        System.nanoTime() + Limits.CERTIFICATE_KEPT.toNanos());
        if (now.judged.size() >= Limits.CERTIFICATES_KEPT_MAX) {
            now.judged.clear();
        }
        now.judged.put(certificate, holder);
        return holder;
    }

    private static AgentDid onlyName(X509Certificate certificate) throws CertificateException {
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        if (names != null && names.size() == 1) {
            List<?> name = names.iterator().next();
            if (URI_NAME.equals(name.get(0)) && name.get(1) instanceof String text) {
                try {
                    return AgentDid.parse(text);
                } catch (IllegalArgumentException e) {
                    throw new CertificateException("its name is no DID", e);
                }
            }
        }
        throw new CertificateException("its only name is not one DID");
    }

    /** The 32 bytes at the end of an Ed25519 key's fixed form (RFC 8410 §4). */
    private static byte[] publicKey(X509Certificate certificate) throws CertificateException {
        if (!certificate.getPublicKey().getAlgorithm().equals("EdDSA")) {
            throw new CertificateException("its key is not Ed25519, as the keys of DIDs are");
        }
        byte[] encoded = certificate.getPublicKey().getEncoded();
        return Arrays.copyOfRange(encoded, encoded.length - PUBLIC_KEY_BYTES, encoded.length);
    }

    private static boolean hasKey(ResolvedIdentity identity, byte[] publicKey) {
        return identity.keys().stream()
                .limit(Limits.DID_KEYS_MAX)
                .anyMatch(key -> Arrays.equals(key.publicKey(), publicKey));
    }

    /** Asks once more before it says no: a tenant may just have been joined. */
    private Optional<TenantId> tenant(
            X509Certificate certificate, Holder holder, State now, Optional<String> named) {
        return tenant(holder.tenants(), named)
                .or(() ->
                        tenant(
                                keep(certificate, holder.did(), holder.publicKey(), now).tenants(),
                                named));
    }

    private static Optional<TenantId> tenant(Set<TenantId> tenants, Optional<String> named) {
        if (named.isEmpty()) {
            return tenants.size() == 1 ? Optional.of(tenants.iterator().next()) : Optional.empty();
        }
        return tenants.stream().filter(each -> each.value().equals(named.get())).findFirst();
    }

    private static Bad bad(String message) {
        return new Bad(Refusal.of(ErrorCode.UNAUTHENTICATED, message));
    }
}
