"""A peer's engine, driven as bench/engine.c is.

usage: peer_infer.py ENGINE MODEL CACHE IDS PRECISION THREADS [SIZES]

IDS is a JSON list of lists of ids, special tokens included. SIZES (8,32) are batch sizes to try, with each
variant of the engine; the fastest pair on a sample is taken. Without it texts run alone. Commands:
  batch          all sentences, sorted by length, each batch padded to its longest: seconds
  single         each sentence by itself: milliseconds of each
  logits FILE    writes the logits of all pieces but special tokens (float32), in the order of IDS
"""
import json
import sys
import time

import numpy

import peers
import worker


def cut(sentences, order, size):
    """Batches of indices, each of sentences of like length."""
    return [order[i:i + size] for i in range(0, len(order), size)]


def seconds(engine, batches):
    began = time.perf_counter()
    engine.run(batches)
    return time.perf_counter() - began


class Peer:
    def __init__(self, kind, model, cache, ids, precision, threads, sizes):
        with open(ids, encoding="ascii") as file:
            self.sentences = json.load(file)
        self.order = sorted(range(len(self.sentences)), key=lambda i: -len(self.sentences[i]))
        self.make = lambda variant: kind(model, cache, precision, variant, threads, not sizes)
        self.tried = {}
        if sizes:
            self.engine, self.variant, self.size = self.fastest(kind.variants[precision], sizes)
            self.groups = cut(self.sentences, self.order, self.size)
            self.batches = [self.batch(group) for group in self.groups]
        else:
            self.variant, self.size = self.quickest(kind.variants[precision]), 1
            self.engine = self.make(self.variant)
            self.groups = [[i] for i in range(len(self.sentences))]
            self.batches = [self.batch(group) for group in self.groups]

    def batch(self, group, engine=None):
        return (engine or self.engine).prepare([self.sentences[i] for i in group])

    def fastest(self, variants, sizes):
        """The engine, variant and batch size that are fastest on a sixth of the sentences."""
        sample = self.order[::6]
        best = None
        for variant in variants:
            engine = self.make(variant)
            for size in sizes:
                batches = [self.batch(group, engine) for group in cut(self.sentences, sample, size)]
                engine.run(batches)
                spent = seconds(engine, batches)
                self.tried["%s, %d" % (variant, size)] = spent
                if best is None or spent < best[0]:
                    best = (spent, engine, variant, size)
        return best[1:]

    def quickest(self, variants):
        """The variant that is quickest on single sentences."""
        for variant in variants if len(variants) > 1 else ():
            engine = self.make(variant)
            batches = [self.batch([i], engine) for i in range(min(16, len(self.sentences)))]
            engine.run(batches)
            self.tried[variant] = seconds(engine, batches)
        return min(self.tried, key=self.tried.get) if self.tried else variants[0]

    def run_batch(self):
        return {"seconds": seconds(self.engine, self.batches)}

    def run_single(self):
        return {"milliseconds": [1e3 * seconds(self.engine, [batch]) for batch in self.batches]}

    def write_logits(self, path):
        found = [None] * len(self.sentences)
        for group, logits in zip(self.groups, self.engine.run(self.batches)):
            for row, i in enumerate(group):
                found[i] = logits[row, 1:len(self.sentences[i]) - 1]
        numpy.concatenate(found).astype(numpy.float32).tofile(path)
        return {}


def main():
    name, model, cache, ids, precision, threads = sys.argv[1:7]
    sizes = [int(s) for s in sys.argv[7].split(",")] if len(sys.argv) > 7 else []
    kind = peers.ENGINES[name]
    peer = Peer(kind, model, cache, ids, precision, int(threads), sizes)
    worker.serve({"batch": peer.run_batch, "single": peer.run_single, "logits": peer.write_logits},
                 {"name": kind.name, "variant": peer.variant, "batch_size": peer.size, "tried": peer.tried})


main()
