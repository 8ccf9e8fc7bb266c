-- 0001 init: the history of this schema, and the tenants.
--
-- Why:   every later file is recorded in schema_history with the digest of its text, so that an
--        edited or missing file is noticed; every other table speaks of a tenant.
-- Locks: creates empty tables; nothing that exists is locked.
-- Twice: safe to run again; a second run changes nothing.

CREATE TABLE IF NOT EXISTS schema_history (
    version integer NOT NULL CONSTRAINT schema_history_version CHECK (version > 0),
    name text NOT NULL,
    sha256 text NOT NULL CONSTRAINT schema_history_sha256 CHECK (octet_length(sha256) = 64),
    applied_at timestamp with time zone NOT NULL DEFAULT current_timestamp,
    CONSTRAINT schema_history_pk PRIMARY KEY (version)
);

-- That a tenant exists is decided by the audit log (its TenantCreated record); this table holds
-- what may change. Hence no other table refers to it by foreign key: a restored or rebuilt database
-- must not refuse rows over it.
CREATE TABLE IF NOT EXISTS tenant (
    id text NOT NULL,
    status text NOT NULL CONSTRAINT tenant_status CHECK (status IN ('active', 'suspended')),
    created_at timestamp with time zone NOT NULL DEFAULT current_timestamp,
    CONSTRAINT tenant_pk PRIMARY KEY (id)
);
