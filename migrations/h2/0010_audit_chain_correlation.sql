-- 0010 audit_chain_correlation for H2: nothing to do.
--
-- Why:   see ../0010_audit_chain_correlation.sql. A hash index of H2 lives in memory alone.
-- Locks: none.
-- Twice: safe to run again.

CREATE INDEX IF NOT EXISTS audit_chain_correlation ON audit_chain (correlation_id);
