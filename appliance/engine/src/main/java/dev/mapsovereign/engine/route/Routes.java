package dev.mapsovereign.engine.route;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/** The route table of this moment. */
public final class Routes {
    private final AtomicReference<RouteTable> table;

    /** Starts with a table. */
    public Routes(RouteTable table) {
        this.table = new AtomicReference<>(table);
    }

    /** The table to use for one call. */
    public RouteTable current() {
        return table.get();
    }

    /**
     * Replaces the table; calls under way keep the one they have.
     *
     * @param change may be called more than once, so it must have no effect of its own
     */
    public void update(UnaryOperator<RouteTable> change) {
        table.updateAndGet(change);
    }
}
