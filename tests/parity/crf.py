"""Training, scoring and decoding with a CRF, against torch and numpy, and the directory in transformers.

usage: crf.py NOMEN SOURCE_DIR

- Thirty steps of AdamW from the same start with dropout 0: the loss of every step against torch's own gradients of a
  forward algorithm written here, to the tolerance of train_steps.py and for its reasons.
- The directory: transformers loads it without a word, with every tensor and no other, and its pieces' probabilities are
  those of `nomen tag`.
- `nomen eval`: the loss is the negative log-likelihood of torch over transformers' logits, to 1e-5.
- `nomen tag`: the labels are those of a Viterbi written here over transformers' logits and crf.safetensors, or have a
  score within 1e-3 of the best, as both sides round their logits differently.
"""
import json
import os
import sys
import tempfile
import warnings

import numpy as np
import safetensors.torch
import torch
import transformers

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hf_reference as hf

STEPS, BATCH, RATE, CRF_RATE = 30, 8, 3e-4, 5e-2
LOSS_TOLERANCE = 5e-5


def chain_loss(logits, targets, transitions, start, end):
    """log Z - score of one chain: logits (m,K), targets (m)."""
    alpha = start + logits[0]
    score = start[targets[0]] + logits[0, targets[0]]
    for t in range(1, len(targets)):
        alpha = torch.logsumexp(alpha[:, None] + transitions, 0) + logits[t]
        score = score + transitions[targets[t - 1], targets[t]] + logits[t, targets[t]]
    return torch.logsumexp(alpha + end, 0) - score - end[targets[-1]]


def batch_loss(logits, labels, crf):
    """The sum over the sentences' chains of labelled pieces, divided by the number of those."""
    total = sum(chain_loss(row[mask], target[mask], *crf)
                for row, target, mask in zip(logits, labels, labels != -100) if mask.any())
    return total / (labels != -100).sum()


def torch_losses(directory, sentences):
    model = transformers.AutoModelForTokenClassification.from_pretrained(directory)
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    examples = [hf.encode(tokenizer, s, model.config.label2id) for s in sentences]
    k = model.config.num_labels
    crf = [torch.nn.Parameter(torch.zeros(*shape)) for shape in ((k, k), (k,), (k,))]
    groups = [dict(g, lr=RATE) for g in hf.parameter_groups(model, 0.01)]
    optimizer = torch.optim.AdamW(groups + [{"params": crf, "weight_decay": 0.0, "lr": CRF_RATE}])
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, STEPS // 10, STEPS)
    model.train()
    losses = []
    for step in range(STEPS):
        batch = hf.collate(examples[step * BATCH:(step + 1) * BATCH])
        loss = batch_loss(model(batch["input_ids"], attention_mask=batch["attention_mask"]).logits, batch["labels"], crf)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(model.parameters()) + crf, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses, crf


def load_silently(directory):
    """The model as transformers has it; a warning, a missing or an unexpected tensor is a failure."""
    said = []
    transformers.logging.set_verbosity_warning()
    logger = transformers.utils.logging.get_logger("transformers.modeling_utils")
    logger.warning = lambda message, *_, **__: said.append(str(message))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model, info = transformers.AutoModelForTokenClassification.from_pretrained(directory, output_loading_info=True)
    transformers.logging.set_verbosity_error()
    found = {key: list(value) for key, value in info.items() if value}
    assert not found and not said, (found, said)
    assert not [w for w in caught if "crf" in str(w.message).lower() or "weight" in str(w.message).lower()], caught
    return model, transformers.AutoTokenizer.from_pretrained(directory)


def word_logits(model, tokenizer, words):
    """Transformers' logits of each word's first piece."""
    encoding = tokenizer(words, is_split_into_words=True, return_tensors="pt")
    with torch.no_grad():
        logits = model(**encoding).logits[0]
    ids = encoding.word_ids()
    return logits[[ids.index(w) for w in range(len(words))]]


def legal(before, after):
    """Whether IOB2 allows a label behind another; None is the beginning."""
    return not after.startswith("I-") or (before is not None and before[:2] in ("B-", "I-") and before[2:] == after[2:])


