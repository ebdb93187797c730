# Sourced: GDPRbench's mixes by turns, Fubako and PostgreSQL with pgcrypto. $work, $fubako and say are the caller's.
# shellcheck shell=bash

# A mix's operations: NAME SHARE, and the files below mixes/ that are a script of pgbench's together: who is chosen, what is done.
mix_controller="\
insert 25 insert
delete 25 victim delete
update_metadata_by_purpose 25 uniform record_basis
update_metadata_by_user 25 uniform restrict"
mix_customer="\
read 20 zipfian review
read_metadata 20 zipfian account
update 20 zipfian correct
update_metadata 20 zipfian prefer
delete 20 victim delete"
mix_processor="\
read 20 uniform view
read_metadata_by_purpose 40 entries
read_metadata_by_user 40 uniform account"
mix_in_flight=64
mix_key=a-passphrase-of-no-other-use

press_mixes() {
    local rounds=$1 operations=$2 members=$3 workload round
    need openssl openssl
    local_certificate "$work" ca
    postgres_start "$work"
    say "PostgreSQL gets $members members"
    psql --quiet --no-psqlrc --output /dev/null --set ON_ERROR_STOP=1 --set key="$mix_key" --set members="$members" \
        --file scripts/lib/mixes/schema.sql
    last=$members
    for round in $(seq "$rounds"); do
        for workload in controller customer processor; do
            say "round $round of $rounds, $workload"
            # The vault is made in the first turn, and has fewer members after each that erases some.
            "$fubako" bench mix --json --workload "$workload" --operations "$operations" --in-flight "$mix_in_flight" \
                --folder "$work/vault" --seed "$round" $([ -e "$work/vault" ] || echo --members "$members") |
                python3 scripts/lib/mixes.py fubako >>"$work/results"
            mix_postgres "$workload" "$operations" "$round" >>"$work/results"
        done
    done
    python3 scripts/lib/mixes.py table "$work/results" "$rounds rounds of $operations operations by turns, $members members, \
$mix_in_flight in flight, $(nproc) cores shared by client and server; $("$fubako" version | head -n 1), \
PostgreSQL $("$postgres/postgres" --version | awk '{ print $3 }')" "${PUBLISH:+docs}"
}

# One turn of PostgreSQL; a tenth more than is counted, to warm up.
mix_postgres() {
    local workload=$1 operations=$2 seed=$3 each head audited name share files file scripts=() names=()
    local mix=mix_$workload
    rm -rf "$work/mix"
    mkdir "$work/mix"
    each=$(((operations + operations / 10) / mix_in_flight))
    # Kept for erasures are as many as if every second operation was one. Nothing else is asked about them.
    head=$((last - each * mix_in_flight / 2))
    while read -r name share files; do
        for file in $files; do cat "scripts/lib/mixes/$file.sql"; done >"$work/mix/$name.sql"
        scripts+=(-f "$work/mix/$name.sql@$share")
        names+=("$name")
    done <<<"${!mix}"
    psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --set key="$mix_key" --file scripts/lib/mixes/ready.sql
    audited=$(mix_count audit)
    # shellcheck disable=SC2046
    pgbench -n -M prepared -c "$mix_in_flight" -j 2 -t "$each" --random-seed="$seed" -l --log-prefix="$work/mix/log" \
        -D last="$last" -D head="$head" -D gone=0 -D clients="$mix_in_flight" -D key="$mix_key" \
        -D retained_key="$mix_key-either" $(python3 scripts/lib/mixes.py zipf "$head") "${scripts[@]}" >"$work/mix/told" 2>&1 ||
        { cat "$work/mix/told" >&2; return 1; }
    # Every statement writes its audit row only if it found whom it is about.
    [ $(($(mix_count audit) - audited)) -eq $((each * mix_in_flight)) ] || { say "some operations did nothing"; return 1; }
    python3 scripts/lib/mixes.py postgres "$workload" "$operations" "${names[*]}" "$work"/mix/log.*
    last=$(psql -At --command "SELECT coalesce(min(id) - 1, $last) FROM generate_series(1, $last) AS id
        WHERE NOT EXISTS (SELECT FROM member WHERE member.id = id.id)")
}

mix_count() { psql -At --command "SELECT count(*) FROM $1"; }
