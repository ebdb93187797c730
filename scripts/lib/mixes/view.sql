WITH written AS (
    INSERT INTO audit (caller, event, member, purpose, recipient, basis, fields) VALUES
        ('shop', 'released', :member, 'transaction-with-seller', 'mihon-pottery', :member, 'name,address,phone')
    RETURNING member)
SELECT pgp_sym_decrypt(name, :key), pgp_sym_decrypt(address, :key), pgp_sym_decrypt(phone, :key)
FROM member JOIN written ON written.member = member.id;
