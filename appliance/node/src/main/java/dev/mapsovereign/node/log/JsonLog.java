package dev.mapsovereign.node.log;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/**
 * Makes the whole process log as JSON lines: our own code, Helidon and everything behind slf4j end
 * in {@code java.util.logging}, and that ends here.
 */
public final class JsonLog {
    /** Covers {@link #held}. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Loggers with a level of their own; the JDK holds them weakly and would forget the level. */
    private final List<Logger> held = new ArrayList<>();

    private JsonLog() {}

    /**
     * Must be the first thing a process does that is to log until its very end: the JDK's own log
     * manager throws all handlers away as soon as the process begins to shut down, which is when a
     * drain has most to say.
     */
    public static void prepare() {
        System.setProperty("java.util.logging.manager", LastingLogManager.class.getName());
    }

    /** Replaces every handler of this process by one that writes to {@code out}. */
    public static JsonLog install(LogLevels levels, OutputStream out) {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        JsonLogHandler handler = new JsonLogHandler(out);
        handler.setLevel(Level.ALL);
        root.addHandler(handler);
        JsonLog log = new JsonLog();
        log.levels(levels);
        return log;
    }

    /** Writes by other levels from now on. */
    public void levels(LogLevels levels) {
        lock.lock();
        try {
            held.forEach(logger -> logger.setLevel(null));
            held.clear();
            Logger.getLogger("").setLevel(levels.everything());
            levels.parts()
                    .forEach((name, level) -> {
                        Logger logger = Logger.getLogger(name);
                        logger.setLevel(level);
                        held.add(logger);
                    });
        } finally {
            lock.unlock();
        }
    }

    /** A log manager that keeps its handlers while the process shuts down. */
    public static final class LastingLogManager extends LogManager {
        /** For the JDK, which makes the one instance. */
        public LastingLogManager() {}

        @Override
        public void reset() {}
    }
}
