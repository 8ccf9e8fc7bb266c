package dev.mapsovereign.engine.trace;

/** What traced calls are given to when they have ended: the memory, a collector. */
interface TraceSink {
    /** Takes one call; never waits and never throws. Called by many threads at once. */
    void take(FinishedTrace trace);
}
