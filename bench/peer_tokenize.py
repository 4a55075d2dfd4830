"""Hugging Face's tokenizers, driven as bench/engine.c is.

usage: peer_tokenize.py MODEL TEXTS        TOKENIZERS_PARALLELISM in the environment says whether on all processors

Commands: tokenize HOW N (HOW: encode, each text by itself; batch; batch_fast, without offsets): seconds;
ids FILE (int32: for each text their number, then the ids).
"""
import sys
import time

import numpy
from tokenizers import Tokenizer

import worker


class Peer:
    def __init__(self, model, path):
        self.tokenizer = Tokenizer.from_file(model + "/tokenizer.json")
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        with open(path, encoding="utf-8", newline="\n") as file:
            self.texts = file.read().split("\n")[:-1]

    def once(self, how):
        if how == "encode":
            for text in self.texts:
                self.tokenizer.encode(text, add_special_tokens=False)
        elif how == "batch":
            self.tokenizer.encode_batch(self.texts, add_special_tokens=False)
        else:
            self.tokenizer.encode_batch_fast(self.texts, add_special_tokens=False)

    def tokenize(self, how, times):
        began = time.perf_counter()
        for _ in range(int(times)):
            self.once(how)
        return {"seconds": time.perf_counter() - began}

    def ids(self, path):
        rows = [e.ids for e in self.tokenizer.encode_batch(self.texts, add_special_tokens=False)]
        numpy.concatenate([[len(row)] + row for row in rows]).astype(numpy.int32).tofile(path)
        return {}


def main():
    peer = Peer(*sys.argv[1:3])
    worker.serve({"tokenize": peer.tokenize, "ids": peer.ids}, {"name": "tokenizers"})


main()
