#!/bin/sh
# Runs inside the colony build, in the folder that keeps the sources and the target directory from build to build. Makes
# the sources those of the context, makes cargo see exactly the members whose content changed, compiles, has each stripped
# binary answer in the runtime image, puts it as <name>/usr/local/bin/<name> into the output folder, and says on stdout
# what was compiled and why (xtask/src/colony/outcome.rs reads it).
#
#   compile.sh <context> <root of the runtime image> <output folder>
#
# Cargo trusts file times, and file times lie: BuildKit's cache ignores them, checkouts and restores set them at will.
# So nothing here is decided by a time that a clock made. The ledger holds a line (digest and folder) for each member as
# the last *successful* build compiled it. A member whose line is not in the ledger gets a far-future time on all its
# files, which cargo takes for changed; all others have a far-past one, which cargo takes for old. The folder `.` stands
# for what concerns every member: files that belong to none, manifests and lock file, this very environment. They decide
# which of the compilations in the target directory cargo looks at, and one of long ago must not pass for fresh.
#
# The context holds the sources in archives. An archive is named by the digest of the list that it begins with, which has
# digest, kind and mode, and path of each of its files (xtask/src/sources/pack.rs). Only archives whose list is not here
# yet are unpacked.
#
# Only POSIX and what BusyBox knows: the builder may be Alpine or Debian.
set -eu
umask 022
context=$1
runtime=$2
out=$3
past=@315532800    # 1980-01-01
future=@2145916800 # 2038-01-01, before the last second that every filesystem can store
packs=.colony/packs           # the list of each archive that is unpacked
unpacking=.colony/unpacking   # there while files are unpacked, and after that was interrupted
record=.colony/record         # what the filesystem told of each file when it was unpacked
ledger=.colony/ledger
young=.colony/young           # the folders whose files have the far-future time
changed=.colony/changed       # files that are others than in the last successful build
unfinished=.colony/unfinished # there while cargo runs, and after it failed or was killed
messages=/tmp/messages
# Between $past and all times that a clock can have made.
written=/tmp/written
touch -d @315532860 "$written"
# Until now nothing was said: whoever waits for this line waits for another build that holds the target directory.
echo 'colony-report: begin'

# The lines of file $2 that are not in file $1, which need not be there.
lacking() {
    awk -v known="$1" 'BEGIN { while ((getline line < known) > 0) seen[line] } !($0 in seen)' "$2"
}

# Those that are.
common() {
    awk -v known="$1" 'BEGIN { while ((getline line < known) > 0) seen[line] } $0 in seen' "$2"
}

# The paths in the lines of lists.
paths() {
    cut -d ' ' -f 3- | sed 's|^|./|'
}

# All folders that these paths lie in.
folders() {
    awk '{ while (sub("/[^/]*$", "") && $0 != ".") print }'
}

# Compares files with their digests, as sha256sum writes both.
check() {
    sha256sum -c >/tmp/checked 2>&1
}

refuse() {
    grep -v ': OK$' /tmp/checked >&2 || :
    echo 'these files differ from what was staged; run the build again, if need be after' \
        '"docker builder prune --filter type=source.local" and without target/xtask/sources' >&2
    exit 1
}

# Runs a command for all lines of stdin, if there are any.
for_each() {
    tr '\n' '\0' | xargs -0 -r "$@"
}

# All files and folders of the sources, for find with the action that follows.
sources() {
    find . -path ./target -prune -o -path ./.colony -prune -o ! -name . "$@"
}

# $1: time, $2: folder, `.` or beginning with `./`.
set_times() {
    if [ "$2" = . ]; then
        sources -exec touch -h -d "$1" {} +
    else
        find "$2" -exec touch -h -d "$1" {} +
    fi
}

# What the filesystem tells of all files and folders. Mode, size, the times of the last changes, path.
look() {
    sources -exec stat -c '%f %s %Y %Z %n' {} +
}

# The folders of incremental state, one for each compiled crate, that fit the further conditions.
incremental() {
    find "$CARGO_TARGET_DIR" \( -name deps -o -name build -o -name .fingerprint \) -prune \
        -o -type d -path '*/incremental/*' -prune "$@" -print
}

# BusyBox writes to a full disk without a complaint, so what decides is compared where it is used.
: >/tmp/checked
(cd "$context" && [ -s lists ] && check <lists) || refuse
mkdir -p "$packs" "$out"
if [ -s "$ledger" ]; then state=warm; else state=cold; fi
touch "$ledger" "$record" "$young" "$changed"

# A program of the last build may have written among its sources. Where anything is not as it was left, all goes.
look >/tmp/look
: >/tmp/gone-files
if [ -e "$unpacking" ] || ! cmp -s "$record" /tmp/look; then
    touch "$unpacking"
    sources -prune -exec rm -rf {} +
    find "$packs" -type f -exec cat {} + >/tmp/gone-files
    rm -r "$packs"
    mkdir "$packs"
    : >"$young"
fi

# What differs between the sources here and those of the context.
ls "$packs" >/tmp/packs
lacking "$context/packs" /tmp/packs >/tmp/gone
lacking /tmp/packs "$context/packs" >/tmp/new
if [ -s /tmp/gone ]; then
    touch "$unpacking"
    (cd "$packs" && for_each cat </tmp/gone) >>/tmp/gone-files
    # By no file of /tmp, which may be cut short.
    (cd "$packs" && for_each cat </tmp/gone) | paths | for_each rm -f
    # Only those that are empty now can be removed.
    paths </tmp/gone-files | folders | sort -ru | for_each rmdir 2>/dev/null || :
    (cd "$packs" && for_each rm </tmp/gone)
