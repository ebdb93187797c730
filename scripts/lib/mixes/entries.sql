WITH written AS (INSERT INTO audit (caller, event) VALUES ('auditor', 'entries-read'))
SELECT id, made, caller, event, member, purpose, recipient, basis, fields FROM audit
WHERE purpose = 'transaction-with-seller' ORDER BY id DESC LIMIT 50;
