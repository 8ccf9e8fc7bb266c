package dev.mapsovereign.gateway;

/** The HTTP edge. */
public final class Gateway {
    private Gateway() {}
}
