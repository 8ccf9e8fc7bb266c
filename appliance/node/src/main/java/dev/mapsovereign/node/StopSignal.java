package dev.mapsovereign.node;

import java.util.concurrent.CountDownLatch;

/** SIGTERM and SIGINT, as this product hears them. */
final class StopSignal {
    private static final System.Logger LOG = System.getLogger(StopSignal.class.getName());

    private StopSignal() {}

    /** Waits for the signal, runs {@code stop}, and ends the process; it does not return. */
    static void await(Runnable stop) {
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform()
                                .name("map-stop")
                                .unstarted(() -> {
                                    int status = 0;
                                    try {
                                        stop.run();
                                    } catch (RuntimeException e) {
                                        LOG.log(
                                                System.Logger.Level.ERROR,
                                                "the node did not stop cleanly",
                                                e);
                                        status = 1;
                                    }
                                    // The status of a process ended by a signal would be 143.
                                    Runtime.getRuntime().halt(status);
                                }));
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