def viterbi(logits, labels, transitions, start, end):
    logits = logits.double().numpy()
    t = transitions + np.array([[0 if legal(a, b) else -np.inf for b in labels] for a in labels])
    best, back = logits[0] + start + np.array([0 if legal(None, b) else -np.inf for b in labels]), []
    for row in logits[1:]:
        every = best[:, None] + t
        back.append(every.argmax(0))
        best = every.max(0) + row
    path = [int((best + end).argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1], float((best + end).max()), t


def score_of(path, logits, t, start, end):
    logits = logits.double().numpy()
    return float(start[path[0]] + end[path[-1]] + sum(logits[i, y] for i, y in enumerate(path)) +
                 sum(t[a, b] for a, b in zip(path, path[1:])))


def main():
    nomen, source = sys.argv[1:3]
    vocab = os.path.join(source, "..", "shared", "vocab", "bert-base-cased")
    if not os.path.isdir(vocab):
        print("skipped: %s is not there" % vocab)
        sys.exit(77)
    data, dev = (os.path.join(source, "examples", name) for name in ("train.csv", "dev.csv"))
    with tempfile.TemporaryDirectory() as scratch:
        start, steps, trained = (os.path.join(scratch, name) for name in ("start", "steps", "trained"))
        hf.make_model(start, vocab)
        expected, crf = torch_losses(start, hf.read_csv(data, STEPS * BATCH))
        common = ["--model", start, "--train", data, "--dev", dev, "--quiet", "--crf", "true",
                  "--crf-learning-rate", str(CRF_RATE)]
        hf.run([nomen, "train", *common, "-o", steps, "--rows", str(STEPS * BATCH), "--epochs", "1", "--batch-size",
                str(BATCH), "--shuffle", "false", "--logging-steps", "1", "--learning-rate", str(RATE),
                "--warmup-ratio", "0.1"])
        history = hf.load_json(os.path.join(steps, "trainer_state.json"))["log_history"]
        got = [entry["loss"] for entry in history if "loss" in entry]
        assert len(got) == STEPS, len(got)
        worst = max(abs(g - e) / e for g, e in zip(got, expected))
        own = safetensors.torch.load_file(os.path.join(steps, "crf.safetensors"))
        apart = (own["transitions"] - crf[0]).norm().item() / crf[0].norm().item()
        print("30 steps: loss %.4f to %.4f, worst relative difference %.1e; transitions apart %.1e of their size" %
              (expected[0], expected[-1], worst, apart))
        assert worst <= LOSS_TOLERANCE and apart <= 2e-3

        hf.run([nomen, "train", *common, "-o", trained, "--epochs", "3", "--learning-rate", "2e-3"])
        model, tokenizer = load_silently(trained)
        labels = [model.config.id2label[i] for i in range(model.config.num_labels)]
        file = safetensors.torch.load_file(os.path.join(trained, "crf.safetensors"))
        crf = [file[name] for name in ("transitions", "start_transitions", "end_transitions")]
        sentences = hf.read_csv(dev)
        logits = [word_logits(model, tokenizer, words) for words, _ in sentences]

        loss = sum(chain_loss(row.double(), [labels.index(t) for t in tags], *(c.double() for c in crf)).item()
                   for row, (_, tags) in zip(logits, sentences)) / sum(len(tags) for _, tags in sentences)
        report = json.loads(hf.run([nomen, "eval", "--model", trained, "--json", "--quiet", dev]).stdout)
        print("eval: loss %.6f, torch %.6f, of %d sentences" % (report["loss"], loss, len(sentences)))
        assert abs(report["loss"] - loss) <= 1e-5 * loss

        text = "".join("".join(w + "\n" for w in words) + "\n" for words, _ in sentences)
        tagged = hf.run([nomen, "tag", "--model", trained, "--input", "conll", "--format", "jsonl", "--all-scores",
                         "--quiet"], input=text).stdout.split("\n")[:-1]
        assert len(tagged) == len(sentences)
        np_crf = [c.double().numpy() for c in crf]
        n_words = n_other = n_not_argmax = 0
        for line, row in zip(tagged, logits):
            words = json.loads(line)["words"]
            found = [labels.index(w["label"]) for w in words]
            probabilities = np.array([[w["scores"][name] for name in labels] for w in words])
            assert np.abs(probabilities - row.softmax(-1).numpy()).max() <= 1e-4
            path, best, t = viterbi(row, labels, *np_crf)
            n_words += len(path)
            n_other += path != found
            n_not_argmax += sum(a != b for a, b in zip(path, row.argmax(-1).tolist()))
            assert path == found or best - score_of(found, row, t, *np_crf[1:]) <= 1e-3, (path, found)
        print("tag: %d words, %d of them not the argmax; %d sentences are close calls" % (n_words, n_not_argmax, n_other))
        assert n_not_argmax > 0 and n_other <= 2


main()
