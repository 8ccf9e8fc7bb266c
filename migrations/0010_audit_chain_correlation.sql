-- 0010 audit_chain_correlation: the index on correlation ids becomes a hash index.
--
-- Why:   correlation ids are random and only ever looked up whole. A B-tree of random texts was
--        the largest part of what a row cost (4.7 of 12.4 microseconds of a server's processor
--        time with all three indexes; 7.0 with the hash index), and it is twice as large.
-- Locks: audit_chain SHARE while the new index is built: reading goes on, the projection waits, and
--        the audit log with it not at all; some 3 seconds for a million rows. Then ACCESS EXCLUSIVE
--        for a moment.
-- Twice: safe to run again; a second run changes nothing.
-- H2:    has a twin that changes nothing: h2/0010_audit_chain_correlation.sql.

CREATE INDEX IF NOT EXISTS audit_chain_correlation_hash ON audit_chain USING hash (correlation_id);
DROP INDEX IF EXISTS audit_chain_correlation;
