"""Training speed beside PyTorch's best practice, in one run: tokens a second, real pieces alone.

usage: train_speed.py NOMEN CSV [VOCAB_DIR [SENTENCES [ROUNDS]]]

Both train a random BERT of base size with VOCAB_DIR's vocabulary (its config.json gives the sizes) for one
epoch of SENTENCES sentences of CSV (text,labels), AdamW, batch 32, dropout on. PyTorch sorts the sentences by
length, pads each batch to its longest, and uses fused AdamW and scaled-dot-product attention; its first
two steps are not counted. The programs take turns for ROUNDS rounds; the ratio is told round by
round, as the machine's speed drifts.
"""
import json
import os
import statistics
import sys
import tempfile
import time

import torch
import transformers

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "parity"))
import hf_reference as hf

BATCH = 32


def run_torch(directory, sentences):
    model = transformers.AutoModelForTokenClassification.from_pretrained(directory)
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    examples = sorted((hf.encode(tokenizer, s, model.config.label2id) for s in sentences), key=lambda e: len(e[0]))
    batches = [examples[i:i + BATCH] for i in range(0, len(examples), BATCH)]
    optimizer = torch.optim.AdamW(hf.parameter_groups(model, 0.01), lr=5e-5, fused=True)
    model.train()
    # The middle first: warming up on a batch of ordinary length.
    batches = batches[len(batches) // 2:] + batches[:len(batches) // 2]
    tokens, spent = 0, 0.0
    for i, batch in enumerate(batches):
        began = time.perf_counter()
        model(**hf.collate(batch)).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if i >= 2:
            spent += time.perf_counter() - began
            tokens += sum(len(ids) for ids, _ in batch)
    return tokens / spent


def run_nomen(nomen, directory, data, rows, output):
    done = hf.run([nomen, "train", "--model", directory, "--train", data, "--rows", str(rows), "--split", "98/1/1",
                   "--epochs", "1", "--batch-size", str(BATCH), "--json", "--quiet", "-o", output, "--overwrite"])
    result = json.loads(done.stdout)
    return result["tokens_per_second"], result["peak_rss_bytes"]


def main():
    nomen, data = sys.argv[1:3]
    here = os.path.dirname(os.path.abspath(__file__))
    vocab = sys.argv[3] if len(sys.argv) > 3 else os.path.join(here, "../../shared/vocab/bert-base-cased")
    rows = int(sys.argv[4]) if len(sys.argv) > 4 else 384
    rounds = int(sys.argv[5]) if len(sys.argv) > 5 else 3
    sizes = hf.load_json(os.path.join(vocab, "config.json"))
    keep = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
    ratios = []
    with tempfile.TemporaryDirectory() as scratch:
        start = os.path.join(scratch, "start")
        hf.make_model(start, vocab, dropout=0.1, **{k: sizes[k] for k in keep})
        sentences = hf.read_csv(data, rows)
        sentences = [(w, [t if t in hf.LABELS else "O" for t in tags]) for w, tags in sentences]
        for i in range(rounds):
            ours, rss = run_nomen(nomen, start, data, rows, os.path.join(scratch, "out"))
            theirs = run_torch(start, sentences)
            ratios.append(ours / theirs)
            print("round %d: nomen %.0f tokens/s (peak %.2f GiB), torch %.0f tokens/s, ratio %.2f" %
                  (i + 1, ours, rss / 2**30, theirs, ratios[-1]), flush=True)
    print("median ratio %.2f (%.2f to %.2f), %d threads" %
          (statistics.median(ratios), min(ratios), max(ratios), torch.get_num_threads()))


main()
