#!/bin/sh
# aws_calls.sh PROGRAM SCRATCH: our calls against moto_server, on this machine and ended with the test.
set -eu
program=$1 scratch=$2
command -v moto_server >/dev/null 2>&1 && moto_server --help >/dev/null 2>&1 ||
  { echo "skipped: there is no moto_server"; exit 77; }
rm -rf "$scratch"
mkdir -p "$scratch"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
moto_server -H 127.0.0.1 -p "$port" >"$scratch/moto.log" 2>&1 &
moto=$!
trap 'kill "$moto" 2>/dev/null || :; wait "$moto" 2>/dev/null || :' EXIT
tries=0
until python3 -c "import socket; socket.create_connection(('127.0.0.1', $port)).close()" 2>/dev/null; do
  kill -0 "$moto" 2>/dev/null || { echo "skipped: moto_server does not start"; exit 77; }
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || { echo "skipped: moto_server does not answer within a minute"; exit 77; }
  sleep 1
done

env -i PATH="$PATH" HOME="$scratch" AWS_EC2_METADATA_DISABLED=true AWS_REGION=us-east-1 \
  AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing \
  AWS_ENDPOINT_URL="http://127.0.0.1:$port" "$program"
