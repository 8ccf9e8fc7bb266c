-- 0012 agreements for H2: the same table, its right in H2's words.
--
-- Why:   see ../0012_agreements.sql.
-- Locks: creates an empty table.
-- Twice: safe to run again; a second run changes nothing.

CREATE TABLE IF NOT EXISTS agreement (
    kind text NOT NULL,
    id text NOT NULL,
    tenant_id text,
    holder text,
    document text NOT NULL,
    imported_at timestamp with time zone NOT NULL DEFAULT current_timestamp,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    reason text NOT NULL,
    CONSTRAINT agreement_pk PRIMARY KEY (kind, id)
);

CREATE INDEX IF NOT EXISTS agreement_holder ON agreement (tenant_id, holder);

GRANT SELECT, INSERT, UPDATE ON agreement TO map_engine;
