package dev.mapsovereign.auditlog;

/** What is durable in the course of a key rotation, in this order. */
public enum RotationStep {
    /** The sizes and keys are decided. */
    PLANNED,
    /** {@code _node} has the records. */
    RECORDED,
    /** {@code _node} has its rotation checkpoint. */
    NODE_TURNED,
    /** The other logs have their records. */
    LOGS_RECORDED,
    /** They have their rotation checkpoints: nothing needs the old seed any more. */
    TURNED
}
