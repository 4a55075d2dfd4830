"""A directory that nomen trained, loaded by transformers: pipeline("ner") against `nomen tag`.

usage: pipeline_tag.py NOMEN SOURCE_DIR [MODEL_DIR]

Every strategy on 2,000 sentences of GMB, with --words bert: the same entities, labels and offsets, scores
within 1e-4, all keys but "word" (nomen gives the true slice of the text). A label may differ only where
the two largest probabilities of a piece are within 1e-4 of each other: both programs compute in
float32 and round differently. Beside it: AutoTokenizer's ids against `nomen tokenize`. The model may be given:
one of real size, say.
"""
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hf_reference as hf
from pipeline_common import STRATEGIES, compare, gmb_rows, labelled, load, run_pipeline, tag, train_head

N_SENTENCES = 2000


def main():
    nomen, source = sys.argv[1:3]
    rows = gmb_rows(source)
    # `tokenize` reads a text a line, so one may hold no line break that either side would cut at.
    texts = [r["text"] for r in rows[::len(rows) // N_SENTENCES] if "\n" not in r["text"] and "\r" not in r["text"]]
    texts = texts[:N_SENTENCES]
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        trained = sys.argv[3] if len(sys.argv) > 3 else None
        if trained is None:
            trained = train_head(nomen, source, "bert-base-cased", labelled(rows[:1500]), scratch)
        model, tokenizer = load(trained)
        ids = hf.run([nomen, "tokenize", "--model", trained, "--json"], input="\n".join(texts) + "\n").stdout
        expected_ids = tokenizer(texts)["input_ids"]
        assert [json.loads(line)["ids"] for line in ids.split("\n")[:-1]] == expected_ids, "pieces differ"
        pipe, answers = run_pipeline(model, tokenizer, texts)
        for strategy in STRATEGIES:
            n_entities, wrong = compare(pipe, texts, [a[strategy] for a in answers],
                                        tag(nomen, trained, texts, strategy), strategy, "GMB")
            failed += wrong
            assert n_entities > 1000, "too few entities to tell anything"
    sys.exit(1 if failed else 0)


main()
