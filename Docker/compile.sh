#!/bin/sh
# Runs inside the colony build, in the folder that keeps the sources and the target directory from build to build. Makes
# the sources those of the context, makes cargo see exactly the members whose content changed, compiles, looks whether each
# stripped binary works in the runtime image, puts it as <name>/usr/local/bin/<name> into the output folder, and says on
# stdout what was compiled and why (xtask/src/colony/outcome.rs reads it).
#
#   compile.sh <context> <folder of the base> <root of the runtime image> <output folder>
#
# Cargo trusts file times, and file times lie: BuildKit's cache ignores them, checkouts and restores set them at will.
# So nothing here is decided by a time that a clock made. The ledger holds a line (digest and folder) for each member as
# the last *successful* build compiled it. A member whose line is not in the ledger gets a far-future time on all its
# files, which cargo takes for changed; all others have a far-past one, which cargo takes for old. The folder `.` stands
# for what concerns every member: files that belong to none, manifests and lock file, this very environment. They decide
# which of the compilations in the target directory cargo looks at, and one of long ago must not pass for fresh. The folder
# of a member in the root is `./.`; what lies in the folder of a member inside of another is of the inner one alone.
#
# The context holds the sources in archives. An archive is named by the digest of the list that it begins with, which has
# digest, kind and mode, and path of each of its files (xtask/src/sources/pack.rs). Only archives whose list is not here
# yet are unpacked.
#
# Only POSIX and what BusyBox knows: the builder may be Alpine or Debian.
set -eu
umask 022
context=$1
base=$2
runtime=$3
out=$4
# In the name of the mount; without it two bases would have one.
: "${BASE_ID:?is no build argument: cargo xtask build-colony gives it}"
past=@315532800    # 1980-01-01
future=@2145916800 # 2038-01-01, before the last second that every filesystem can store
packs=.colony/packs           # the list of each archive that is unpacked
unpacking=.colony/unpacking   # there while files are unpacked, and after that was interrupted
record=.colony/record         # what the filesystem told of each file when it was unpacked
ledger=.colony/ledger
young=.colony/young           # the folders whose files have the far-future time
changed=.colony/changed       # files that are others than in the last successful build
unfinished=.colony/unfinished # there while cargo runs, and after it failed or was killed
seeded=.colony/seeded         # there once all that the base compiled is here
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
    sed 's|^[^ ]* [^ ]* |./|'
}

