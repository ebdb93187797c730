\set n random(1, 1000000)
WITH added AS (
    INSERT INTO member SELECT nextval('member_id'),
        pgp_sym_encrypt('Hana Mori ' || :n, :key, 's2k-mode=0'), pgp_sym_encrypt('hana.mori.' || :n, :key, 's2k-mode=0'),
        pgp_sym_encrypt('hana42', :key, 's2k-mode=0'),
        pgp_sym_encrypt('JP 100-0001 Tokyo Chiyoda 1-2-' || :n, :key, 's2k-mode=0'),
        pgp_sym_encrypt('hana.mori.' || :n || '@example.jp', :key, 's2k-mode=0'),
        pgp_sym_encrypt('+819000001024', :key, 's2k-mode=0'), pgp_sym_encrypt('female', :key, 's2k-mode=0'),
        pgp_sym_encrypt('1991-02-03', :key, 's2k-mode=0'),
        pgp_sym_encrypt('4242424242424242 12/29 HANA MORI', :key, 's2k-mode=0'),
        pgp_sym_encrypt('paid', :key, 's2k-mode=0')
    RETURNING id)
INSERT INTO audit (caller, event, member, fields)
    SELECT 'shop', 'collected', id, 'name,login_id,nickname,address,email,phone,gender,birth_date,card,payment_status' FROM added;
