"""`huggingface_hub.InferenceClient` on a running service, against the pipeline of transformers.

usage: hf_client.py NOMEN SOURCE_DIR

A small model is trained on the repository's own sentences. Its entities for 50 sentences, asked for as users of the hub do,
with each strategy and with a token of the hub, are the pipeline's: the same spans and types, scores within 1e-5 (both compute
in float32 and round differently). A label may differ only where two probabilities are within 1e-4 of each other.
"""
import csv
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "parity"))
os.environ["HF_HUB_OFFLINE"] = "0"
import transformers
from huggingface_hub import InferenceClient

from pipeline_common import STRATEGIES, close_call, labelled, load, need, train_head
from serving import Service, check, end, same

N_TEXTS, TOLERANCE = 50, 1e-5


def sentences(path):
    """Rows of a CSV of words and tags, as train_head takes them."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def key_of(strategy):
    return "entity" if strategy == "none" else "entity_group"


def compare(name, pipe, text, expected, found, strategy):
    key = key_of(strategy)
    spans = lambda entities: [(e[key], e["start"], e["end"]) for e in entities]
    if spans(expected) != spans(found):
        check("%s %s: spans and types of %r" % (name, strategy, text), close_call(pipe, text), (spans(found), spans(expected)))
        return
    worst = max((abs(float(a["score"]) - b["score"]) for a, b in zip(expected, found)), default=0.0)
    check("%s %s: scores of %r" % (name, strategy, text), worst <= TOLERANCE, worst)
    check("%s %s: words of %r" % (name, strategy, text), all(text[e["start"]:e["end"]] == e["word"] for e in found), found)


def main():
    nomen, source = sys.argv[1:3]
    need(os.path.join(source, "..", "shared", "vocab", "bert-base-cased"))
    rows = sentences(os.path.join(source, "examples", "train.csv"))
    with tempfile.TemporaryDirectory() as scratch:
        model = train_head(nomen, source, "bert-base-cased", labelled(rows), scratch, epochs=3)
        network, tokenizer = load(model)
        texts = [r["text"] for r in sentences(os.path.join(source, "examples", "test.csv"))][:N_TEXTS]
        same("number of sentences", len(texts), N_TEXTS)
        with Service(nomen, "--model", model) as service:
            url = "http://%s:%d" % service.address
            clients = {"plain": InferenceClient(model=url), "with a token": InferenceClient(model=url, token="hf_a_token_of_the_hub"),
                       "by name": InferenceClient(model=url + "/models/" + os.path.basename(model))}
            n_entities = 0
            for strategy in STRATEGIES:
                pipe = transformers.pipeline("ner", model=network, tokenizer=tokenizer, aggregation_strategy=strategy)
                for i, text in enumerate(texts):
                    expected = pipe(text)
                    for name, client in clients.items():
                        if name != "plain" and i > 4:
                            continue
                        found = client.token_classification(text, aggregation_strategy=strategy)
                        compare(name, pipe, text, expected, found, strategy)
                        n_entities += len(found)
            check("there are entities", n_entities > N_TEXTS * len(STRATEGIES), n_entities)
            pipe = transformers.pipeline("ner", model=network, tokenizer=tokenizer, aggregation_strategy="simple")
            for text in texts:
                compare("the default", pipe, text, pipe(text), clients["plain"].token_classification(text), "simple")
            types = sorted({e["entity_group"] for text in texts for e in pipe(text)})
            found = [e["entity_group"] for text in texts for e in
                     clients["plain"].token_classification(text, ignore_labels=["O", types[0]])]
            check("labels that are ignored", found and types[0] not in found, (types, found[:5]))
            check("no token in the log", "hf_a_token" not in service.log())
            service.stop("hf_client")
    end("InferenceClient")


main()