# The content of all lists whose names stdin has.
lists() {
    awk '{ while ((got = (getline line < $0)) > 0) print line; if (got < 0) exit 1; close($0) }'
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

# The folders in the lines of the file $1, a ledger or the list of members; those below beginning with `./`.
folders_of() {
    sed 's|^[^ ]* ||; s|^\([^.]\)|./\1|' "$1"
}

# The folders of the members inside of that of the member $1, as patterns of find.
inner() {
    folders_of "$members" | awk -v outer="$1/" 'index($0, outer) == 1 && $0 != "./."' | sed 's/[][*?]/\\&/g'
}

# $1: time, $2: folder, `.` or beginning with `./`. That of a member is without those of members inside of it; `./.` is the
# one of a member in the root.
set_times() {
    if [ "$2" = . ]; then
        sources -exec touch -h -d "$1" {} +
        return
    fi
    own=${2%/.}
    inner "$own" >/tmp/inner
    if [ "$own" = . ]; then set -- "$1" -path ./target -o -path ./.colony; else set -- "$1" ! -name '*'; fi
    while IFS= read -r nested; do
        set -- "$@" -o -path "$nested"
    done </tmp/inner
    time=$1
    shift
    find "$own" \( "$@" \) -prune -o -exec touch -h -d "$time" {} +
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

# The first build on this base, or after one that was ended before it had begun. Times decide what cargo takes for fresh:
# they stay, in whole seconds at least.
if [ ! -e "$seeded" ]; then
    find . ! -name . -prune -exec rm -rf {} +
    cp -a "$base/." .
    # One of an earlier version of this program has all.
    [ ! -e "$CARGO_TARGET_DIR/seed.sh" ] || sh "$CARGO_TARGET_DIR/seed.sh" complete
    mkdir -p "${seeded%/*}"
    : >"$seeded"
fi

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
    : >"$unpacking"
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
    : >"$unpacking"
    (cd "$packs" && lists </tmp/gone) >>/tmp/gone-files
    # By no file of /tmp, which may be cut short.
    (cd "$packs" && lists </tmp/gone) | paths | for_each rm -f
    # Only those that are empty now can be removed.
    paths </tmp/gone-files | folders | sort -ru | for_each rmdir 2>/dev/null || :
    (cd "$packs" && for_each rm </tmp/gone)
fi
: >/tmp/new-files
if [ -s /tmp/new ]; then
    : >"$unpacking"
    # The archives have no end marks, so that they are one in a row.
    {
        (cd "$context" && for_each cat </tmp/new)
        dd if=/dev/zero bs=1024 count=1 2>/dev/null
    } | tar -xf -
    # The content that arrived must be what was staged, whatever the transfer took for unchanged.
    (cd "$packs" && sed 's/.*/&  &/' /tmp/new | check && lists </tmp/new >/tmp/new-files) || refuse
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
environment=$(env | grep -E '^(CARGO|RUST)' | sort | cat - "$context/profile" "$0" | sha256sum)
members=/tmp/members
{
    cat "$context/members"
    echo "${environment%% *} ."
} >"$members"

[ "$(wc -l <"$members")" -eq $(($(wc -l <"$context/members") + 1)) ] || refuse

# The folders whose line is not in the ledger.
unknown() {
    lacking "$ledger" "$members" | folders_of -
}

# Files that were young for the last build are old now, but for those that the ledger does not know.
unknown | sort -u >/tmp/young
if [ -s "$young" ] || [ -s /tmp/young ]; then
    : >"$unpacking"
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
while IFS= read -r flag; do
    set -- "$@" "$flag"
done <"$context/flags"
: >"$unfinished"
# Whoever shows its words where there are no colours takes them out again.
cargo build --profile "$(cat "$context/profile")" --locked --offline --color=always \
    --message-format=json-render-diagnostics "$@" >"$messages"
incremental -newer "$written" | while IFS= read -r crate; do
    find "$crate" -exec touch -d "$past" {} +
done
# BuildKit keeps the last 256 KiB of what a step prints. The mark keeps these lines from being shown to people. Between
# quotation marks, the eighth and the twelfth part of an artifact's message are its package ID and its manifest. Cargo says
# where each binary lies; the layout of its target directory is its own affair.
#
# Members in question have times that cargo takes for changed. A binary of theirs that it takes for fresh all the same is
# of other sources: the stub that stands for them in the base, or an older state of them.
echo "colony-report: state $state"
awk '{ sub("^[^ ]* [^ ]* ", "") } !seen[$0]++ && count++ < 1000 { print "colony-report: changed " $0 }' "$changed"
awk -F '"' -v "root=$PWD" -v "members=$members" -v "young=$young" '
    # What stands behind a key of a message.
    function value(key) {
        return match($0, "\"" key "\":\"[^\"]*\"") ? substr($0, RSTART + length(key) + 4, RLENGTH - length(key) - 5) : ""
    }
    # The folder of a member as cargo knows it.
    function place(folder) {
        if (folder !~ "^[.](/|$)") folder = "./" folder
        sub("/[.]$", "", folder)
        sub("^[.]", root, folder)
        return folder
    }
    # The folder of the member that a file is of: the innermost one.
    function owner(path) {
        while (sub("/[^/]*$", "", path) && !(path in is_member));
        return path
    }
    BEGIN {
        while ((getline line < members) > 0) {
            sub("^[^ ]* ", "", line)
            if (line != ".") is_member[place(line)]
        }
        while ((getline line < young) > 0) if (line == ".") is_all = 1; else is_young[place(line)]
    }
    /^[{]"reason":"compiler-artifact",/ { count++ }
    $4 != "compiler-artifact" { next }
    $6 == "package_id" && $10 == "manifest_path" {
        print "colony-report: fresh=" (/"fresh":true[}]/ ? "true" : "false") " " $8 " " $12
    }
    value("executable") != "" {
        program = value("executable")
        name = program
        sub(".*/", "", name)
        is_of_others = /"fresh":true[}]/ && (is_all || owner(value("src_path")) in is_young)
        print name " " (is_of_others ? "others" : "these") " " program >"/tmp/programs"
    }
    END {
        print "colony-report: artifacts " count + 0
    }
' "$messages"
others=
while read -r binary sources path; do
    [ "$sources" != these ] || continue
    echo "\`$binary\` was not compiled from these sources: cargo took a stub of it, or an older state, for fresh" >&2
    others=$binary
done </tmp/programs
if [ -n "$others" ]; then
    # Fits no member, so that the next build takes all of them for changed.
    echo 'a binary was of other sources' >"$ledger"
    exit 1
fi

cp "$members" "$ledger.new"
mv "$ledger.new" "$ledger"
rm "$unfinished"

# At the end of a build BuildKit walks back from each layer to all builds that ever gave it, and from each of these over all
# that were built on this base: where a binary stays the same over hundreds of edits that takes longer than the edit. To
# BuildKit a folder of another mode is another content, whatever comes of it: the layer has no mode of the folder that is
# copied. So there are sixteen, which share the builds among them; which one it is the sources say, and the same ones always
# the same. Everybody may go through each of them, should an engine ever give it to the root of the image.
shelf=$(sha256sum <"$context/members")
shelf=$((0x${shelf%"${shelf#?}"}))
mode=$((shelf % 8))7$((shelf > 7 ? 7 : 5))5

# Files of the table, in an archive like those of the sources.
if [ -e "$context/copy" ]; then
    read -r archive <"$context/copy"
    files=$out/.copy
    mkdir -p "$files"
    {
        cat "$context/$archive"
        dd if=/dev/zero bs=1024 count=1 2>/dev/null
    } | (cd "$files" && tar -xf -)
    (cd "$files" && echo "$archive  $packs/$archive" | check) || refuse
    sed -n 's|^\([0-9a-f]*\) f[0-7]* |\1  ./|p' "$files/$packs/$archive" >/tmp/sums
    (cd "$files" && check </tmp/sums) || refuse
    rm -r "$files/.colony"
    # Where a folder of the image is a link, the layer would put a folder in its place.
    (cd "$files" && find . -type d) >/tmp/folders
    while IFS= read -r folder; do
        [ -h "$runtime/$folder" ] || continue
        echo "\`copy\` leads through a link of the runtime image, ${folder#.} -> $(readlink "$runtime/$folder"):" \
            'name in [workspace.metadata.images] where that leads to' >&2
        exit 1
    done </tmp/folders
    chmod "$mode" "$files"
    find "$files" -exec touch -d @0 {} +
    cp -R "$files/." "$runtime"
fi

# Lets the loader of the runtime image find every library and symbol version that a program wants, without running it. A
# static program names no loader. The loader of glibc tells of a missing version, and ends well all the same.
loads() {
    loader=$(readelf -lW "$runtime$2" | sed -n 's|.*program interpreter: \(.*\)]$|\1|p')
    [ -n "$loader" ] || return 0
    : >/tmp/lacks
    if env -i PATH="$PATH" chroot "$runtime" "$loader" --list "$2" >/tmp/loads 2>/tmp/lacks &&
        [ ! -s /tmp/lacks ] && ! grep -F 'not found' /tmp/loads >/tmp/lacks; then
        return 0
    fi
    if [ ! -e "$runtime$loader" ] && [ ! -h "$runtime$loader" ]; then
        echo "\`$1\` cannot be loaded in the runtime image: it has no $loader, so it is of another C library" >&2
    else
        sed "s|^|\`$1\` cannot be loaded in the runtime image: |; s|$2: ||g" /tmp/lacks >&2
    fi
    echo 'link it in (a static library, or a feature of the crate that brings its own), do without it, or take another' \
        'RUNTIME_IMAGE that has it' >&2
    exit 1
}

# So long a program may take to answer, in seconds.
patience=30
while read -r binary sources path; do
    program=/usr/local/bin/$binary
    place=$out/$binary$program
    mkdir -p "${place%/*}" "$runtime${program%/*}"
    strip -o "$place" "$path"
    chmod 755 "$place"
    cp "$place" "$runtime$program"
    echo "colony-report: placed $binary"
    chmod "$mode" "$out/$binary"
    # The folders too, since they are part of the layer.
    find "$out/$binary" -exec touch -d @0 {} +
    set --
    is_started=
    while IFS= read -r line; do
        case $line in
            "$binary") is_started=1 ;;
            "$binary "*) set -- "$@" "${line#* }" ;;
        esac
    done <"$context/verify"
    if [ -z "$is_started" ]; then
        loads "$binary" "$program"
        continue
    fi
    status=0
    answer=$(
        timeout -s KILL "$patience" env -i PATH="$PATH" chroot "$runtime" "$program" "$@" </dev/null 2>&1
    ) || status=$?
    # Whatever answered was loaded.
    [ "$status" -ne 0 ] || [ -z "$answer" ] || continue
    loads "$binary" "$program"
    [ -z "$answer" ] || printf '%s\n' "$answer" >&2
    case $status in
        0) echo "\`$binary $*\` answers nothing, neither on stdout nor on stderr" >&2 ;;
        137) echo "\`$binary $*\` did not end within $patience seconds, or was killed" >&2 ;;
        *) echo "\`$binary $*\` fails in the runtime image, with exit status $status" >&2 ;;
    esac
    echo "give it other arguments by \`verify\` in [workspace.metadata.images], or false" >&2
    exit 1
done </tmp/programs
: >"$changed"
echo 'colony-report: end'
