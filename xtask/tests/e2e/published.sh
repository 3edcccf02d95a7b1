#!/bin/sh
# Lays out a program as its author's repository has it, from packages of the crates registry.
#
#   published.sh <new folder> <package> <version> [<member's folder> <package>]...
#
# Each package comes with the manifest that its author wrote. Members have the versions that the program's Cargo.lock names.
# They are fetched by cargo, as dependencies of a package that is made for that alone.
set -eu
folder=$1
package=$2
version=$3
shift 3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Prints the folder with the sources of a package of this very version.
fetch() {
    mkdir -p "$scratch/$1/src"
    : >"$scratch/$1/src/lib.rs"
    printf '[package]\nname = "fetches"\nversion = "0.0.0"\nedition = "2021"\n\n[dependencies]\n"%s" = "=%s"\n\n[workspace]\n' \
        "$1" "$2" >"$scratch/$1/Cargo.toml"
    cargo vendor --quiet --versioned-dirs --manifest-path "$scratch/$1/Cargo.toml" "$scratch/$1/vendor" >/dev/null
    echo "$scratch/$1/vendor/$1-$2"
}

# $1: where the sources are, $2: where they go.
lay_out() {
    mkdir -p "$(dirname "$2")"
    cp -R "$1" "$2"
    mv "$2/Cargo.toml.orig" "$2/Cargo.toml"
    rm -f "$2/.cargo-checksum.json" "$2/.cargo_vcs_info.json" "$2/.cargo-ok"
}

sources=$(fetch "$package" "$version")
# cargo vendor leaves lock files out.
lock=$(find "${CARGO_HOME:-$HOME/.cargo}/registry/src" -path "*/$package-$version/Cargo.lock" | head -n 1)
lay_out "$sources" "$folder"
[ -z "$lock" ] || cp "$lock" "$folder/Cargo.lock"
while [ $# -gt 0 ]; do
    locked=$(grep -A 1 "^name = \"$2\"\$" "$folder/Cargo.lock" | sed -n 's/^version = "\(.*\)"$/\1/p')
    sources=$(fetch "$2" "$locked")
    lay_out "$sources" "$folder/$1"
    # Its own lock file counts nowhere.
    rm -f "$folder/$1/Cargo.lock"
    shift 2
done
cd "$folder"
git init --quiet
git add --all
git -c user.name=x -c user.email=x@x commit --quiet --message 'As published'
