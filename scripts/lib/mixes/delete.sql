WITH kept AS (
    INSERT INTO retained SELECT id, pgp_sym_encrypt(pgp_sym_decrypt(name, :key), :retained_key, 's2k-mode=0'),
        pgp_sym_encrypt(pgp_sym_decrypt(login_id, :key), :retained_key, 's2k-mode=0'), now() + interval '36 months'
    FROM member WHERE id = :member),
bases AS (DELETE FROM basis WHERE member = :member),
preferences AS (DELETE FROM preference WHERE member = :member),
restrictions AS (DELETE FROM restriction WHERE member = :member),
erased AS (DELETE FROM member WHERE id = :member RETURNING id)
INSERT INTO audit (caller, event, member, fields) SELECT 'officer', 'erased', id, 'name,login_id' FROM erased;
