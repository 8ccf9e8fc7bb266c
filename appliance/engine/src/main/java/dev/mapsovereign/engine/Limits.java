package dev.mapsovereign.engine;

/** The engine's bounds, each with its reason. */
public final class Limits {
    /**
     * Tenants with metrics of their own; more share one label. A scrape of 1,000 tenants, 20
     * operations each, is already 20,000 series of a histogram.
     */
    public static final int METERED_TENANTS_MAX = 1_000;

    private Limits() {}
}
