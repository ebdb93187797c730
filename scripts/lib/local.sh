# Sourced: what servers of loopback need to be set up.
# shellcheck shell=bash

# Installs Debian's package of a program that is missing.
need() {
    local program=$1 package=$2 as_root=()
    if ! command -v "$program" >/dev/null; then
        [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
        "${as_root[@]}" apt-get update -qq >/dev/null
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$package" >/dev/null
    fi
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
