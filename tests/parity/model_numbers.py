"""Logits and gradients against transformers' BertForTokenClassification.

usage: model_numbers.py MODEL_DRIVER

Logits: all-MiniLM (of NOMEN_MINILM, or where demo.sh puts it; CI=true insists on it) with a random head, and
a BERT of bert-base-cased's shape with random weights; sequences of 1 to 512 pieces, packed by nomen, one by one
in HF. Bound: 1e-5 of the largest logit's magnitude. A logit is a sum of H products of numbers of which each
went through 2 L sums of up to F terms; fp32's unit error 6e-8 times sqrt(F) is 3e-6, and both sides have it.
Where two runs of HF with other thread counts differ by more, that is the bound.

Gradients (dropout 0, the mean loss): relative L2 error of every parameter at most 1e-5 against torch in
fp32 or in fp64, the nearer one (both fp32 sides err against fp64); key.bias, whose exact gradient is zero,
at most 1e-6 of the norm of query.bias's gradient.
"""
import os
import sys
import tempfile

import torch
from model_support import LONG, SHARED, SOURCE, Batch, driver_gradients, driver_logits
from transformers import BertConfig, BertForTokenClassification

N_LABELS = 17
LIMIT = 1e-5
ZERO_LIMIT = 1e-6


def make_models(work):
    """(name, directory, lengths for logits, lengths for gradients) of each model, written to disk."""
    torch.manual_seed(5)
    minilm = os.environ.get("NOMEN_MINILM", os.path.join(SOURCE, "build", "models", "all-MiniLM-L6-v2"))
    if os.path.isdir(minilm):
        model = BertForTokenClassification.from_pretrained(minilm, num_labels=N_LABELS, dtype=torch.float32)
        model.save_pretrained(os.path.join(work, "minilm"))
        lengths = list(range(1, 513)) if LONG else [*range(1, 34), 47, 64, 127, 128, 129, 255, 256, 384, 511, 512]
        yield "minilm", os.path.join(work, "minilm"), lengths, [1, 5, 17, 64, 128]
    else:
        assert os.environ.get("CI") != "true", f"no all-MiniLM-L6-v2 at {minilm} (set NOMEN_MINILM)"
        print(f"no all-MiniLM-L6-v2 at {minilm} (set NOMEN_MINILM): its comparison not run")
    base = os.path.join(SHARED, "vocab", "bert-base-cased")
    config = BertConfig.from_pretrained(base) if os.path.isdir(base) else BertConfig(vocab_size=28996)
    config.num_labels = N_LABELS
    BertForTokenClassification(config).save_pretrained(os.path.join(work, "base"))
    lengths = list(range(1, 513, 7)) + [512] if LONG else [1, 2, 31, 129, 512]
    yield "bert-base", os.path.join(work, "base"), lengths, [1, 5, 17, 64, 128] if LONG else [1, 24]
    for act in ("gelu_new", "relu"):
        small = BertConfig(vocab_size=101, hidden_size=60, num_hidden_layers=2, num_attention_heads=3,
                           intermediate_size=36, hidden_act=act, max_position_embeddings=70, type_vocab_size=3,
                           num_labels=N_LABELS, layer_norm_eps=1e-5)
        BertForTokenClassification(small).save_pretrained(os.path.join(work, act))
        yield act, os.path.join(work, act), [1, 2, 3, 33, 70], [1, 2, 33, 70]


def hf_logits(model, batch):
    with torch.inference_mode():
        rows = [model(input_ids=torch.tensor(ids[None]).long(), token_type_ids=torch.tensor(types[None]).long())
                .logits[0] for ids, types, _ in batch.sequences()]
    return torch.cat(rows)


def compare_logits(driver, name, directory, model, lengths):
    config = model.config
    batch = Batch(lengths, config.vocab_size, config.type_vocab_size, N_LABELS, 11)
    threads = torch.get_num_threads()
    expected = hf_logits(model, batch)
    torch.set_num_threads(1 if threads > 1 else 2)
    other = hf_logits(model, batch)
    torch.set_num_threads(threads)
    ours = torch.from_numpy(driver_logits(driver, directory, batch, N_LABELS))
    largest = expected.abs().max().item()
    error = (ours - expected).abs().max().item() / largest
    noise = (other - expected).abs().max().item() / largest
    print(f"{name}: {len(lengths)} lengths, logits differ by {error:.2e} of the largest (HF with itself {noise:.2e})")
    assert error <= max(LIMIT, noise), name


def torch_gradients(model, batch):
    model.zero_grad()
    total = 0.0
    n_labelled = int((batch.targets != -100).sum())
    for ids, types, targets in batch.sequences():
        logits = model(input_ids=torch.tensor(ids[None]).long(), token_type_ids=torch.tensor(types[None]).long()).logits
        loss = torch.nn.functional.cross_entropy(logits[0], torch.tensor(targets).long(), reduction="sum") / n_labelled
        loss.backward()
        total += loss.item()
    return total, {name: p.grad.double() for name, p in model.named_parameters()}


def relative(a, b):
    return ((a - b).norm() / b.norm()).item()


def compare_gradients(driver, name, directory, model, lengths):
    config = model.config
    batch = Batch(lengths, config.vocab_size, config.type_vocab_size, N_LABELS, 12)
    loss, ours = driver_gradients(driver, directory, batch, N_LABELS)
    _, single = torch_gradients(model, batch)
    exact_loss, exact = torch_gradients(model.double(), batch)
    worst = {"fp32": 0.0, "fp64": 0.0, "torch": 0.0, "zero": 0.0}
    assert set(ours) == set(exact), set(ours) ^ set(exact)
    for key, mine in ours.items():
        mine = mine.double()
        if key.endswith("key.bias"):
            scale = exact[key.replace("key.bias", "query.bias")].norm()
            error = ((mine - exact[key]).norm() / scale).item()
            worst["zero"] = max(worst["zero"], error)
            assert error <= ZERO_LIMIT, (name, key, error)
            continue
        errors = relative(mine, single[key]), relative(mine, exact[key])
        assert min(errors) <= LIMIT, (name, key, errors)
        worst["fp32"] = max(worst["fp32"], errors[0])
        worst["fp64"] = max(worst["fp64"], errors[1])
        worst["torch"] = max(worst["torch"], relative(single[key], exact[key]))
    assert abs(loss - exact_loss) <= 1e-6 * exact_loss, (name, loss, exact_loss)
    print(f"{name}: gradients differ by {worst['fp32']:.2e} from torch fp32, {worst['fp64']:.2e} from fp64 (torch's own "
          f"fp32 by {worst['torch']:.2e}); key.bias {worst['zero']:.2e}; loss {loss:.9f}, exact {exact_loss:.9f}")


def main():
    driver = sys.argv[1]
    with tempfile.TemporaryDirectory() as work:
        for name, directory, lengths, gradient_lengths in make_models(work):
            model = BertForTokenClassification.from_pretrained(directory, dtype=torch.float32).eval()
            compare_logits(driver, name, directory, model, lengths)
            compare_gradients(driver, name, directory, model, gradient_lengths)


main()
