WITH written AS (INSERT INTO audit (caller, event, member) VALUES ('auditor', 'account-read', :member))
SELECT id, made, caller, purpose, recipient, basis, fields FROM audit
WHERE member = :member AND event = 'released' ORDER BY id DESC LIMIT 50;
