#!/usr/bin/env bash
# Makes the bundle and the databases of a folder beside this file, by a runner that is built:
#
#     tests/older/make.sh 0.1.0 target/debug/runner
#
# It is run once, by the tree of that version. What it made is kept, and every later tree must go on with it.
set -euo pipefail
runner=$(realpath "$2")
cd "$(dirname "$0")/$1"
here=$PWD
repository=$(cd ../../.. && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$work/target}
cd "$work"

# No path of the machine gets into the libraries.
cp -r "$here/migrations" .
sed -i "s|\.\./\.\./\.\./\.\.|$repository|" migrations/Cargo.toml
mkdir migrations/.cargo
cat >migrations/.cargo/config.toml <<CONFIG
[build]
rustflags = [
  "--remap-path-prefix=$repository=/runner",
  "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo",
  "--remap-path-prefix=$CARGO_TARGET_DIR=/target",
]
CONFIG
"$runner" --migrations migrations --database none.db bundle -o "$here/migrations.bundle"

# on DATABASE ARGUMENT...
on() { "$runner" --bundle "$here/migrations.bundle" --database "$1.db" "${@:2}"; }

on half migrate --create --to read_the_years

on all migrate --create

on reverted migrate --create
on reverted migrate --backward

# Half of the last one is done: the file is smaller, and one loan has its date. The next loan has none.
on unfinished migrate --create --to overdue_loans
sqlite3 unfinished.db "INSERT INTO loan (book, reader, due_on) VALUES (1, 1, 'in spring')"
on unfinished migrate && exit 1

# One was edited after it was applied, the schema was changed by hand, and one was never run.
sed -i "s|'Of a third hand'|'Of a fourth hand'|" migrations/*_open_the_library/src/lib.rs
"$runner" --migrations migrations --database repaired.db migrate --create --to add_shelf_to_book
on repaired repair --accept open_the_library --reason "a title was wrong"
sqlite3 repaired.db "ALTER TABLE book ADD COLUMN year INTEGER; CREATE INDEX by_hand ON book (year)"
on repaired repair --accept-schema --reason "the index is wanted"
on repaired fake read_the_years --reason "done by hand"

cp {half,all,reverted,unfinished,repaired}.db "$here/"
