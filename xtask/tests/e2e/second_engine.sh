#!/bin/sh
# A Docker engine beside the one of this machine, for as long as stdin stays open: however the process at the other end
# of the pipe ends, the engine ends with it, and everything of it goes. As root, on Linux.
#
#   second_engine.sh run <name> <data folder> <bridge> <subnet, as in 172.29.5> <containerd's store: true or false>
#   second_engine.sh remove <name> <data folder> <bridge>
#
# Sockets, numbers of processes and the log lie in /run/<name>. The containerd is its own, since two engines in one would
# see each other's images. It makes no firewall rules but the three below: dockerd would drop those of the first engine.
set -u
mode=$1
name=$2
data=$3
bridge=$4
run=/run/$name

# $1: -I or -D. Containers reach the world, and its answers reach them.
firewall() {
    status=0
    iptables -w -t nat "$1" POSTROUTING -s "$subnet.0/24" ! -o "$bridge" -j MASQUERADE || status=1
    iptables -w "$1" FORWARD -i "$bridge" -j ACCEPT || status=1
    iptables -w "$1" FORWARD -o "$bridge" -j ACCEPT || status=1
    return "$status"
}

configure() {
    cat >"$run/containerd.toml" <<END
version = 2
root = "$data/containerd"
state = "$run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
address = "$run/containerd.sock"
END
    cat >"$run/daemon.json" <<END
{
    "features": { "containerd-snapshotter": $1 },
    "data-root": "$data",
    "exec-root": "$run/docker",
    "pidfile": "$run/docker.pid",
    "hosts": ["unix://$run/docker.sock"],
    "containerd": "$run/containerd.sock",
    "bridge": "$bridge",
    "iptables": false,
    "ip6tables": false
}
END
}

# All processes of the engine name its folder; those of its containers are their children.
kill_what_is_left() {
    own=$(pgrep -f -- "$run/") || return
    children=$(for process in $own; do pgrep -P "$process"; done)
    for process in $own $children; do
        kill -KILL "$process"
    done
    while pgrep -f -- "$run/" >/dev/null; do
        sleep 0.1
    done
}

remove() {
    kill_what_is_left
    # The folder of the data is a mount too: dockerd keeps what it mounts in there to itself.
    while read -r _ place _; do
        case $place in
            "$run"/* | "$data" | "$data"/*) umount -l "$place" ;;
        esac
    done </proc/mounts
    [ -z "${subnet-}" ] || firewall -D
    ip link delete "$bridge"
    rm -rf "$data" "$run"
}

if [ "$mode" = remove ]; then
    # After a restart of the machine neither this nor the rules are left.
    [ ! -e "$run/subnet" ] || subnet=$(cat "$run/subnet")
    remove
    exit
fi

subnet=$5
mkdir -p "$run" "$data" || exit
exec >"$run/log" 2>&1
echo "$subnet" >"$run/subnet"
configure "$6"
if ip link add "$bridge" type bridge && ip addr add "$subnet.1/24" dev "$bridge" && ip link set "$bridge" up &&
    firewall -I; then
    containerd --config "$run/containerd.toml" </dev/null &
    containerd=$!
    dockerd --config-file "$run/daemon.json" </dev/null &
    dockerd=$!
else
    echo 'failed to start daemon: no network for it'
fi
# Until the other end is closed.
cat >/dev/null
if [ -n "${dockerd-}" ]; then
    kill "$dockerd"
    wait "$dockerd"
    kill "$containerd"
    wait "$containerd"
fi
remove
