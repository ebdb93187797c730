\set allowed random(0, 1)
WITH changed AS (
    INSERT INTO preference SELECT id, 'mailing', CASE (:allowed)::int WHEN 1 THEN 'allow' ELSE 'refuse' END
        FROM member WHERE id = :member
    ON CONFLICT (member, purpose) DO UPDATE SET choice = excluded.choice, revision = preference.revision + 1
    RETURNING member, purpose)
INSERT INTO audit (caller, event, member, purpose) SELECT 'portal', 'preferences-set', member, purpose FROM changed;
