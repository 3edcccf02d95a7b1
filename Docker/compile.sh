#!/bin/sh
# Runs inside the colony build, in the folder with the staged sources: makes cargo see exactly the members whose
# content changed, compiles, puts each stripped binary as <name>/usr/local/bin/<name> into the folder named by $1, and
# says on stdout what was compiled and why (xtask/src/colony/outcome.rs reads it).
#
# Cargo trusts file times, and file times lie: BuildKit's cache ignores them, checkouts and restores set them at will.
# So nothing here is decided by a time that a clock made. The ledger in the target directory holds a line (digest and
# folder) for each member as the last *successful* build compiled it. A member whose line is not in the ledger gets a
# far-future time on all its files, which cargo takes for changed; all others get a far-past one, which cargo takes for
# old. The folder `.` stands for what concerns every member: files that belong to none, manifests and lock file, this
# very environment. They decide which of the compilations in the target directory cargo looks at, and one of long ago
# must not pass for fresh.
#
# Only POSIX and what BusyBox knows: the builder may be Alpine or Debian.
set -eu
out=$1
past=@315532800    # 1980-01-01
future=@2145916800 # 2038-01-01, before the last second that every filesystem can store
ledger=$CARGO_TARGET_DIR/.colony-ledger
sums=$CARGO_TARGET_DIR/.colony-sums # .colony/sums of the last successful build
unfinished=$CARGO_TARGET_DIR/.colony-unfinished # there while cargo runs, and after it failed or was killed
messages=/tmp/messages
# Between $past and all times that a clock can have made.
written=/tmp/written
touch -d @315532860 "$written"
# Until now nothing was said: whoever waits for this line waits for another build that holds the target directory.
echo 'colony-report: begin'

# $1: time, $2: folder, `.` or beginning with `./`.
set_times() {
    find "$2" -path ./target -prune -o -exec touch -h -d "$1" {} +
}

# The lines of $2 that are not in $1. BusyBox takes an empty list of patterns for one that matches every line.
differs_from() {
    if [ -s "$1" ]; then
        grep -vFxf "$1" "$2" || [ $? -eq 1 ]
    else
        cat "$2"
    fi
}

# The folders of incremental state, one for each compiled crate, that fit the further conditions.
incremental() {
    find "$CARGO_TARGET_DIR" \( -name deps -o -name build -o -name .fingerprint \) -prune \
        -o -type d -path '*/incremental/*' -prune "$@" -print
}

# What arrived must be what was staged, whatever the transfer took for unchanged.
sha256sum -c .colony/sums >/tmp/sums || {
    grep -v ': OK$' /tmp/sums >&2
    echo 'these files differ from what was staged; run the build again, if need be after' \
        '"docker builder prune --filter type=source.local"' >&2
    exit 1
}

mkdir -p "$out"
if [ -e "$ledger" ]; then state=warm; else state=cold; fi
[ -e "$sums" ] || touch "$ledger" "$sums"
# What else decides which of the compilations in the target directory cargo looks at.
environment=$(env | grep -E '^(CARGO|RUST)' | sort | cat - "$0" | sha256sum | cut -c 1-64)
members=/tmp/members
{
    cat .colony/members
    echo "$environment ."
} >"$members"
{
    differs_from "$sums" .colony/sums
    differs_from .colony/sums "$sums"
} >/tmp/changed

set_times "$past" .
while IFS= read -r line; do
    folder=${line#* }
    [ "$folder" = . ] || folder=./$folder
    grep -qFx -- "$line" "$ledger" || set_times "$future" "$folder"
done <"$members"

# Struck before cargo runs, so that a failed or killed build leaves no promise behind.
grep -Fxf "$members" "$ledger" >"$ledger.kept" || [ $? -eq 1 ]
mv "$ledger.kept" "$ledger"

# An incremental rustc shares files with its last session, by hard link, and writes into some of them. Ended half-way
# (killed, out of memory), it leaves them spoilt, and old code would come out of new sources
# (https://github.com/rust-lang/rust/pull/159287). Its own session stays behind as `*-working`, which tells the crate
# whose incremental state has to go. A mere error in the sources comes before anything is written. What a successful
# build leaves gets the far-past time below, so any other time tells that a file was written since.
if [ -e "$unfinished" ]; then
    incremental | while IFS= read -r crate; do
        find "$crate" -path '*-working/*' -type f -links +1 -newer "$written" >/tmp/spoilt
        [ ! -s /tmp/spoilt ] || rm -r "$crate"
    done
fi

set --
while IFS= read -r binary; do
    set -- "$@" --bin "$binary"
done <.colony/binaries
profile=$(cat .colony/profile)
touch "$unfinished"
# Whoever shows its words where there are no colours takes them out again.
cargo build --profile "$profile" --locked --offline --color=always --message-format=json-render-diagnostics "$@" \
    >"$messages"
incremental -newer "$written" | while IFS= read -r crate; do
    find "$crate" -exec touch -d "$past" {} +
done
cp "$members" "$ledger.new"
mv "$ledger.new" "$ledger"
cp .colony/sums "$sums"
rm "$unfinished"

set --
while IFS= read -r argument; do
    set -- "$@" "$argument"
done <.colony/verify
# Cargo says where each binary lies; the layout of its target directory is its own affair.
while IFS= read -r binary; do
    path=$(sed -n "s|.*\"executable\":\"\([^\"]*/$binary\)\".*|\1|p" "$messages")
    place=$out/$binary/usr/local/bin
    mkdir -p "$place"
    cp "$path" "$place"
    strip "$place/$binary"
    chmod 755 "$place/$binary"
    # The folders too, since they are part of the layer.
    find "$out/$binary" -exec touch -d @0 {} +
    # A stub is as silent as it is small.
    if [ -z "$("$place/$binary" "$@")" ]; then
        echo "\`$binary $*\` prints nothing: it may be a stub" >&2
        exit 1
    fi
done <.colony/binaries

# BuildKit keeps the last 256 KiB of what a step prints. The mark keeps these lines from being shown to people.
{
    echo "state $state"
    cut -c 67- /tmp/changed | sort -u | head -n 1000 | sed 's/^/changed /'
    echo "artifacts $(grep -c '"reason":"compiler-artifact"' "$messages" || :)"
    start='^{"reason":"compiler-artifact","package_id":"\([^"]*\)","manifest_path":"\([^"]*\)",'
    for fresh in true false; do
        sed -n "s/$start.*\"fresh\":$fresh}.*/fresh=$fresh \1 \2/p" "$messages"
    done
    echo end
} | sed 's/^/colony-report: /'
