-- The peer's tables: values under pgcrypto, what is known about them in columns with indexes, and an audit row for each operation.
CREATE EXTENSION pgcrypto;
CREATE TABLE member (
    id bigint PRIMARY KEY, name bytea NOT NULL, login_id bytea NOT NULL, nickname bytea NOT NULL, address bytea NOT NULL,
    email bytea NOT NULL, phone bytea NOT NULL, gender bytea NOT NULL, birth_date bytea NOT NULL, card bytea NOT NULL,
    payment_status bytea NOT NULL, revision bigint NOT NULL DEFAULT 1);
CREATE SEQUENCE member_id START 1000000000 CACHE 64;
CREATE TABLE basis (
    id bigserial PRIMARY KEY, member bigint NOT NULL, party text NOT NULL, kind text NOT NULL, purpose text NOT NULL,
    state text NOT NULL, made timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX ON basis (member);
CREATE INDEX ON basis (party);
CREATE TABLE preference (
    member bigint NOT NULL, purpose text NOT NULL, choice text NOT NULL, revision bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (member, purpose));
CREATE TABLE restriction (member bigint PRIMARY KEY, restricted boolean NOT NULL, revision bigint NOT NULL DEFAULT 1);
CREATE TABLE retained (member bigint PRIMARY KEY, name bytea NOT NULL, login_id bytea NOT NULL, until timestamptz NOT NULL);
CREATE TABLE audit (
    id bigserial PRIMARY KEY, made timestamptz NOT NULL DEFAULT clock_timestamp(), caller text NOT NULL, event text NOT NULL,
    member bigint, purpose text, recipient text, basis bigint, fields text);
CREATE INDEX ON audit (member, id);
CREATE INDEX ON audit (purpose, id);

INSERT INTO member SELECT id,
    pgp_sym_encrypt('Hana Mori ' || id, :'key', 's2k-mode=0'), pgp_sym_encrypt('hana.mori.' || id, :'key', 's2k-mode=0'),
    pgp_sym_encrypt('hana42', :'key', 's2k-mode=0'),
    pgp_sym_encrypt('JP 100-0001 Tokyo Chiyoda 1-2-' || id, :'key', 's2k-mode=0'),
    pgp_sym_encrypt('hana.mori.' || id || '@example.jp', :'key', 's2k-mode=0'),
    pgp_sym_encrypt('+819000001024', :'key', 's2k-mode=0'), pgp_sym_encrypt('female', :'key', 's2k-mode=0'),
    pgp_sym_encrypt('1991-02-03', :'key', 's2k-mode=0'),
    pgp_sym_encrypt('4242424242424242 12/29 HANA MORI', :'key', 's2k-mode=0'),
    pgp_sym_encrypt('paid', :'key', 's2k-mode=0')
FROM generate_series(1, :members) AS id;
INSERT INTO audit (caller, event, member, fields) SELECT 'shop', 'collected', id, 'name,login_id,nickname,address,email' FROM member;
INSERT INTO basis (id, member, party, kind, purpose, state)
    SELECT id, id, 'mihon-pottery', 'transaction', 'transaction-with-seller', 'live' FROM member;
SELECT setval('basis_id_seq', 1000000000);
INSERT INTO audit (caller, event, member, purpose, recipient, basis)
    SELECT 'registry', 'basis-recorded', member, purpose, party, id FROM basis;
