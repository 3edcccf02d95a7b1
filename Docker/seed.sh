#!/bin/sh
# Runs inside the base build, before and after `cargo chef cook`: a base is made from what the last one compiled, and is
# laid out in layers of which a changed dependency touches few.
#
#   seed.sh plant <place>           in a base that was pulled: keeps what it holds in <place>, a cache mount
#   seed.sh take <place>            puts what was kept in <place> where cargo finds it
#   seed.sh complete                in a base, or where one was copied: makes again what a base leaves out
#   seed.sh keep <place> <layers> [<flag>…]   drops what no longer belongs, keeps a copy in <place>, sorts all into
#                                   <layers>/0 to 8; the flags are those by which cook chose features
#
# Cargo names a unit of work by everything that decides how it is compiled, and the sources of a package from a registry
# or of a commit never change: what it finds and takes for fresh is what it would have made. What it does not look at
# (the system below the compiler, settings, variables) is in the stamp, and with another stamp nothing is taken.
#
# <place>/last is the last base that was made to its end, and is replaced as a whole: a failed or killed build leaves it,
# or what lies beside it and is told by its name. Members of the workspace are stubs here, and nothing of them is ever kept.
#
# Only POSIX and what BusyBox knows: the builder may be Alpine or Debian.
set -eu
mode=$1
target=$CARGO_TARGET_DIR
home=${CARGO_HOME:-$HOME/.cargo}
begun=/tmp/seed-begun
# How cargo names units: in old layouts of its target directory `<package>-<hash>`, in newer ones a folder `<hash>`.
hash='[0-9a-f][0-9a-f][0-9a-f][0-9a-f]'
hash=$hash$hash$hash$hash

# What the compiler wrote of a library for those that use it, a third of all that a base holds, lies in the library once
# more: as a section of an object file in its archive (https://github.com/rust-lang/rust/blob/1.87.0/compiler/rustc_codegen_ssa/src/back/metadata.rs).
# A base has it once. In its place lies an empty file of this ending and of its time.
left_out=in-rlib

# Reads it from the library $1 into the file $2.
metadata() {
    ar p "$1" lib.rmeta >/tmp/wrapped && objcopy --dump-section ".rmeta=$2" /tmp/wrapped /tmp/rest
}

# Leaves out what `complete` makes again to the letter.
leave_out() {
    find "$target" -name '*.rmeta' | while IFS= read -r file; do
        library=${file%.rmeta}.rlib
        if [ -e "$library" ] && metadata "$library" /tmp/metadata 2>/dev/null && cmp -s /tmp/metadata "$file"; then
            : >"$file.$left_out"
            touch -r "$file" "$file.$left_out"
            rm "$file"
        fi
    done
}

# A killed one goes on where it was.
complete_base() {
    find "$target" -name "*.rmeta.$left_out" | while IFS= read -r mark; do
        file=${mark%".$left_out"}
        metadata "${file%.rmeta}.rlib" "$file"
        touch -r "$mark" "$file"
        rm "$mark"
    done
}

stamp() {
    {
        cat /etc/os-release /var/lib/dpkg/status /lib/apk/db/installed 2>/dev/null || :
        # CHEF_ID among it. What differs from step to step decides nothing, nor where certificates lie or who fetches.
        env | grep -vE '^(HOSTNAME|HOME|PWD|OLDPWD|SHLVL|_|SSL_CERT_FILE|[A-Z_]*CAINFO|[A-Za-z]*_(proxy|PROXY))=' | sort
        grep -oE '"(config_file|rust_toolchain_file)":("([^"\\]|\\.)*"|[^",]*)' recipe.json || :
        rustc --version --verbose
        cargo --version
        cat "$0"
    } | sha256sum | cut -c 1-64
}

# Keeps what is here as the last base.
store() {
    mkdir "$place/new"
    cp -a "$target" "$place/new/target"
    mkdir -p "$home/registry/cache"
    cp -a "$home/registry/cache" "$place/new/crates"
    cp /tmp/seed-stamp "$place/new/stamp"
    [ ! -e "$place/last" ] || mv "$place/last" "$place/old"
    mv "$place/new" "$place/last"
    rm -rf "$place/old"
}

if [ "$mode" = complete ]; then
    complete_base
    exit
fi
place=$2
if [ "$mode" != keep ]; then
    stamp >/tmp/seed-stamp
    [ -e "$place/last" ] || [ ! -e "$place/old" ] || mv "$place/old" "$place/last"
    rm -rf "$place/new" "$place/old"
fi
if [ "$mode" = plant ]; then
    complete_base
    store
    exit
