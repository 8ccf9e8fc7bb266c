/**
 * Measures the dispatch path and the projection; start at {@code DispatchBenchmark} and {@code
 * ProjectionBenchmark}. No module of its own: what tests bring, a PostgreSQL among it, is none.
 */
@org.jspecify.annotations.NullMarked
package dev.mapsovereign.benchmarks;
