"""Matrix products of a library, for gemm_peers.py: peer_gemm.py onednn|openblas|mkl THREADS

oneDNN and MKL are PyTorch's own: mkldnn linear with weights reordered once, and mm. OpenBLAS is numpy's.
"""
import sys
import time

import numpy
import torch
import worker


def onednn(x, w, dy):
    weight = torch.ops.mkldnn._reorder_linear_weight(w, x.shape[0])
    bias = torch.zeros(w.shape[0])
    gradient, given = dy.to_mkldnn(), x.to_mkldnn()
    return {"forward": lambda: torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], ""),
            "dx": lambda: torch.ops.aten.mkldnn_linear_backward_input(list(x.shape), gradient, w),
            "dw": lambda: torch.ops.aten.mkldnn_linear_backward_weights(gradient, given, w, True)}


def mkl(x, w, dy):
    y, dx, dw = torch.empty_like(dy), torch.empty_like(x), torch.empty_like(w)
    return {"forward": lambda: torch.mm(x, w.t(), out=y), "dx": lambda: torch.mm(dy, w, out=dx),
            "dw": lambda: torch.mm(dy.t(), x, out=dw)}


def openblas(x, w, dy):
    x, w, dy = x.numpy(), w.numpy(), dy.numpy()
    y, dx, dw = numpy.empty_like(dy), numpy.empty_like(x), numpy.empty_like(w)
    return {"forward": lambda: numpy.dot(x, w.T, out=y), "dx": lambda: numpy.dot(dy, w, out=dx),
            "dw": lambda: numpy.dot(dy.T, x, out=dw)}


def best_rate(make, what, rows, inputs, outputs, seconds):
    rows, inputs, outputs, seconds = int(rows), int(inputs), int(outputs), float(seconds)
    call = make(torch.rand(rows, inputs), torch.rand(outputs, inputs), torch.rand(rows, outputs))[what]
    flops = 2 * rows * inputs * outputs
    repeats = int(5e7 / flops) + 1
    call()
    best, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        for _ in range(repeats):
            call()
        best = max(best, flops * repeats / (time.perf_counter() - began))
    return {"gflops": best * 1e-9}


def main():
    library, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    make = {"onednn": onednn, "openblas": openblas, "mkl": mkl}[library]
    commands = {what: lambda *words, what=what: best_rate(make, what, *words) for what in ("forward", "dx", "dw")}
    worker.serve(commands, {"name": library})


main()
