-- 0002 audit_chain for H2: the same tables without partitions, which H2 does not have.
--
-- Why:   see ../0002_audit_chain.sql. What differs: no PARTITION BY, no default partition, no
--        audit_chain_month, no COLLATE "C" (H2 compares bytewise unless told otherwise).
-- Locks: creates empty tables.
-- Twice: safe to run again; a second run changes nothing.

CREATE TABLE IF NOT EXISTS audit_chain (
    node text NOT NULL,
    tenant_id text NOT NULL,
    idx bigint NOT NULL CONSTRAINT audit_chain_idx CHECK (idx >= 0),
    recorded_at timestamp with time zone NOT NULL,
    event_type text NOT NULL,
    correlation_id text,
    caller_did text,
    protocol text,
    operation text,
    outcome text NOT NULL,
    stage text,
    code text,
    record_hash bytea NOT NULL
        CONSTRAINT audit_chain_record_hash CHECK (octet_length(record_hash) = 32),
    record bytea NOT NULL CONSTRAINT audit_chain_record CHECK (octet_length(record) <= 65000),
    CONSTRAINT audit_chain_pk PRIMARY KEY (node, tenant_id, idx, recorded_at)
);

CREATE INDEX IF NOT EXISTS audit_chain_correlation ON audit_chain (correlation_id);
CREATE INDEX IF NOT EXISTS audit_chain_time ON audit_chain (tenant_id, recorded_at);

CREATE TABLE IF NOT EXISTS audit_projection (
    node text NOT NULL,
    state text NOT NULL
        CONSTRAINT audit_projection_state CHECK (state IN ('following', 'clearing')),
    position text,
    updated_at timestamp with time zone NOT NULL DEFAULT current_timestamp,
    CONSTRAINT audit_projection_pk PRIMARY KEY (node)
);
