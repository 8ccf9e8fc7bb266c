-- 0011 capability_terms: limits and caveats of a granted capability.
--
-- Why:   a grant may say how often, how large and under which conditions. JSON text
--        {"limits": {...}, "caveats": [...]}; null for a grant without terms.
-- Locks: capability_grant ACCESS EXCLUSIVE for an instant; no row is rewritten.
-- Twice: safe to run again; a second run changes nothing.

ALTER TABLE capability_grant ADD COLUMN IF NOT EXISTS terms text;
