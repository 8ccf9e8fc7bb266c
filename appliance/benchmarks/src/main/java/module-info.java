import org.jspecify.annotations.NullMarked;

/** Measures the dispatch path (DispatchBenchmark) and the journal alone (JournalBenchmark). */
@NullMarked
module dev.mapsovereign.benchmarks {
    requires static org.jspecify;
    requires dev.mapsovereign.auditlog;
    requires dev.mapsovereign.base;
    requires dev.mapsovereign.engine;
    requires dev.mapsovereign.gateway;
}
