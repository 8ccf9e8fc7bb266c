package dev.mapsovereign.gateway.forward;

import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.tls.TrustFiles;
import dev.mapsovereign.engine.balance.EndpointLease;
import dev.mapsovereign.engine.balance.EndpointPool;
import dev.mapsovereign.engine.balance.EndpointState;
import dev.mapsovereign.engine.balance.OutlierPolicy;
import dev.mapsovereign.engine.breaker.BreakerPolicy;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.route.EgressPolicy;
import dev.mapsovereign.engine.route.Endpoint;
import dev.mapsovereign.engine.router.HealthProbe;
import dev.mapsovereign.engine.router.UpstreamAnswer;
import dev.mapsovereign.engine.router.UpstreamClient;
import dev.mapsovereign.engine.router.UpstreamException;
import dev.mapsovereign.engine.router.UpstreamTls;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The engine hosts behind a gateway: which of them gets a request, and its answer.
 *
 * <p><b>Affinity.</b> What belongs together goes to the same host as long as that host is well: the
 * calls of one tenant, whose records then stand in one log and whose buckets are in one memory. The
 * host is the one that scores highest for the tenant by a hash (rendezvous hashing, Thaler and
 * Ravishankar 1998), so a host that goes away moves its own tenants and no others.
 *
 * <p><b>Once.</b> A request goes to a second host only if the first one has not seen it, or says
 * that it did nothing. What a host had and did not answer is {@link Lost}, and nobody sends it
 * again: it may have had its effect.
 *
 * <p>Safe for use by several threads.
 */
public final class EngineHosts implements AutoCloseable {
    /** What came of a request. */
    public sealed interface Outcome {}

    /** A host answered. */
    public record Answered(ForwardedAnswer answer) implements Outcome {}

    /**
     * A host had it and did not answer.
     *
     * @param code {@code timeout} or {@code adapter_error}
     * @param host which
     */
    public record Lost(ErrorCode code, String host) implements Outcome {}

    /** No host could be reached. */
    public record Unreachable() implements Outcome {}

    private final UpstreamClient client;
    private final EndpointPool pool;
    private final HealthProbe health;

    /**
     * Reads the TLS files and begins to ask for health.
     *
     * @param siteTrust whom to trust where the configuration names nobody
     * @throws OperatorException with exit code 3 when the TLS files cannot be used
     */
    public EngineHosts(EngineHostsConfig config, EgressPolicy egress, TrustFiles siteTrust) {
        client =
                new UpstreamClient(
                        egress,
                        Optional.of(
                                UpstreamTls.of(
                                        config.tls(),
                                        Optional.of(siteTrust),
                                        "engine hosts",
                                        "[gateway.engines]")));
        pool =
                EndpointPool.remote(
                        config.addresses(),
                        BreakerPolicy.DEFAULT,
                        OutlierPolicy.DEFAULT,
                        config.callsMax());
        health = new HealthProbe(client, config.health());
        health.watch(pool.endpoints());
    }

    /** What is known of each host. */
    public List<EndpointState> hosts() {
        return pool.endpoints();
    }

    /** Whether some host takes calls, as far as is known. */
    public boolean anyServing() {
        return pool.endpoints().stream().anyMatch(state -> state.condition().equals("serving"));
    }

    /** Reads the TLS files again; see {@link UpstreamClient#readTlsAgain}. */
    public BooleanSupplier readTlsAgain() {
        return client.readTlsAgain();
    }

    /**
     * Sends a request until one host has had it.
     *
     * @param affinity what it belongs to
     */
    public Outcome send(byte[] request, String affinity, Deadline deadline) {
        return send(request, affinity, deadline, false, Optional.empty());
    }

    /**
     * Sends what has no effect but its record, until one host has answered.
     *
     * @param besides a host that is not asked
     */
    public Outcome report(
            byte[] request, String affinity, Deadline deadline, Optional<String> besides) {
        return send(request, affinity, deadline, true, besides);
    }

    private Outcome send(
            byte[] request,
            String affinity,
            Deadline deadline,
            boolean repeatable,
            Optional<String> besides) {
        List<EndpointLease> tried = new ArrayList<>();
        Outcome outcome = new Unreachable();
        while (true) {
            Optional<EndpointLease> lease =
                    pool.leasePreferred(host -> score(affinity, host), tried);
            if (lease.isEmpty()) {
                return outcome;
            }
            try (EndpointLease own = lease.get()) {
                tried.add(own);
                if (besides.equals(Optional.of(own.endpoint().name()))) {
                    continue;
                }
                Outcome found = ask(own, request, repeatable, deadline);
                boolean settled =
                        switch (found) {
                            case Answered(ForwardedAnswer answer) -> !answer.undone();
                            case Lost ignored -> !repeatable;
                            case Unreachable ignored -> false;
                        };
                if (settled) {
                    return found;
                }
                // Of hosts that do nothing, one's word is better than none's.
                outcome = found instanceof Answered ? found : outcome;
            }
        }
    }

    private Outcome ask(
            EndpointLease lease, byte[] request, boolean repeatable, Deadline deadline) {
        long start = System.nanoTime();
        try {
            ForwardedAnswer answer = ask(lease.endpoint(), request, repeatable, deadline);
            if (answer.undone()) {
                lease.failed(System.nanoTime() - start);
            } else {
                lease.succeeded(System.nanoTime() - start);
            }
            return new Answered(answer);
        } catch (UpstreamException e) {
            lease.failed(System.nanoTime() - start);
            return e.reach() == UpstreamException.Reach.NOT_SENT
                    ? new Unreachable()
                    : new Lost(
                            e.late() ? ErrorCode.TIMEOUT : ErrorCode.ADAPTER_ERROR,
                            lease.endpoint().name());
        } catch (JsonException e) {
            lease.failed(System.nanoTime() - start);
            return new Lost(ErrorCode.ADAPTER_ERROR, lease.endpoint().name());
        }
    }

    private ForwardedAnswer ask(
            Endpoint host, byte[] content, boolean repeatable, Deadline deadline)
            throws UpstreamException {
        URI address = host.address().orElseThrow();
        byte[] request =
                UpstreamClient.post(
                        address,
                        ForwardedRequest.PATH,
                        "Content-Type: " + ForwardedRequest.MEDIA_TYPE,
                        content);
        UpstreamAnswer answer = client.send(address, request, repeatable, deadline);
        if (answer.status() != 200) {
            throw new JsonException("status " + answer.status(), 0);
        }
        return ForwardedAnswer.parse(answer.body());
    }

    private static long score(String affinity, Endpoint host) {
        byte[] hash = Sha256.hash((affinity + "\n" + host.name()).getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.wrap(hash).getLong();
    }

    @Override
    public void close() {
        health.close();
        client.close();
    }
}
