package dev.mapsovereign.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import javax.net.SocketFactory;

/**
 * Sends one request again and again over a number of kept-alive connections.
 *
 * <p>Closed loop (rate 0): each connection sends its next request when it has its answer, which
 * tells how much the server can do. Open loop: requests are due at fixed times, and a latency
 * counts from when its request was due, so that a server that stalls cannot hide it by not being
 * asked.
 *
 * @param sockets makes connections, in TLS where it trusts the server
 * @param port of the server on loopback
 * @param request what is sent
 * @param status what must come back
 * @param connections how many
 * @param ratePerSecond over all connections together; 0 for as fast as answers come
 */
record Load(
        SocketFactory sockets,
        int port,
        byte[] request,
        int status,
        int connections,
        int ratePerSecond) {

    /** What came of it. */
    record Result(LatencyRecorder latencies, double seconds, long wrong, int wrongStatus) {
        String wrongText() {
            return wrong + " answers had another status, such as " + wrongStatus;
        }

        double perSecond() {
            return latencies.total() / seconds;
        }
    }

    /** Runs it for so long. */
    Result run(double seconds) throws InterruptedException, ExecutionException {
        long began = System.nanoTime();
        long ends = began + (long) (seconds * 1e9);
        List<Future<Worker>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int at = 0; at < connections; at++) {
                Worker worker = new Worker(began, ends, at);
                running.add(
                        threads.submit(() -> {
                            worker.run();
                            return worker;
                        }));
            }
        }
        LatencyRecorder all = new LatencyRecorder();
        long wrong = 0;
        int wrongStatus = 0;
        for (Future<Worker> done : running) {
            all.add(done.get().latencies);
            wrong += done.get().wrong;
            wrongStatus = Math.max(wrongStatus, done.get().wrongStatus);
        }
        return new Result(all, (System.nanoTime() - began) / 1e9, wrong, wrongStatus);
    }

    private final class Worker {
        private final LatencyRecorder latencies = new LatencyRecorder();
        private final long ends;
        private final long periodNanos;
        private long due;
        private long wrong;
        private int wrongStatus;

        Worker(long began, long ends, int number) {
            this.ends = ends;
            this.periodNanos =
                    ratePerSecond == 0 ? 0 : 1_000_000_000L * connections / ratePerSecond;
            this.due = began + periodNanos * number / Math.max(1, connections);
        }

        void run() throws IOException {
            try (KeepAliveClient client = new KeepAliveClient(sockets, port)) {
                while (System.nanoTime() < ends) {
                    long from = System.nanoTime();
                    if (periodNanos > 0) {
                        while (due - System.nanoTime() > 0) {
                            LockSupport.parkNanos(due - System.nanoTime());
                        }
                        from = due;
                        due += periodNanos;
                    }
                    int answered = client.exchange(request);
                    if (answered != status) {
                        wrong++;
                        wrongStatus = answered;
                    }
                    latencies.record(System.nanoTime() - from);
                }
            }
        }
    }
}
