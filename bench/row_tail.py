"""Rows of the tail: p99 over p50 of one sentence of 27 tokens again and again, with no other engine's process there."""
import json

import material
import measure

LENGTH = 27
REPEATS = {"MiniLM-L6": 2000, "BERT-base": 1100}
LEAST, MOST_ASKED = 1000, 5  # repeats that count; times that more are asked for


def sentence(suite, directory):
    """A file with the first sentence of LENGTH tokens, special tokens included."""
    texts = suite.sentences.texts(2000, 20000)
    path, _ = material.write_ids(material.inside("data", "tail.json"), directory, texts)
    with open(path, encoding="ascii") as file:
        lengths = [len(ids) for ids in json.load(file)]
    return material.write_lines(material.inside("data", "tail.txt"), [texts[lengths.index(LENGTH)]])


def tail(suite, model, directory, path, precision):
    asked = 200 if suite.quick else REPEATS[model]
    kept, n_left_out = [], 0
    with suite.engine(directory, path, *(["--int8"] if precision == "int8" else [])) as engine:
        engine.ask("repeat", 20)
        for _ in range(1 if suite.quick else MOST_ASKED):
            said = engine.ask("repeat", asked)
            kept += said["milliseconds"]
            n_left_out += said["left_out"]
            if len(kept) >= LEAST:
                break
    work = "p99 over p50, one sentence of %d tokens, %s, %s" % (LENGTH, model, precision)
    if not kept:
        return measure.skipped(work, "the hypervisor took time from all %d repeats" % n_left_out)
    p50, p99 = measure.percentile(kept, 0.5), measure.percentile(kept, 0.99)
    note = "p50 %.3f, p99 %.3f ms; %d repeats, %d with steal left out; no other engine runs" % (p50, p99, len(kept), n_left_out)
    return measure.value(work, "times", p99 / p50, suite.goal("tail"), note=note)


def rows(suite):
    found = []
    for model in REPEATS:
        directory = suite.minilm() if model == "MiniLM-L6" else material.bert_base()
        path = sentence(suite, directory)
        for precision in ("fp32", "int8"):
            found.append(tail(suite, model, directory, path, precision))
            suite.tell(found[-1])
    return found
