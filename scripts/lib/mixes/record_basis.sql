WITH recorded AS (
    INSERT INTO basis (member, party, kind, purpose, state)
        SELECT id, 'mihon-pottery', 'transaction', 'transaction-with-seller', 'live' FROM member WHERE id = :member
    RETURNING id, member, party, purpose)
INSERT INTO audit (caller, event, member, purpose, recipient, basis)
    SELECT 'registry', 'basis-recorded', member, purpose, party, id FROM recorded
    RETURNING basis;
