"""What `nomen quantize` writes, read by safetensors and by transformers with compressed-tensors.

usage: model_int8.py NOMEN SOURCE_DIR

The format. The encoder's dense weights are I8 with an F32 scale a row, the rest is F32 and unchanged.
Exactly: scale = max|w| / 127 and q = the nearest of w * (127 / max|w|), in float32; with --weight-bits 7 the same with
64, in the same format. transformers loads every tensor, and the weights it computes with are scale * q to the bit.

The numbers. Both quantise a row of inputs as it comes, but not to the same steps (compressed-tensors divides by
127.5 and uses -128), so the two differ by as much as either differs from floats: by rounding. Compared are the
probabilities of words, whose mean difference must be below half a step of 1/127 and below what both make of the
floats together.
"""
import json
import os
import sys
import tempfile

import numpy as np
import torch
import transformers
from safetensors.torch import load_file

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hf_reference as hf

TEXTS = ["Thousands of demonstrators have marched through London to protest the war in Iraq .",
         "Bill Gates founded Microsoft with Paul Allen in Albuquerque , New Mexico , on April 4 , 1975 .",
         "She went to Paris yesterday .", "The United Nations met in Geneva on Monday , officials said ."]


def check_format(floats, directory, most):
    stored = load_file(os.path.join(directory, "model.safetensors"))
    dense = [n for n, w in floats.items() if ".encoder." in n and n.endswith(".weight") and w.dim() == 2]
    assert set(stored) == set(floats) | {n + "_scale" for n in dense}
    for name, weight in floats.items():
        if name not in dense:
            assert stored[name].dtype == torch.float32 and torch.equal(stored[name], weight), name
            continue
        q, scale = stored[name], stored[name + "_scale"]
        largest = weight.abs().amax(dim=1, keepdim=True)
        assert q.dtype == torch.int8 and scale.dtype == torch.float32 and scale.shape == (weight.shape[0], 1), name
        assert torch.equal(scale, largest / most), name
        assert torch.equal(q.float(), torch.round(weight * (most / largest))), name
        assert q.abs().max() == most, name
    return stored, dense


def probabilities(nomen, directory, *options):
    """(words, labels) as nomen tag has them, words cut at white space."""
    done = hf.run([nomen, "tag", "--model", directory, "--words", "whitespace", "--json", "--all-scores", "--quiet",
                   *options], input="\n".join(TEXTS) + "\n")
    return np.array([list(word["scores"].values()) for line in done.stdout.splitlines()
                     for word in json.loads(line)["words"]])


def reference(model, tokenizer):
    """The same of a transformers model: the first piece of each word."""
    rows = []
    for text in TEXTS:
        encoding = tokenizer(text.split(" "), is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            scores = model(**encoding).logits[0].softmax(-1).numpy()
        words = encoding.word_ids()
        rows += [scores[i] for i in range(len(words)) if words[i] is not None and words[i] != words[i - 1]]
    return np.array(rows)


def check(nomen, floats, int8, bits, model, tokenizer):
    hf.run([nomen, "quantize", "--model", floats, "-o", int8, "--weight-bits", str(bits), "--no-gate", "--quiet"])
    stored, dense = check_format(model.state_dict(), int8, {8: 127, 7: 64}[bits])
    loaded, info = transformers.AutoModelForTokenClassification.from_pretrained(int8, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"] and not info["mismatched_keys"], info
    theirs = reference(loaded.eval(), tokenizer)  # which also makes it unpack its weights
    weights = loaded.state_dict()
    for name in dense:
        assert torch.equal(weights[name].float(), stored[name].float() * stored[name + "_scale"]), name
    ours, exact = probabilities(nomen, int8), reference(model.eval(), tokenizer)
    assert np.array_equal(ours, probabilities(nomen, floats, "--int8")) == (bits == 8)
    apart = np.abs(ours - theirs).mean()
    both = np.abs(ours - exact).mean() + np.abs(theirs - exact).mean()
    print("%d dense weights of %d bits; mean difference %.2g from transformers, %.2g and %.2g of either from floats"
          % (len(dense), bits, apart, np.abs(ours - exact).mean(), np.abs(theirs - exact).mean()))
    assert 0 < apart < min(0.5 / 127, both)


def main():
    nomen, source = sys.argv[1:3]
    vocab = os.path.join(source, "..", "shared", "vocab", "bert-base-uncased")
    if not os.path.exists(vocab):
        print("skipped: %s is not there" % vocab)
        sys.exit(77)
    with tempfile.TemporaryDirectory() as work:
        floats = os.path.join(work, "floats")
        model, tokenizer = hf.make_model(floats, vocab, hidden_size=96, num_hidden_layers=3, intermediate_size=200)
        for bits in (8, 7):
            check(nomen, floats, os.path.join(work, "int%d" % bits), bits, model, tokenizer)


main()
