-- 0003 api_key: the keys by which callers are known.
--
-- Why:   a key is stored as SHA-256 only: whoever reads this table cannot call with what he read.
--        Rows stay after revocation, so that a record that names a key id can be explained years
--        later.
-- Locks: creates an empty table.
-- Twice: safe to run again; a second run changes nothing.

CREATE TABLE IF NOT EXISTS api_key (
    id text NOT NULL,
    secret_sha256 bytea NOT NULL
        CONSTRAINT api_key_secret_sha256 CHECK (octet_length(secret_sha256) = 32),
    tenant_id text NOT NULL,
    did text NOT NULL,
    label text NOT NULL,
    created_at timestamp with time zone NOT NULL DEFAULT current_timestamp,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_key_pk PRIMARY KEY (id)
);

CREATE INDEX IF NOT EXISTS api_key_tenant ON api_key (tenant_id);
