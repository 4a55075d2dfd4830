"""Rows of scaling: what nomen's forward costs against length, batch, model size and threads. No peers here."""
import json
import os

import material
import measure

LENGTHS = (32, 64, 128, 256, 512)
BATCHES = (1, 2, 4, 8, 16, 32, 64)
TOKENS = {"MiniLM-L6": 8192, "BERT-base": 2048}  # of a pass, whatever the length


def words(model, n):
    """n words that are one piece each."""
    with open(os.path.join(model, "tokenizer.json"), encoding="utf-8") as file:
        found = [w for w in json.load(file)["model"]["vocab"] if w.isascii() and w.islower() and w.isalpha() and len(w) > 2]
    return [found[i * 7 % len(found)] for i in range(n)]


def texts(model, length, n):
    """n texts of `length` pieces, special tokens included."""
    pool = words(model, n * (length - 2))
    return [" ".join(pool[i * (length - 2):(i + 1) * (length - 2)]) for i in range(n)]


class Scaling:
    def __init__(self, suite):
        self.suite = suite
        self.models = {"MiniLM-L6": suite.minilm(), "BERT-base": material.bert_base()}
        self.turns = 2 if suite.quick else 3

    def rate(self, model, length, n, precision="fp32", threads=None):
        """Tokens a second of `n` texts of `length` pieces."""
        directory = self.models[model]
        path = material.write_lines(material.inside("data", "scaling.txt"), texts(directory, length, n))
        options = ["--int8"] if precision == "int8" else []
        with self.suite.engine(directory, path, *options, threads=threads) as engine:
            if engine.ready["pieces"] != n * (length - 2):
                raise measure.Failed("%s: %d pieces, not %d" % (path, engine.ready["pieces"], n * (length - 2)))
            engine.ask("batch")
            return n * length / min(engine.ask("batch")["seconds"] for _ in range(self.turns))

    def rows(self):
        for model, tokens in TOKENS.items():
            if self.suite.quick:
                tokens //= 2
            for precision in ("fp32", "int8"):
                for length in LENGTHS:
                    yield self.row("%s, %s, texts of %d pieces" % (model, precision, length), model, length,
                                   tokens // length, precision)
                for n in BATCHES:
                    yield self.row("%s, %s, %d texts of 27 pieces" % (model, precision, n), model, 27, n, precision)
                for threads in range(1, self.suite.threads + 1):
                    yield self.row("%s, %s, texts of 32 pieces, %d threads" % (model, precision, threads), model, 32,
                                   tokens // 32, precision, threads)

    def row(self, name, *what):
        return measure.value("forward, " + name, "tokens/s", self.rate(*what))


def rows(suite):
    found = []
    for row in Scaling(suite).rows():
        suite.tell(row)
        found.append(row)
    return found
