package dev.mapsovereign.testing;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Gives each test that asks for one its {@link SeededRandom}, and adds to a failure how to repeat
 * it: {@code -Dmap.test.seed=…}.
 */
public final class SeededRandomExtension
        implements ParameterResolver, TestExecutionExceptionHandler {
    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(SeededRandomExtension.class);

    /** Stateless. */
    public SeededRandomExtension() {}

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == SeededRandom.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        SeededRandom random = SeededRandom.create();
        context.getStore(NAMESPACE).put(SeededRandom.class, random);
        return random;
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure)
            throws Throwable {
        SeededRandom random =
                context.getStore(NAMESPACE).get(SeededRandom.class, SeededRandom.class);
        if (random != null) {
            failure.addSuppressed(new Repetition(random));
        }
        throw failure;
    }

    /** Says in a failure's trace how to repeat it; has no trace of its own. */
    static final class Repetition extends Exception {
        private static final long serialVersionUID = 1L;

        Repetition(SeededRandom random) {
            super("repeat with " + random, null, false, false);
        }
    }
}
