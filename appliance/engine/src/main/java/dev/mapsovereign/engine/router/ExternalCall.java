package dev.mapsovereign.engine.router;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.balance.EndpointLease;
import dev.mapsovereign.engine.balance.EndpointPool;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.request.AuthorizedRequest;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.request.Effect;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RefusedException;
import dev.mapsovereign.engine.route.RetryPolicy;
import dev.mapsovereign.engine.route.RouteTarget;
import dev.mapsovereign.engine.trace.CallTrace;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Calls the external tier: a remote process that answers the same dispatch body, and another one
 * where the first fails and the call may be tried again. Within the call's deadline, and within the
 * route's budget.
 *
 * <p>What may be tried again: a call that the first endpoint never looked at, or refused with the
 * word that it did nothing; any call of a read-only operation; and with an {@code Idempotency-Key}
 * any call, where the configuration says that the endpoints keep keys among them.
 *
 * <p>The call's effect is unknown as soon as one try may have had one, however later tries end.
 */
final class ExternalCall {
    /** Calls one endpoint or another; events come only where {@code events} asks for them. */
    UpstreamVerdict.Good call(
            AuthorizedRequest request,
            RouteTarget.External target,
            EndpointLease first,
            InvokeContext context,
            boolean events) {
        Deadline deadline = context.deadline().notLaterThan(target.settings().callTimeout());
        Optional<CallTrace> trace = request.call().trace();
        trace.ifPresent(CallTrace::forwardBegan);
        try {
            return new Tries(
                            request,
                            target,
                            deadline,
                            new UpstreamRequest(request, context, events),
                            events)
                    .from(first);
        } finally {
            trace.ifPresent(CallTrace::forwardEnded);
        }
    }

    /** All tries of one call. */
    private static final class Tries {
        private final Call call;
        private final EndpointPool pool;
        private final RouteTarget.External target;
        private final RetryPolicy policy;
        private final Deadline deadline;
        private final UpstreamRequest request;
        private final boolean readOnly;
        private final boolean repeatable;
        private final boolean events;
        private final List<EndpointLease> tried = new ArrayList<>(2);
        private boolean mayHaveActed;

        Tries(
                AuthorizedRequest authorized,
                RouteTarget.External target,
                Deadline deadline,
                UpstreamRequest request,
                boolean events) {
            this.call = authorized.call();
            this.pool = authorized.versioned().route().pool();
            this.target = target;
            this.policy = target.settings().retry();
            this.deadline = deadline;
            this.request = request;
            this.events = events;
            readOnly = authorized.versioned().operation().spec().readOnly();
            repeatable =
                    readOnly
                            || (policy.keyed()
                                    && authorized
                                            .versioned()
                                            .inbound()
                                            .idempotencyKey()
                                            .isPresent());
        }

        UpstreamVerdict.Good from(EndpointLease first) {
            target.budget().callBegan();
            EndpointLease lease = first;
            while (true) {
                tried.add(lease);
                UpstreamVerdict verdict;
                try (EndpointLease held = lease) {
                    verdict = attempt(held);
                }
                if (verdict instanceof UpstreamVerdict.Good good) {
                    return good;
                }
                UpstreamVerdict.Failed failed = (UpstreamVerdict.Failed) verdict;
                mayHaveActed |= !readOnly && !failed.nothingDone();
                Optional<EndpointLease> next = another(failed);
                if (next.isEmpty()) {
                    call.effect(mayHaveActed ? Effect.UNKNOWN : Effect.NONE);
                    throw new RefusedException(failed.refusal());
                }
                lease = next.get();
                call.sentTo(lease.endpoint().name());
            }
        }

        /** A place at another endpoint, where the call may be tried again at all. */
        private Optional<EndpointLease> another(UpstreamVerdict.Failed failed) {
            boolean allowed =
                    switch (failed.again()) {
                        case NEVER -> false;
                        case IF_REPEATABLE -> repeatable;
                        case ALWAYS -> true;
                    };
            if (!allowed || tried.size() >= policy.triesMax() || deadline.passed()) {
                return Optional.empty();
            }
            Optional<EndpointLease> next = pool.leaseBeside(tried);
            if (next.isPresent() && !target.budget().take()) {
                next.get().close();
                return Optional.empty();
            }
            return next;
        }

        private UpstreamVerdict attempt(EndpointLease lease) {
            URI address = lease.endpoint().address().orElseThrow();
            String name = lease.endpoint().name();
            Deadline until = tryDeadline();
            long began = System.nanoTime();
            try {
                UpstreamAnswer answer =
                        target.client()
                                .send(
                                        address,
                                        request.to(address, until),
                                        repeatable,
                                        until,
                                        events);
                if (answer.stream().isPresent()) {
                    return new UpstreamVerdict.Begun(
                            new EventStreamCall(
                                    call, lease.handedOver(), answer.stream().get(), readOnly));
                }
                UpstreamVerdict verdict = UpstreamVerdict.of(name, answer);
                long nanos = System.nanoTime() - began;
                if (verdict.endpointFailed()) {
                    lease.failed(nanos);
                } else {
                    lease.succeeded(nanos);
                }
                return verdict;
            } catch (UpstreamException failed) {
                lease.failed(System.nanoTime() - began);
                boolean unseen = failed.reach() == UpstreamException.Reach.NOT_SENT;
                return new UpstreamVerdict.Failed(
                        Refusal.of(
                                failed.late() ? ErrorCode.TIMEOUT : ErrorCode.ADAPTER_ERROR,
                                name + ": " + failed.reason()),
                        unseen ? UpstreamVerdict.Again.ALWAYS : UpstreamVerdict.Again.IF_REPEATABLE,
                        unseen,
                        true);
            }
        }

        /** A try that another may follow ends early, so that the other has time. */
        private Deadline tryDeadline() {
            boolean last = !repeatable || tried.size() >= policy.triesMax() || pool.size() == 1;
            return last || policy.tryTimeout().isEmpty()
                    ? deadline
                    : deadline.notLaterThan(policy.tryTimeout().get());
        }
    }
}
