package dev.mapsovereign.engine.ratelimit;

/** What a limit that several nodes share is while Redis is away. */
public enum OnBackendFailure {
    /** Each node keeps the whole limit by itself: n nodes let n times as many calls through. */
    LOCAL,

    /** Whatever is limited is refused. */
    REFUSE
}
