-- 0013 policy for H2: the same table, and the right in H2's words.
--
-- Why:   see ../0013_policy.sql. H2 has no rights on single columns and no DO blocks.
-- Locks: creates an empty table.
-- Twice: safe to run again; a second run changes nothing.

CREATE TABLE IF NOT EXISTS policy (
    id text NOT NULL,
    version text NOT NULL,
    tenant_id text,
    body text NOT NULL,
    active_from timestamp with time zone,
    reason text NOT NULL,
    authored_at timestamp with time zone NOT NULL,
    activated_at timestamp with time zone,
    retired_at timestamp with time zone,
    CONSTRAINT policy_pk PRIMARY KEY (id, version)
);

GRANT SELECT, INSERT, UPDATE ON policy TO map_engine;