fi
: >/tmp/new-files
if [ -s /tmp/new ]; then
    touch "$unpacking"
    # The archives have no end marks, so that they are one in a row.
    {
        (cd "$context" && for_each cat </tmp/new)
        dd if=/dev/zero bs=1024 count=1 2>/dev/null
    } | tar -xf -
    # The content that arrived must be what was staged, whatever the transfer took for unchanged.
    (cd "$packs" && sed 's/.*/&  &/' /tmp/new | check && for_each cat </tmp/new >/tmp/new-files) || refuse
    sed -n 's|^\([0-9a-f]*\) f[0-7]* |\1  ./|p' /tmp/new-files >/tmp/sums
    [ ! -s /tmp/sums ] || check </tmp/sums || refuse
    # Folders have the time of their making.
    paths </tmp/new-files | folders | sort -u | for_each touch -d "$past"
fi
(cd "$packs" && printf '%s\n' *) | cmp - "$context/packs" >&2 || refuse
{
    lacking /tmp/gone-files /tmp/new-files
    lacking /tmp/new-files /tmp/gone-files
} >>"$changed"

# What else decides which of the compilations in the target directory cargo looks at.
environment=$(env | grep -E '^(CARGO|RUST)' | sort | cat - "$context/profile" "$0" | sha256sum | cut -c 1-64)
members=/tmp/members
{
    cat "$context/members"
    echo "$environment ."
} >"$members"

[ "$(wc -l <"$members")" -eq $(($(wc -l <"$context/members") + 1)) ] || refuse

# The folders whose line is not in the ledger.
unknown() {
    lacking "$ledger" "$members" | cut -d ' ' -f 2- | sed 's|^\([^.]\)|./\1|'
}

# Files that were young for the last build are old now, but for those that the ledger does not know.
unknown | sort -u >/tmp/young
if [ -s "$young" ] || [ -s /tmp/young ]; then
    touch "$unpacking"
    while IFS= read -r folder; do
        [ ! -e "$folder" ] || set_times "$past" "$folder"
    done <"$young"
    # The whole comprises the others.
    if grep -qFx . /tmp/young; then echo . >/tmp/young; fi
    cat /tmp/young >"$young"
    while IFS= read -r folder; do
        set_times "$future" "$folder"
    done <"$young"
fi
grep -qFx . "$young" || [ -z "$(unknown | lacking "$young" -)" ] || refuse
if [ -e "$unpacking" ]; then
    look >"$record"
    rm "$unpacking"
fi

# Struck before cargo runs, so that a failed or killed build leaves no promise behind.
common "$members" "$ledger" >"$ledger.kept"
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
done <"$context/binaries"
touch "$unfinished"
# Whoever shows its words where there are no colours takes them out again.
cargo build --profile "$(cat "$context/profile")" --locked --offline --color=always \
    --message-format=json-render-diagnostics "$@" >"$messages"
incremental -newer "$written" | while IFS= read -r crate; do
    find "$crate" -exec touch -d "$past" {} +
done
cp "$members" "$ledger.new"
mv "$ledger.new" "$ledger"
rm "$unfinished"

set --
while IFS= read -r argument; do
    set -- "$@" "$argument"
done <"$context/verify"
# Cargo says where each binary lies; the layout of its target directory is its own affair.
while IFS= read -r binary; do
    path=$(sed -n "s|.*\"executable\":\"\([^\"]*/$binary\)\".*|\1|p" "$messages")
    program=/usr/local/bin/$binary
    place=$out/$binary$program
    mkdir -p "${place%/*}" "$runtime${program%/*}"
    cp "$path" "$place"
    strip "$place"
    chmod 755 "$place"
    cp "$place" "$runtime$program"
    # The folders too, since they are part of the layer.
    find "$out/$binary" -exec touch -d @0 {} +
    answer=$(env -i PATH="$PATH" chroot "$runtime" "$program" "$@" </dev/null) || {
        echo "\`$binary $*\` fails in the runtime image, with exit status $?" >&2
        exit 1
    }
    # A stub is as silent as it is small.
    if [ -z "$answer" ]; then
        echo "\`$binary $*\` prints nothing: it may be a stub" >&2
        exit 1
    fi
done <"$context/binaries"

# BuildKit keeps the last 256 KiB of what a step prints. The mark keeps these lines from being shown to people. Between
# quotation marks, the eighth and the twelfth part of an artifact's message are its package ID and its manifest.
echo "colony-report: state $state"
awk '{ sub("^[^ ]* [^ ]* ", "") } !seen[$0]++ && count++ < 1000 { print "colony-report: changed " $0 }' "$changed"
awk -F '"' '
    /^[{]"reason":"compiler-artifact",/ { count++ }
    $4 == "compiler-artifact" && $6 == "package_id" && $10 == "manifest_path" {
        print "colony-report: fresh=" (/"fresh":true[}]/ ? "true" : "false") " " $8 " " $12
    }
    END {
        print "colony-report: artifacts " count + 0
        print "colony-report: end"
    }
' "$messages"
: >"$changed"