fi
if [ "$mode" = take ]; then
    if [ -s /run/secrets/from-scratch ]; then
        echo 'from scratch: what the last base compiled is not used'
    elif [ ! -e "$place/last" ]; then
        echo 'from scratch: no last base is known'
    elif ! cmp -s "$place/last/stamp" /tmp/seed-stamp; then
        echo 'from scratch: the last base was made by another toolchain, system or configuration'
    else
        echo 'from what the last base compiled'
        mkdir -p "$home/registry/cache"
        cp -a "$place/last/crates/." "$home/registry/cache"
        cp -a "$place/last/target" "$target"
    fi
    touch "$begun"
    exit
fi

layers=$3
shift 3
# Cook does not say what it used. This compiles the stubs that cook dropped, and nothing else.
cargo build --profile "$PROFILE" --locked --offline --quiet "$@" --message-format=json-render-diagnostics >/tmp/messages
{
    echo 'none of the names below'
    grep -v '"package_id":"[^"]*path+file:///app[/#)]' /tmp/messages | grep -o "\"$target/[^\"]*\"" | grep -o "$hash" | sort -u
} >/tmp/used

# Units that are not in use go, and what belongs to none: stubs, and what cargo makes of them outside of units.
rm -rf "$target/$PROFILE/incremental" "$target"/*/"$PROFILE/incremental"
find "$target" -mindepth 2 -name "*$hash*" -prune -o -type f -exec rm {} +
find "$target" -mindepth 2 -name "*$hash*" -prune -print | grep -vFf /tmp/used | while IFS= read -r unit; do
    rm -rf "$unit"
done
find "$target" -mindepth 2 -name "*$hash*" -prune -o -type d -print | sort -r | while IFS= read -r folder; do
    rmdir "$folder" 2>/dev/null || :
done

# `strip -p` keeps the file times: without it cargo takes every dependency for changed and compiles it anew.
# Newer layouts of the target directory have no folder `deps`; what is run or loaded while compiling lies elsewhere.
find "$target" -type f -newer "$begun" -name '*.rlib' -exec strip -p --strip-debug {} +
find "$target" -type f -newer "$begun" -perm -u+x \( -path "*/$PROFILE/deps/*" -o -name '*.so' \) \
    -exec strip -p --strip-debug {} +

# Archives of packages whose sources were not needed this time were needed by an earlier base.
for archive in "$home"/registry/cache/*/*.crate; do
    package=${archive%.crate}
    [ -e "$home/registry/src/${package#"$home/registry/cache/"}" ] || rm -f "$archive"
done

store
leave_out
# For whoever compiles on the base.
cp "$0" "$target/seed.sh"
touch -d @0 "$target/seed.sh"

# A package, sources and all that was compiled of it, lies in the layer that its name decides, whatever its version; the
# first layer has the rest. So a push sends again the first one and those of the packages that changed.
{
    find "$target" -mindepth 2 -name "*$hash*" -prune -print
    for kind in src cache; do
        [ ! -e "$home/registry/$kind" ] || find "$home/registry/$kind" -mindepth 2 -maxdepth 2
    done
} >/tmp/paths
awk -v "hash=$hash" -v "layers=$layers" '
    # The end of a path.
    function last(path) {
        sub(".*/", "", path)
        return path
    }
    function layer(name, i, sum) {
        for (i = 1; i <= length(name); i++)
            sum = (sum * 31 + index("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", substr(name, i, 1))) % 8191
        return sum % 8 + 1
    }
    {
        folder = $0
        sub("/[^/]*$", "", folder)
        name = $0
        if ($0 ~ "/registry/(src|cache)/[^/]*/[^/]*$") {
            name = last(name)
            sub("-[0-9]+[.][0-9]+[.].*", "", name)
        } else {
            match(name, hash)
            unit = substr(name, RSTART, RLENGTH)
            # Files in `deps` bear the names of crates, which need not be those of their packages.
            if (last(name) == unit) name = last(folder)
            else if (folder ~ "/deps$") name = ""
            else { name = last(name); sub("-" hash ".*", "", name) }
            if (NR == FNR && name != "") { names[unit] = name }
            if (name == "") name = names[unit]
        }
        if (NR != FNR) {
            place = layers "/" layer(name) folder
            moved[place] = moved[place] " " $0
        }
    }
    END { for (place in moved) print "mkdir -p " place " && mv" moved[place] " " place "/" }
' /tmp/paths /tmp/paths >/tmp/move
for layer in 0 1 2 3 4 5 6 7 8; do
    mkdir -p "$layers/$layer"
done
sh -e /tmp/move
for rest in "$target" "$home/registry" "$home/git"; do
    [ -e "$rest" ] || continue
    mkdir -p "$layers/0${rest%/*}"
    mv "$rest" "$layers/0${rest%/*}"
done
# Cargo looks at the times of files in units alone. All others are part of the layers, and would make new ones.
find "$layers" \( -type d -o -name .cargo-ok \) -exec touch -d @0 {} +
