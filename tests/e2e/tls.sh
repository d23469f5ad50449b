#!/bin/sh
# tls.sh STEPWRIGHT SCRATCH: a certificate counts only if somebody we trust signed it for that host.
# Skipped without the openssl command.
set -eu
program=$1 scratch=$2
command -v openssl >/dev/null || { echo "skipped: there is no openssl command"; exit 77; }
rm -rf "$scratch"
mkdir -p "$scratch"

fail() { echo "tls.sh: $*" >&2; cat "$scratch/out" >&2; exit 1; }

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$scratch/key.pem" -out "$scratch/cert.pem" -days 2 \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost >"$scratch/openssl.log" 2>&1
# -www answers with a page, which is no credentials. Port 0 is the system's choice.
: >"$scratch/server.log"
openssl s_server -accept 127.0.0.1:0 -cert "$scratch/cert.pem" -key "$scratch/key.pem" -www \
  >>"$scratch/server.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || :; wait "$server" 2>/dev/null || :' EXIT
tries=0
until port=$(sed -n 's/^ACCEPT 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$scratch/server.log") && [ -n "$port" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] || { echo "skipped: openssl s_server does not say where it listens"; exit 77; }
  sleep 0.1
done

# whoami HOST [NAME=VALUE...]: credentials are asked for there, by GET, as s_server answers no other.
whoami() {
  host=$1
  shift
  env -i HOME="$scratch" AWS_EC2_METADATA_DISABLED=true AWS_REGION=eu-west-1 \
    AWS_CONTAINER_CREDENTIALS_FULL_URI="https://$host:$port/" "$@" \
    "$program" whoami >"$scratch/out" 2>&1 && fail "it got credentials"
  return 0
}

whoami localhost
grep -q 'does not answer: .*certificate' "$scratch/out" || fail "a certificate that nobody signed was taken"
whoami 127.0.0.1 AWS_CA_BUNDLE="$scratch/cert.pem"
grep -q 'does not answer: ' "$scratch/out" || fail "a certificate for another host was taken"
whoami localhost AWS_CA_BUNDLE="$scratch/cert.pem"
grep -q 'gave no credentials' "$scratch/out" || fail "the certificate that is trusted was not taken"
