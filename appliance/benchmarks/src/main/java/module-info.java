import org.jspecify.annotations.NullMarked;

/** Measures the dispatch path and the export; start at DispatchBenchmark, ExportBenchmark. */
@NullMarked
module dev.mapsovereign.benchmarks {
    requires static org.jspecify;
    requires dev.mapsovereign.auditexport;
    requires dev.mapsovereign.base;
    requires dev.mapsovereign.engine;
    requires dev.mapsovereign.gateway;
}
