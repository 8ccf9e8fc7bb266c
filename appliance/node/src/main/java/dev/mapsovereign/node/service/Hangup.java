package dev.mapsovereign.node.service;

import java.lang.reflect.Proxy;

/**
 * SIGHUP, by which an operator or {@code kill -HUP} asks a service to read its configuration again;
 * without a handler the JVM would end.
 *
 * <p>The JDK offers signals in {@code sun.misc} alone (module {@code jdk.unsupported}, JEP 260
 * "critical internal API"); reached by name, since the compiler warns of every direct use.
 */
public final class Hangup {
    private static final System.Logger LOG = System.getLogger(Hangup.class.getName());

    private Hangup() {}

    /**
     * Runs {@code onSignal} at each SIGHUP from now on, on a thread of the JVM's; whatever it
     * throws is logged, and the process goes on.
     */
    @SuppressWarnings("ReferenceEquality") // What equals means for a proxy.
    public static void handle(Runnable onSignal) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object ours =
                    Proxy.newProxyInstance(
                            handler.getClassLoader(),
                            new Class<?>[] {handler},
                            (proxy, method, arguments) ->
                                    switch (method.getName()) {
                                        case "hashCode" -> System.identityHashCode(proxy);
                                        case "equals" -> arguments[0] == proxy;
                                        case "toString" -> "SIGHUP";
                                        default -> {
                                            run(onSignal);
                                            yield null;
                                        }
                                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), ours);
        } catch (ReflectiveOperationException e) {
            LOG.log(System.Logger.Level.WARNING, "SIGHUP cannot be handled here", e);
        }
    }

    private static void run(Runnable onSignal) {
        try {
            onSignal.run();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "SIGHUP: " + e.getMessage());
        }
    }
}
