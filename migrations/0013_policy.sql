-- 0013 policy: what calls are refused although the caller holds the capability.
--
-- Why:   policies in a subset of Cedar (docs/reference/policies.md), by id and version. A version's
--        text is never changed: records name it by id, version and SHA-256. tenant_id is null for
--        policies of the whole site. A version is in force once activated_at is set, and not before
--        active_from, while retired_at is null; of two, the one whose time came later.
-- Locks: creates an empty table.
-- Twice: safe to run again; a second run changes nothing.
-- H2:    has a twin: h2/0013_policy.sql. It has no rights on single columns.

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

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'map_engine') THEN
        GRANT SELECT, INSERT ON policy TO map_engine;
        GRANT UPDATE (activated_at, retired_at) ON policy TO map_engine;
    END IF;
END
$$;
