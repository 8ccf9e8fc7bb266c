package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.NodeCore;
import java.util.function.Consumer;

/** One administrative verb: facts in, facts out, on a node's core. */
@FunctionalInterface
interface AdminVerb {
    /**
     * Does it.
     *
     * @param progress gets lines for people while it takes long
     * @throws dev.mapsovereign.base.error.OperatorException for everything an operator can cause
     */
    JsonObject run(NodeCore core, JsonObject arguments, Consumer<String> progress);
}
