"""LoRA against peft: fifty steps of training from the same adapters, and adapters that load on both sides.

usage: lora.py NOMEN SOURCE_DIR

- Fifty steps of AdamW, dropout 0, from the same model and the same A and B (--lora-init): the loss of every step agrees
  to 5e-5, and so does every weight of the adapters and the head, relative to the largest of its tensor. For query and
  value, for all six targets, and with rates of layers (--layer-lr-decay, --head-learning-rate: a group of parameters for
  each layer). Why 5e-5: see train_steps.py.
- The adapter that nomen writes, loaded by peft, and the one that peft writes, loaded by nomen, give the same
  probabilities to 1e-5: both sides compute W x + B A x of the same numbers, one of them as (W + B A) x, which differ by
  the rounding of some hundred products, 1e-6 in logits of size 1. output.dense alone, whose name is the end of another,
  is among the targets.
- nomen's merged export gives the probabilities of its adapter, byte for byte.
- Adapters of some layers, and in fp16, are computed as peft does; those of layers that the model has not are refused.
- rsLoRA is computed, and what nomen has not (DoRA, ranks by pattern...) is refused by its name.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

import peft
import safetensors.torch
import torch
import transformers

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hf_reference as hf

STEPS, BATCH, RATE, RANK, ALPHA = 50, 8, 3e-4, 8, 16
TOLERANCE, PROBABILITY_TOLERANCE = 5e-5, 1e-5
ALL = ["query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"]
OUTPUT_ALONE = r".*encoder\.layer\.\d+\.output\.dense"


def make_adapter(directory, targets, seed=3, **more):
    """The model with adapters whose B is not zero, so that every gradient is there from the first step on."""
    torch.manual_seed(seed)
    base = transformers.AutoModelForTokenClassification.from_pretrained(directory)
    config = peft.LoraConfig(task_type="TOKEN_CLS", r=RANK, lora_alpha=ALPHA, target_modules=targets, **more)
    model = peft.get_peft_model(base, config)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "lora_B" in name:
                value.normal_(0, 0.05)
    return model


def rate_groups(trained, n_layers, decay, head_rate):
    """The adapters of the last layer at decay times the rate, those of the one below at decay^2 times, the head at its own."""
    groups = []
    for name, parameter in trained:
        layer = re.search(r"\.layer\.(\d+)\.", name)
        rate = RATE * decay ** (n_layers - int(layer[1])) if layer else head_rate
        groups.append({"params": [parameter], "lr": rate, "weight_decay": 0.0 if name.endswith("bias") else 0.01})
    return groups


def train_peft(model, directory, sentences, decay, head_rate):
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    examples = [hf.encode(tokenizer, s, model.config.label2id) for s in sentences]
    trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(rate_groups(trained, model.config.num_hidden_layers, decay, head_rate), lr=RATE)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, 5, STEPS)
    model.train()
    losses = []
    for step in range(STEPS):
        loss = model(**hf.collate(examples[step * BATCH:(step + 1) * BATCH])).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for _, p in trained], 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def probabilities_of_nomen(nomen, model, text, *options):
    lines = hf.run([nomen, "tag", "--model", model, "--input", "conll", "--format", "jsonl", "--all-scores", "--quiet",
                    *options], input=text).stdout
    return lines, [w["scores"] for line in lines.splitlines() for w in json.loads(line)["words"]]


def probabilities_of_peft(model, tokenizer, sentences):
    labels = [model.config.id2label[i] for i in range(model.config.num_labels)]
    found = []
    model.eval()
    for words, _ in sentences:
        encoding = tokenizer(words, is_split_into_words=True, return_tensors="pt")
        ids = encoding.word_ids()
        with torch.no_grad():
            scores = model(**encoding).logits[0].softmax(-1)
        found += [dict(zip(labels, scores[ids.index(w)].tolist())) for w in range(len(words))]
    return found


def furthest(a, b):
    assert len(a) == len(b) and len(a) > 50
    return max(abs(x[k] - y[k]) for x, y in zip(a, b) for k in y)


def check_training(nomen, source, start, scratch, name, targets, sentences, text, dev, decay=1.0, head_rate=RATE):
    first, output, merged = (os.path.join(scratch, name + "-" + what) for what in ("first", "adapter", "merged"))
    list_of_names = ",".join(["output.dense"] if targets == OUTPUT_ALONE else targets)
    model = make_adapter(start, targets)
    model.save_pretrained(first)
    data = os.path.join(source, "examples", "train.csv")
    common = ["--model", start, "--train", data, "--dev", os.path.join(source, "examples", "dev.csv"), "--rows",
              str(STEPS * BATCH), "--epochs", "1", "--batch-size", str(BATCH), "--shuffle", "false", "--logging-steps", "1",
              "--quiet", "--learning-rate", str(RATE), "--warmup-ratio", "0.1", "--lora-rank", str(RANK), "--lora-alpha",
              str(ALPHA), "--lora-target", list_of_names, "--lora-init", os.path.join(first, "adapter_model.safetensors"),
              "--layer-lr-decay", str(decay), "--head-learning-rate", str(head_rate)]
    hf.run([nomen, "train", *common, "-o", output, "--lora-export", "adapter"])
    expected = train_peft(model, start, sentences, decay, head_rate)
    history = hf.load_json(os.path.join(output, "trainer_state.json"))["log_history"]
    got = [entry["loss"] for entry in history if "loss" in entry]
    assert len(got) == STEPS, len(got)
    worst = max(abs(g - e) / e for g, e in zip(got, expected))
    own = safetensors.torch.load_file(os.path.join(output, "adapter_model.safetensors"))
    theirs = peft.get_peft_model_state_dict(model)
    assert own.keys() == theirs.keys(), own.keys() ^ theirs.keys()
    apart = max(((own[k] - theirs[k]).abs().max() / theirs[k].abs().max()).item() for k in own)
    print("%-7s loss %.4f to %.4f, worst relative difference %.1e; weights apart %.1e" %
          (name, expected[0], expected[-1], worst, apart))
    assert expected[-1] < 0.8 * expected[0] and worst <= TOLERANCE and apart <= TOLERANCE

    tokenizer = transformers.AutoTokenizer.from_pretrained(output)
    base = transformers.AutoModelForTokenClassification.from_pretrained(start)
    loaded = peft.PeftModel.from_pretrained(base, output)
    n_adapted = sum("lora_A" in n for n, _ in loaded.named_parameters())
    assert n_adapted == len(own) // 2 - 1, n_adapted
    lines, found = probabilities_of_nomen(nomen, output, text)
    far = furthest(found, probabilities_of_peft(loaded, tokenizer, dev))
    theirs_saved = os.path.join(scratch, name + "-theirs")
    model.save_pretrained(theirs_saved)  # no labels, tokenizer or settings beside it
    far_back = furthest(probabilities_of_nomen(nomen, theirs_saved, text)[1], probabilities_of_peft(model, tokenizer, dev))
    print("        adapter of nomen in peft: %.1e; of peft in nomen: %.1e" % (far, far_back))
    assert far <= PROBABILITY_TOLERANCE and far_back <= PROBABILITY_TOLERANCE
    if name == "all":
        hf.run([nomen, "train", *common, "-o", merged])
        assert not [f for f in os.listdir(merged) if "adapter" in f], os.listdir(merged)
        assert probabilities_of_nomen(nomen, merged, text)[0] == lines
    return theirs_saved


def check_refusals(nomen, start, adapter, scratch, text, dev):
    config_path = os.path.join(adapter, "adapter_config.json")
    config = hf.load_json(config_path)
    for key, value in [("use_dora", True), ("rank_pattern", {"query": 4}), ("alpha_pattern", {"query": 4}), ("bias", "all"),
                       ("peft_type", "LOHA"), ("task_type", "SEQ_CLS"), ("init_lora_weights", "pissa"), ("r", 4),
                       ("base_model_name_or_path", "no/where")]:
        with open(config_path, "w") as file:
            json.dump(dict(config, **{key: value}), file)
        run = subprocess.run([nomen, "tag", "--model", adapter, "-"], input="x", capture_output=True, text=True)
        named = {"r": "lora_A", "base_model_name_or_path": "no/where"}.get(key, '"%s"' % key)
        assert run.returncode == 1 and named in run.stderr and not run.stdout, (key, run)
    with open(config_path, "w") as file:
        json.dump(config, file)
    model = make_adapter(start, ["query"], use_rslora=True)
    stabilised = os.path.join(scratch, "rslora")
    model.save_pretrained(stabilised)
    tokenizer = transformers.AutoTokenizer.from_pretrained(start)
    far = furthest(probabilities_of_nomen(nomen, stabilised, text)[1], probabilities_of_peft(model, tokenizer, dev))
    print("rsLoRA: %.1e" % far)
    assert far <= PROBABILITY_TOLERANCE


def check_layers(nomen, start, scratch, text, dev):
    """Adapters of some layers load, in fp16 too, and those named by a list; a tensor that the model has no place for is refused by its name."""
    directory = os.path.join(scratch, "some")
    model = make_adapter(start, ["query", "value"], layers_to_transform=[1])
    model.save_pretrained(directory)
    tokenizer = transformers.AutoTokenizer.from_pretrained(start)
    path = os.path.join(directory, "adapter_model.safetensors")
    tensors = safetensors.torch.load_file(path)
    far = furthest(probabilities_of_nomen(nomen, directory, text)[1], probabilities_of_peft(model, tokenizer, dev))
    halves = {k: v.half() for k, v in tensors.items()}
    safetensors.torch.save_file(halves, path)
    peft.set_peft_model_state_dict(model, {k: v.float() for k, v in halves.items()})
    far_half = furthest(probabilities_of_nomen(nomen, directory, text)[1], probabilities_of_peft(model, tokenizer, dev))
    print("layer 1 alone: %.1e; in fp16: %.1e" % (far, far_half))
    assert far <= PROBABILITY_TOLERANCE and far_half <= PROBABILITY_TOLERANCE
    for targets in (["bert.encoder.layer.1.attention.self.query", "0.output.dense"], ["dense"]):
        listed = os.path.join(scratch, "listed")
        model = make_adapter(start, targets)
        model.save_pretrained(listed)
        far = furthest(probabilities_of_nomen(nomen, listed, text)[1], probabilities_of_peft(model, tokenizer, dev))
        print("%s: %.1e" % (targets, far))
        assert far <= PROBABILITY_TOLERANCE
    for layer in ("77", "4294967297", "00", "01", " 0", "+0", "-0", ""):
        odd = dict(tensors)
        names = [k for k in tensors if ".layer.1.attention.self.query." in k]
        assert len(names) == 2, names
        odd.update({k.replace(".layer.1.", ".layer.%s." % layer): tensors[k].clone() for k in names})
        safetensors.torch.save_file(odd, path)
        run = subprocess.run([nomen, "tag", "--model", directory, "-"], input="x", capture_output=True, text=True)
        assert run.returncode == 1 and ".layer.%s.attention" % layer in run.stderr and not run.stdout, (layer, run)
        assert layer != "77" or "of layer 77, but the model has" in run.stderr, run


def main():
    nomen, source = sys.argv[1:3]
    vocab = os.path.join(source, "..", "shared", "vocab", "bert-base-cased")
    if not os.path.isdir(vocab):
        print("skipped: %s is not there" % vocab)
        sys.exit(77)
    sentences = hf.read_csv(os.path.join(source, "examples", "train.csv"), STEPS * BATCH)
    dev = hf.read_csv(os.path.join(source, "examples", "dev.csv"))[:30]
    text = "".join("".join(w + "\n" for w in words) + "\n" for words, _ in dev)
    with tempfile.TemporaryDirectory() as scratch:
        start = os.path.join(scratch, "start")
        hf.make_model(start, vocab)
        for name, targets in [("default", ["query", "value"]), ("all", ALL), ("output", OUTPUT_ALONE)]:
            saved = check_training(nomen, source, start, scratch, name, targets, sentences, text, dev)
        check_training(nomen, source, start, scratch, "rates", ALL, sentences, text, dev, decay=0.4, head_rate=1e-3)
        check_refusals(nomen, start, saved, scratch, text, dev)
        check_layers(nomen, start, scratch, text, dev)


main()
