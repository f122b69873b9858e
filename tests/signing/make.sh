#!/usr/bin/env bash
# Made what is in this folder, by minisign 0.11 of Debian 12. Never run again: what matters is that the program made it.
set -euo pipefail
cd "$(dirname "$0")"
minisign -G -W -p key.pub -s key
printf 'correct horse\ncorrect horse\n' | minisign -G -p key_with_password.pub -s key_with_password
for key in key key_with_password; do
  echo 'correct horse' | minisign -S -s "$key" -m ../older/0.1.0/migrations.bundle -x "by_$key.minisig" \
    -c 'a bundle of runner' -t $'file:migrations.bundle\tprehashed'
done
