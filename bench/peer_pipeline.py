"""What a user of transformers would write: texts of a file, a line each, to entities, a JSON line each.

usage: peer_pipeline.py MODEL FILE
"""
import json
import sys

import torch
from transformers import pipeline


def main():
    model, path = sys.argv[1:3]
    with open(path, encoding="utf-8", newline="\n") as file:
        texts = file.read().split("\n")[:-1]
    torch.set_grad_enabled(False)
    ner = pipeline("ner", model=model, aggregation_strategy="first", batch_size=32)
    for text, entities in zip(texts, ner(texts)):
        found = [{"entity_group": e["entity_group"], "score": float(e["score"]), "start": e["start"], "end": e["end"]}
                 for e in entities]
        print(json.dumps({"text": text, "entities": found}), flush=True)


main()
