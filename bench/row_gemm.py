"""Rows of the matrix products beside oneDNN, OpenBLAS and MKL: gemm_peers.py, where it is there, measures them. The goal of a
product is the fastest library's.

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
    said = measure.run([sys.executable, SCRIPT, "--threads", suite.threads] + (["--quick"] if suite.quick else []), suite.environment)[3]
    found = {}  # by product
    for one in json.loads(said):
        extra = {key: one[key] for key in one if key not in ("work", "peer", "pairs")}
        row = measure.compare(one["work"], "GFLOP/s", one["pairs"], one["peer"], suite.goal("gemm"),
                              note="%.0f %% of the peak" % (100 * one["share_of_peak"]), **extra)
        found.setdefault(one["work"], []).append(row)
    rows_of_all = [row for product in found.values() for row in measure.only_best_has_goal(product)]
    for row in rows_of_all:
        suite.tell(row)
    return rows_of_all
