"""Rows of the matrix products beside oneDNN, OpenBLAS and MKL: gemm_peers.py, where it is there, measures them.

It prints a JSON list, of which each object has "work" (the shape and the product), "peer", "pairs" (a list of
[nomen's, the peer's] GFLOP/s, of turns that alternate) and, where the products differ, "agrees": false.
"""
import json
import os
import sys

import measure

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gemm_peers.py")


def rows(suite):
    if not os.path.exists(SCRIPT):
        return [measure.skipped("matrix products", "there is no bench/gemm_peers.py")]
    said = measure.run([sys.executable, SCRIPT] + (["--quick"] if suite.quick else []), suite.environment)[3]
    found = []
    for one in json.loads(said):
        extra = {key: one[key] for key in one if key not in ("work", "peer", "pairs")}
        found.append(measure.compare(one["work"], "GFLOP/s", one["pairs"], one["peer"], 1, **extra))
        suite.tell(found[-1])
    return found
