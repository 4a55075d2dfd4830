"""What the tokenizer comparisons share: the driver's pipe, directories to load, and comparing arrays."""
import json
import os
import shutil
import struct
import subprocess
import sys

import numpy

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.path.join(os.path.dirname(ROOT), "shared")
LONG = os.environ.get("NOMEN_LONG") == "1"
VOCABULARIES = ["bert-base-cased", "bert-base-uncased", "bert-base-multilingual-cased", "bert-base-chinese"]


def skip(reason):
    print("skipped:", reason)
    sys.exit(77)


def shared(*parts):
    path = os.path.join(SHARED, *parts)
    if not os.path.exists(path):
        skip(f"{path} is not there")
    return path


def driver(command, *arguments, texts=b""):
    done = subprocess.run([sys.argv[1], command, *map(str, arguments)], input=texts, stdout=subprocess.PIPE, check=True)
    return done.stdout


def frame(texts):
    """Texts (str or bytes), each behind its length."""
    parts = []
    for text in texts:
        data = text if isinstance(text, bytes) else text.encode("utf-8")
        parts.append(struct.pack("=I", len(data)))
        parts.append(data)
    return b"".join(parts)


def frame_words(texts):
    return b"".join(struct.pack("=I", len(words)) + frame(words) for words in texts)


def unframe(answer):
    texts, at = [], 0
    while at < len(answer):
        (n,) = struct.unpack_from("=I", answer, at)
        texts.append(answer[at + 4 : at + 4 + n])
        at += 4 + n
    return texts


def arrays(answer, n_columns):
    """An answer of encode, words or cut: per text a list of arrays."""
    numbers = numpy.frombuffer(answer, numpy.int32)
    found, at = [], 0
    while at < len(numbers):
        n = int(numbers[at])
        found.append(numbers[at + 1 : at + 1 + n_columns * n].reshape(n_columns, n))
        at += 1 + n_columns * n
    return found


def backend(directory):
    """AutoTokenizer's own tokenizers.Tokenizer, without truncation and padding."""
    from transformers import AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    tokenizer = AutoTokenizer.from_pretrained(directory)._tokenizer
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def expected(encoding):
    n = len(encoding.ids)
    want = numpy.empty((5, n), numpy.int32)
    want[0] = encoding.ids
    if n:
        want[1:3] = numpy.array(encoding.offsets, numpy.int32).T
    want[3] = [-1 if word is None else word for word in encoding.word_ids]
    want[4] = encoding.type_ids
    return want


class Score:
    """Counts what was compared; the first differences are shown, and make the test fail."""

    def __init__(self):
        self.texts = self.pieces = self.wrong = 0

    def add(self, what, texts, found, encodings):
        assert len(found) == len(encodings), (what, len(found), len(encodings))
        for text, have, encoding in zip(texts, found, encodings):
            want = expected(encoding)
            self.texts += 1
            self.pieces += want.shape[1]
            if not numpy.array_equal(have, want):
                self.wrong += 1
                if self.wrong <= 10:
                    print(f"{what}: {text!r:.300}\n  nomen {have.tolist()!r:.600}\n  HF    {want.tolist()!r:.600}")

    def compare(self, what, directory, tokenizer, texts, special=False):
        for first in range(0, len(texts), 50000):
            block = texts[first : first + 50000]
            found = arrays(driver("encode", directory, *(["special"] if special else []), texts=frame(block)), 5)
            self.add(what, block, found, tokenizer.encode_batch(block, add_special_tokens=special))

    def compare_words(self, what, directory, tokenizer, texts):
        for first in range(0, len(texts), 50000):
            block = texts[first : first + 50000]
            found = arrays(driver("words", directory, texts=frame_words(block)), 5)
            self.add(what, block, found, tokenizer.encode_batch(block, is_pretokenized=True, add_special_tokens=False))

    def include(self, other):
        self.texts += other.texts
        self.pieces += other.pieces
        self.wrong += other.wrong

    def report(self, what):
        print(f"{what}: {self.texts} texts, {self.pieces} pieces, {self.wrong} texts differ", flush=True)

    def finish(self, what):
        self.report(what)
        assert self.texts > 0
        sys.exit(1 if self.wrong else 0)


def write_directory(path, vocabulary, added=(), normalizer=None, config=None, model=None, rest=None):
    """A directory whose tokenizer.json rules (PreTrainedTokenizerFast), with these settings."""
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    settings = dict(type="BertNormalizer", clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True)
    settings.update(normalizer or {})
    ids = {token: i for i, token in enumerate(vocabulary)}
    listed, last = [], len(vocabulary)
    for token in added:
        where = ids.get(token["content"])
        if where is None:
            where, last = last, last + 1
        listed.append(dict(token, id=where))
    body = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": listed,
        "normalizer": settings,
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": None,
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": dict(
            type="WordPiece", unk_token="[UNK]", continuing_subword_prefix="##", max_input_chars_per_word=100, vocab=ids
        ),
    }
    body["model"].update(model or {})
    body.update(rest or {})
    files = {
        "tokenizer.json": body,
        "tokenizer_config.json": dict({"tokenizer_class": "PreTrainedTokenizerFast"}, **(config or {})),
        "config.json": {"model_type": "bert"},
    }
    for name, content in files.items():
        with open(os.path.join(path, name), "w", encoding="utf-8") as file:
            json.dump(content, file)
    return path
