-- 0012 agreements: delegations from agent to agent, and treaties between organizations.
--
-- Why:   the effective set of a caller is declared + delegated + treaty - revoked; this is the
--        second and the third. document is the text that the parties signed, RFC 8785: whoever
--        reads a row verifies it, so the other columns only find it and say what became of it here.
-- Locks: creates an empty table.
-- Twice: safe to run again; a second run changes nothing.
-- H2:    has a twin: h2/0012_agreements.sql. H2 has no DO blocks.

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

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'map_engine') THEN
        GRANT SELECT, INSERT, UPDATE ON agreement TO map_engine;
    END IF;
END
$$;
