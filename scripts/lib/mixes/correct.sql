\set n random(1, 1000000)
WITH corrected AS (
    UPDATE member SET address = pgp_sym_encrypt('JP 100-0001 Tokyo Chiyoda 1-2-' || :n, :key, 's2k-mode=0'),
        phone = pgp_sym_encrypt('+819000001024', :key, 's2k-mode=0'), revision = revision + 1
    WHERE id = :member RETURNING id, revision)
INSERT INTO audit (caller, event, member, fields) SELECT 'portal', 'corrected', id, 'address,phone' FROM corrected;
