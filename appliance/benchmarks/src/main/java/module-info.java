import org.jspecify.annotations.NullMarked;

/** Measures the dispatch path; start at DispatchBenchmark. */
@NullMarked
module dev.mapsovereign.benchmarks {
    requires static org.jspecify;
    requires dev.mapsovereign.base;
    requires dev.mapsovereign.engine;
    requires dev.mapsovereign.gateway;
}
