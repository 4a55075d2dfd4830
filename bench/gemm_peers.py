"""The fp32 matrix products alone, beside the libraries that other engines stand on: a JSON list for row_gemm.py.

usage: gemm_peers.py [--quick] [--isa avx2] [--threads N]

Of each product there are at least three turns, and up to nine while some are faster than the fastest library's and others
are not. A figure is flops by time over the four dense layers of a BERT layer; a turn of each layer is the best of as many
runs as fit. All take turns in each round. nomen adds a bias in forward, the libraries (but oneDNN) do not. The
build of bench_gemm must be there. The results' numbers are compared by tests/math, not here.
"""
import argparse
import json
import os
import statistics
import sys
import tempfile

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "..", "build", "release", "bench", "bench_gemm")
SIZES = {384: 1536, 768: 3072}
WORK = (("forward", 27), ("forward", 864), ("dx", 864), ("dw", 864))
NAMES = {"forward": "forward", "dx": "input gradient", "dw": "weight gradient"}
PEERS = {"onednn": "oneDNN (PyTorch)", "mkl": "MKL (PyTorch)", "openblas": "OpenBLAS (numpy)"}


def turn(worker, what, n_rows, hidden, seconds):
    """(GFLOP/s over the four layers, the share of the peak where the worker tells it)"""
    inner = SIZES[hidden]
    flops = spent = least = 0
    for inputs, outputs in ((hidden, 3 * hidden), (hidden, hidden), (hidden, inner), (inner, hidden)):
        said = worker.ask(what, n_rows, inputs, outputs, seconds)
        flops += inputs * outputs
        spent += inputs * outputs / said["gflops"]
        least += inputs * outputs / said.get("peak", said["gflops"])
    return flops / spent, least / spent


def is_open(turns):
    """Whether more turns are needed to say if nomen is the fastest."""
    best = max(PEERS, key=lambda name: statistics.median(one[name][0] / one["nomen"][0] for one in turns))
    return len(turns) < measure.MOST_PAIRS and measure.is_within([(one["nomen"][0], one[best][0]) for one in turns], 1)


def rows(threads, isa, quick, logs):
    rounds, seconds = (1, 0.02) if quick else (3, 0.04)
    environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OMP_WAIT_POLICY", "NOMEN_ISA")}
    environment.update(OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads))
    ours = measure.Worker([PROGRAM, threads, "--worker"], os.path.join(logs, "nomen"),
                          dict(environment, **({"NOMEN_ISA": isa} if isa else {})))
    peers = {name: measure.Worker([sys.executable, os.path.join(HERE, "peer_gemm.py"), name, threads],
                                  os.path.join(logs, name), environment) for name in PEERS}
    found = []
    for what, n_rows in WORK:
        for hidden in SIZES:
            turns = []
            while len(turns) < rounds or not quick and is_open(turns):
                turns.append({name: turn(worker, what, n_rows, hidden, seconds) for name, worker in
                              dict(nomen=ours, **peers).items()})
            share = statistics.median(one["nomen"][1] for one in turns)
            work = "%s, %d rows, H %d, %d thread%s" % (NAMES[what], n_rows, hidden, threads, "s" * (threads > 1))
            found += [{"work": work, "peer": PEERS[name], "share_of_peak": round(share, 3), "nomen_is": ours.ready["name"],
                       "pairs": [[one["nomen"][0], one[name][0]] for one in turns]} for name in peers]
    for worker in (ours, *peers.values()):
        worker.close()
    return found


def main():
    parser = argparse.ArgumentParser(description="nomen's matrix products beside oneDNN, MKL and OpenBLAS")
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--isa", help="NOMEN_ISA for nomen; the libraries take their own (see ONEDNN_MAX_CPU_ISA and such)")
    parser.add_argument("--threads", type=int, help="default: one, and all")
    options = parser.parse_args()
    counts = [options.threads] if options.threads else sorted({1, len(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as logs:
        print(json.dumps([row for n in counts for row in rows(n, options.isa, options.quick, logs)], indent=1))


main()
