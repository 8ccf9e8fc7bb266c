-- 0004 capability_grant: capabilities granted on this site, beyond those an agent's document
-- declares.
--
-- Why:   the effective set of a caller is declared + delegated + treaty - revoked; this is the part
--        that the site's operator decides. A revoked grant stays, with its reason: the log refers
--        to it by id.
-- Locks: creates an empty table.
-- Twice: safe to run again; a second run changes nothing.

CREATE TABLE IF NOT EXISTS capability_grant (
    id text NOT NULL,
    tenant_id text NOT NULL,
    did text NOT NULL,
    capability text NOT NULL,
    granted_at timestamp with time zone NOT NULL DEFAULT current_timestamp,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    reason text NOT NULL,
    CONSTRAINT capability_grant_pk PRIMARY KEY (id)
);

CREATE INDEX IF NOT EXISTS capability_grant_holder ON capability_grant (tenant_id, did);
