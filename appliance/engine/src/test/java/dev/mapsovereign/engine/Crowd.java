package dev.mapsovereign.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Many threads that do the same at once. */
public final class Crowd {
    private Crowd() {}

    /**
     * Runs {@code task} on that many virtual threads, begun together; what one throws is thrown.
     */
    public static <T> List<T> run(int threads, Callable<T> task) throws Exception {
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Future<T>> running = new ArrayList<>();
        List<T> results = new ArrayList<>();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < threads; i++) {
                running.add(
                        executor.submit(() -> {
                            start.await();
                            return task.call();
                        }));
            }
            for (Future<T> future : running) {
                results.add(future.get());
            }
        }
        return results;
    }
}
