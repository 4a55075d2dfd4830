"""The comparison of nomen with what a user would otherwise take: all rows, one table. See README.md.

usage: suite.py [--quick] [--only NAME]... [--output DIR]
"""
import argparse
import os
import shutil
import sys
import time
import traceback

import goals
import machine
import material
import measure
import report
import row_f1
import row_gemm
import row_infer
import row_memory
import row_scaling
import row_share
import row_tag
import row_tail
import row_tokenize
import row_train

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = {
    "train": row_train.train,
    "share": row_share.rows,
    "seed": row_train.seed,
    "batch": row_infer.batch,
    "single": row_infer.single,
    "tail": row_tail.rows,
    "f1": row_f1.rows,
    "tag": row_tag.rows,
    "tokenize": row_tokenize.rows,
    "memory": row_memory.rows,
    "gemm": row_gemm.rows,
    "scaling": row_scaling.rows,
}


class Suite:
    """What all rows share."""

    def __init__(self, quick):
        self.quick = quick
        self.threads = len(os.sched_getaffinity(0))
        self.nomen = os.path.join(material.ROOT, "build", "release", "nomen")
        self.engine_program = os.path.join(material.ROOT, "build", "release", "bench", "bench_engine")
        self.sentences = material.Sentences()
        self.environment = dict(os.environ, OMP_NUM_THREADS=str(self.threads), HF_HUB_OFFLINE="1")
        for name in ("OPENBLAS_CORETYPE", "OMP_WAIT_POLICY", "KMP_AFFINITY", "GOMP_CPU_AFFINITY", "NOMEN_ISA"):
            self.environment.pop(name, None)
        self.kernels = machine.kernels(self.engine_program, self.environment)
        self.machine_class = goals.class_of(self.kernels["int8_isa"])
        self.n_logs = 0

    def goal(self, *key):
        """What a row must reach on this class of machine, or None."""
        return goals.goal(self.machine_class, *key)

    def log(self, name):
        self.n_logs += 1
        return material.inside("logs", "%02d-%s.txt" % (self.n_logs, name))

    def python(self, script, *arguments, **environment):
        """A peer's worker."""
        return measure.Worker([sys.executable, os.path.join(HERE, script), *arguments], self.log(script),
                              dict(self.environment, **environment))

    def engine(self, model, texts, *options, threads=None):
        """nomen's worker."""
        return measure.Worker([self.engine_program, model, texts, "--threads", threads or self.threads, *options],
                              self.log("engine"), self.environment)

    def minilm(self):
        """MiniLM fine-tuned on part of the corpus."""
        n, epochs = (1000, 1) if self.quick else (4000, 2)
        return material.fine_tuned(self.nomen, self.sentences, n, epochs)

    def tell(self, row):
        print(report.line(row), file=sys.stderr, flush=True)


def run_row(suite, name):
    began = time.perf_counter()
    print("== %s" % name, file=sys.stderr, flush=True)
    try:
        rows = ROWS[name](suite)
    except Exception as failure:  # the other rows are still worth having
        traceback.print_exc()
        rows = [dict(measure.skipped(name, "failed: %s" % failure), failed=True)]
    print("   %.0f s" % (time.perf_counter() - began), file=sys.stderr, flush=True)
    return [dict(row, row=name) for row in rows]


def main():
    parser = argparse.ArgumentParser(description="nomen beside other engines, in one run")
    parser.add_argument("--quick", action="store_true", help="fewer sentences and pairs: to see that all works")
    parser.add_argument("--only", action="append", choices=ROWS, metavar="NAME", help="one row of: " + ", ".join(ROWS))
    parser.add_argument("--output", default=material.BUILD, help="folder of results.md and results.json")
    options = parser.parse_args()
    shutil.rmtree(os.path.join(material.BUILD, "logs"), ignore_errors=True)
    suite = Suite(options.quick)
    began = time.perf_counter()
    about = machine.describe(suite.nomen)
    about.update({"class": suite.machine_class, "kernels": suite.kernels})
    about["sentences"] = suite.sentences.name
    rows, text = [], ""
    for name in options.only or ROWS:
        rows += run_row(suite, name)
        about["minutes"] = round((time.perf_counter() - began) / 60, 1)
        text = report.write(options.output, about, rows)
    print(text)
    disagree = [row for row in rows if row.get("agrees") is False]
    for row in disagree:
        print("suite.py: the answers differ: " + report.line(row), file=sys.stderr)
    return 1 if disagree or any("failed" in row for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
