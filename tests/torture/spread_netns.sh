#!/bin/sh
# Three machines, as network namespaces with a bridge between them, train together; in mid-run the link of one is cut. All
# processes end within a minute, with a message; the last checkpoint goes on to the bytes of a run that was never broken off.
# By itself mpirun then waits for the machine that is gone; with the settings of docs/SPREADING.md it ends, too.
# Needs root, iproute2 and Open MPI; leaves nothing behind.
#
#   spread_netns.sh NOMEN TINY_MODEL
set -eu
nomen=$(realpath "$1") tiny=$2
[ "$(id -u)" -eq 0 ] || { echo "needs root, for network namespaces"; exit 77; }
command -v mpirun >/dev/null || { echo "mpirun is missing (Debian: openmpi-bin)"; exit 77; }
work=$(mktemp -d)
net=nm$$
here=$(dirname "$0")
clean() {
    [ -z "${run:-}" ] || kill -9 "$run" 2>/dev/null || true
    for i in 1 2 3; do
        for p in $(ip netns pids $net-$i 2>/dev/null); do kill -9 "$p" 2>/dev/null || true; done
        ip netns del $net-$i 2>/dev/null || true
    done
    ip link del $net-b 2>/dev/null || true
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' INT TERM
fail() { echo "$*"; tail -n 30 "$work/out.txt" "$work/err.txt" 2>/dev/null; exit 1; }

ip link add $net-b type bridge
ip link set $net-b up
for i in 1 2 3; do
    ip netns add $net-$i
    ip link add $net-h$i type veth peer name eth0 netns $net-$i
    ip link set $net-h$i master $net-b up
    ip -n $net-$i addr add 10.77.0.$i/24 dev eth0
    ip -n $net-$i link set eth0 up
    ip -n $net-$i link set lo up
done
# What mpirun uses in place of ssh: AGENT HOST COMMAND...
cat >"$work/agent" <<END
#!/bin/sh
host=\$1
shift
exec ip netns exec $net-\${host##*.} unshare --uts sh -c "hostname machine-\${host##*.}; \$*"
END
chmod +x "$work/agent"
printf '10.77.0.1 slots=1\n10.77.0.2 slots=1\n10.77.0.3 slots=1\n' >"$work/hosts"

. "$here/../e2e/small_run.sh"
make_data "$work"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do cat "$work/train.conll"; echo; done >"$work/long.conll"
mv "$work/long.conll" "$work/train.conll"
"$tiny" "$work/model" hidden=32 layers=2
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 TMPDIR=/tmp
options() {
    echo "train --model $work/model --train $work/train.conll --dev $work/dev.conll --epochs $epochs --batch-size 1"
    echo "--threads 1 --learning-rate 2e-3 --save-steps 20"
}
watched="--mca oob_tcp_keepalive_time 20 --mca oob_tcp_keepalive_intvl 5 --mca oob_tcp_keepalive_probes 3"
together() { # OUTPUT [OPTION OF MPIRUN...]
    out=$1
    shift
    # shellcheck disable=SC2046
    ip netns exec $net-1 unshare --uts sh -c 'hostname machine-1; exec "$@"' sh \
        mpirun --hostfile "$work/hosts" -np 3 --map-by node --bind-to none --mca plm_rsh_agent "$work/agent" \
        --mca btl self,tcp --mca btl_tcp_if_include 10.77.0.0/24 --mca oob_tcp_if_include 10.77.0.0/24 "$@" \
        "$nomen" $(options) -o "$out" >"$work/out.txt" 2>"$work/err.txt"
}
ours() {
    for i in 1 2 3; do
        for p in $(ip netns pids $net-$i); do [ "$(readlink "/proc/$p/exe")" != "$nomen" ] || echo "$p"; done
    done
}

epochs=3
together "$work/whole" || fail "three machines: exit code $?"
# shellcheck disable=SC2046
"$nomen" $(options) -o "$work/one" --gradient-accumulation-steps 3 --reduce-by-batch true >"$work/out.txt" 2>"$work/err.txt"
cmp "$work/one/model.safetensors" "$work/whole/model.safetensors" || fail "three machines: other weights than one process"
echo "three machines: the bytes of one process"

epochs=2000
cut() { # OUTPUT [OPTION OF MPIRUN...]: the link of the third machine, in the third epoch
    : >"$work/out.txt"
    together "$@" &
    run=$!
    n=0
    until grep -q "Epochs: 3 " "$work/out.txt"; do n=$((n + 1)); [ $n -lt 600 ] || fail "no third epoch"; sleep 0.1; done
    [ "$(ours | wc -l)" -eq 3 ] || fail "not three processes: $(ours)"
    ip link set $net-h3 down
    started=$(date +%s)
    while [ "$(ours | wc -l)" -gt 0 ]; do
        [ $(($(date +%s) - started)) -lt 60 ] || fail "after a minute still there: $(ours)"
        sleep 0.2
    done
    echo "all processes ended after $(($(date +%s) - started)) s"
}
cut "$work/cut"
sleep 1
grep "was not heard of for" "$work/err.txt" || fail "not said which process was lost"
for i in 1 2 3; do for p in $(ip netns pids $net-$i); do kill -9 "$p" 2>/dev/null || true; done; done
wait $run 2>/dev/null || true
ip link set $net-h3 up
sleep 2
# shellcheck disable=SC2086 # a list
cut "$work/watched" $watched
while kill -0 $run 2>/dev/null; do
    [ $(($(date +%s) - started)) -lt 60 ] || fail "mpirun has not ended after a minute"
    sleep 0.2
done
! wait $run || fail "mpirun ends with 0"
echo "with its settings mpirun ended after $(($(date +%s) - started)) s"
grep -i "lost communication\|was not heard of for" "$work/err.txt" || fail "not said what was lost"
run=
ip link set $net-h3 up

last=$(find "$work/cut" -maxdepth 1 -name 'checkpoint-*' | sed 's/.*-//' | sort -n | tail -n 1)
[ -n "$last" ] || fail "no checkpoint"
# It goes on in one process, to the bytes of one that was there from the beginning.
up_to() { # STEP OUTPUT [OPTION...]: runs one process until it has saved that step
    step=$1 out=$2
    shift 2
    # shellcheck disable=SC2046
    "$nomen" $(options) -o "$out" --gradient-accumulation-steps 3 --reduce-by-batch true "$@" \
        >"$work/out.txt" 2>"$work/err.txt" &
    run=$!
    n=0
    until [ -e "$out/checkpoint-$step/manifest.json" ]; do
        n=$((n + 1))
        [ $n -lt 600 ] || fail "no checkpoint-$step"
        sleep 0.1
    done
    kill -9 $run
    wait $run 2>/dev/null || true
    run=
}
up_to $((last + 20)) "$work/cut" --resume "$work/cut"
grep -q "going on from .*checkpoint-$last: step $last " "$work/err.txt" || fail "does not go on from checkpoint-$last"
up_to $((last + 20)) "$work/never-cut"
next=checkpoint-$((last + 20))
for file in model.safetensors optimizer.safetensors marks.bin; do
    cmp "$work/cut/$next/$file" "$work/never-cut/$next/$file" || fail "other bytes in $file"
done
echo "checkpoint-$last goes on, to the bytes of a run that was never broken off"
