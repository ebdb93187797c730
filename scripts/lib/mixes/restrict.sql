\set restricted random(0, 1)
WITH changed AS (
    INSERT INTO restriction SELECT id, (:restricted)::int = 1 FROM member WHERE id = :member
    ON CONFLICT (member) DO UPDATE SET restricted = excluded.restricted, revision = restriction.revision + 1
    RETURNING member)
INSERT INTO audit (caller, event, member) SELECT 'officer', 'restriction-set', member FROM changed;
