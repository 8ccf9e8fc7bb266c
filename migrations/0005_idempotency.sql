-- 0005 idempotency_result: what was answered to a call that carried an Idempotency-Key.
--
-- Why:   the same caller sending the same key and body within 24 hours gets the stored answer and
--        no second effect. The digest tells a repeat from a reuse of the key with another body; the
--        state tells a repeat that arrives while the first call still runs.
-- Locks: creates an empty table.
-- Twice: safe to run again; a second run changes nothing.

CREATE TABLE IF NOT EXISTS idempotency_result (
    tenant_id text NOT NULL,
    caller_did text NOT NULL,
    idem_key text NOT NULL,
    body_sha256 bytea NOT NULL
        CONSTRAINT idempotency_result_body_sha256 CHECK (octet_length(body_sha256) = 32),
    state text NOT NULL
        CONSTRAINT idempotency_result_state CHECK (state IN ('in_progress', 'done')),
    record_index bigint,
    answer bytea,
    created_at timestamp with time zone NOT NULL DEFAULT current_timestamp,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT idempotency_result_pk PRIMARY KEY (tenant_id, caller_did, idem_key),
    CONSTRAINT idempotency_result_answered CHECK (state = 'in_progress' OR answer IS NOT NULL)
);

CREATE INDEX IF NOT EXISTS idempotency_result_expiry ON idempotency_result (expires_at);
