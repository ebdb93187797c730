WITH written AS (
    INSERT INTO audit (caller, event, member, purpose, recipient, fields) VALUES ('portal', 'released', :member, 'self-review',
        'member', 'name,login_id,nickname,address,email,phone,gender,birth_date,card,payment_status')
    RETURNING member)
SELECT pgp_sym_decrypt(name, :key), pgp_sym_decrypt(login_id, :key), pgp_sym_decrypt(nickname, :key),
    pgp_sym_decrypt(address, :key), pgp_sym_decrypt(email, :key), pgp_sym_decrypt(phone, :key), pgp_sym_decrypt(gender, :key),
    pgp_sym_decrypt(birth_date, :key), pgp_sym_decrypt(card, :key), pgp_sym_decrypt(payment_status, :key), revision
FROM member JOIN written ON written.member = member.id;
