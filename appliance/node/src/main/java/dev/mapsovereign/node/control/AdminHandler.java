package dev.mapsovereign.node.control;

import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonObject;
import java.util.function.Consumer;

/** Does the administrative verbs of a running node. Called by many threads at once; may block. */
@FunctionalInterface
public interface AdminHandler {
    /**
     * Does one verb.
     *
     * @param verb as in the request's path, for example {@code apikey.create}
     * @param arguments what the verb needs
     * @param peer who asks
     * @param progress takes what long work has to say on its way; ignored where nobody listens
     * @return the verb's facts
     * @throws OperatorException for every expected failure; it reaches the caller with exit code
     *     and hint
     * @throws UnknownVerbException when there is no such verb
     */
    JsonObject handle(
            String verb, JsonObject arguments, Operator peer, Consumer<JsonObject> progress);

    /** There is no verb of that name on this node. */
    final class UnknownVerbException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /** Names the verb. */
        public UnknownVerbException(String verb) {
            super("this node has no verb " + verb);
        }
    }
}
