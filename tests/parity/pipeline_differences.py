"""Each deliberate difference to Hugging Face that docs/HUGGINGFACE.md lists: that it is there, and that the switch
named beside it gives Hugging Face's behaviour.

usage: pipeline_differences.py NOMEN SOURCE_DIR

One function a row, called as the page calls the check. A difference that has gone (a new release of transformers, a
change here) fails too, so that the page can't go on claiming it.
"""
import dataclasses
import inspect
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
import warnings

import numpy as np
import torch
import transformers

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hf_reference as hf
import pipeline_common as common
from seqeval.metrics import classification_report


class Case:
    """A trained model, in both worlds."""

    def __init__(self, nomen, source, scratch):
        self.nomen, self.source, self.scratch = nomen, source, scratch
        self.rows, self.books = common.gmb_rows(source), common.novels(source)
        self.sentences = common.labelled(self.rows[:1500])
        self.trained = common.train_head(nomen, source, "bert-base-cased", self.sentences, scratch, 3)
        self.model, self.tokenizer = common.load(self.trained)
        self.texts = [r["text"] for r in self.rows[2000:2120]]

    def pipeline(self, **settings):
        return transformers.pipeline("ner", model=self.model, tokenizer=self.tokenizer, **settings)

    def tag(self, records, *options):
        """nomen's answers to texts, or to lists of words."""
        lines = "".join(json.dumps({"tokens" if isinstance(r, list) else "text": r}) + "\n" for r in records)
        done = hf.run([self.nomen, "tag", "--model", self.trained, "--input", "jsonl", "--json", "--quiet", *options],
                      input=lines)
        return [json.loads(line) for line in done.stdout.split("\n")[:-1]]

    def path(self, name):
        return os.path.join(self.scratch, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        return self.path(name)

    def long_text(self, n_words=1500):
        return " ".join(word for word, _ in self.books[0][:n_words])


def agree(expected, got, strategy):
    return all(common.same(e, g["entities"], strategy) for e, g in zip(expected, got))


def word(case):
    """HF puts the pieces together again; the text's own slice is another string where a word is cut or a mark stands."""
    n = n_other = 0
    for strategy in ("simple", "first"):
        expected = case.pipeline(aggregation_strategy=strategy)(case.texts)
        got = case.tag(case.texts, "--words", "bert", "--aggregate", strategy)
        for a, b in ((a, b) for e, g in zip(expected, got) for a, b in zip(e, g["entities"])):
            pieces = case.tokenizer.tokenize(b["word"])
            n += 1
            n_other += a["word"] != b["word"]
            if strategy == "first" and "[UNK]" not in pieces:  # what the page says for who needs HF's string
                assert case.tokenizer.convert_tokens_to_string(pieces) == a["word"]
    assert n_other > 0
    return "%d of %d words differ from the text" % (n_other, n)


def default_strategy(case):
    """`first` where HF has `none`."""
    assert agree(case.pipeline(aggregation_strategy="first")(case.texts), case.tag(case.texts, "--words", "bert"), "first")
    plain = case.pipeline()(case.texts)
    assert agree(plain, case.tag(case.texts, "--words", "bert", "--aggregate", "none"), "none")
    assert not agree(plain, case.tag(case.texts, "--words", "bert"), "none")


def word_unit(case):
    """A model trained on words cut by white space tags such words; HF cuts at each mark."""
    texts = ["He paid 5.975,74 to Jean-Luc in U.S.A. yesterday", "Al-Qaida 's second-in-command visited Al-Anbar ."]
    own = case.tag(texts, "--all-scores")
    assert [len(a["words"]) for a in own] == [len(t.split()) for t in texts]
    as_hf = case.tag(texts, "--all-scores", "--words", "bert")
    assert all(len(a["words"]) > len(b["words"]) for a, b in zip(as_hf, own))
    expected = case.pipeline(aggregation_strategy="first")(case.texts)
    assert agree(expected, case.tag(case.texts, "--words", "bert"), "first")
    assert not agree(expected, case.tag(case.texts), "first")


def given_words(case):
    """Words that were given are one unit each; HF cuts them again by its own rule. Pieces are the same."""
    words = [text.split() for text in case.texts]
    for strategy in common.STRATEGIES:
        expected = case.pipeline(aggregation_strategy=strategy)(words, is_split_into_words=True)
        got = case.tag(words, "--aggregate", strategy)
        joined = case.tag([" ".join(w) for w in words], "--aggregate", strategy, "--words", "bert")
        assert agree(expected, joined, strategy), strategy
        assert agree(expected, got, strategy) == (strategy in ("none", "simple")), strategy


def truncation(case):
    """HF reads 512 pieces and says nothing of the rest."""
    text = case.long_text()
    encoding = case.tokenizer(text, truncation=True, return_offsets_mapping=True)
    end = max(b for _, b in encoding["offset_mapping"])
    assert end < len(text) / 2
    expected = case.pipeline(aggregation_strategy="first")(text)
    got = case.tag([text], "--words", "bert")[0]["entities"]
    assert all(e["end"] <= end for e in expected) and any(e["start"] > end for e in got)
    # Who would rather hear of it than have the text read in windows:
    done = subprocess.run([case.nomen, "tag", "--model", case.trained, "--words", "bert", "--on-overflow", "error"],
                          input=text + "\n", capture_output=True, text=True)
    assert done.returncode == 1 and "subword tokens" in done.stderr, done.stderr
    # What HF's pipeline reads, given alone: the same again.
    assert agree([expected], case.tag([text[:end]], "--words", "bert"), "first")
    return "%d of %d entities stand behind what the pipeline reads" % (sum(e["start"] > end for e in got), len(got))


def no_limit(case):
    """A tokenizer without model_max_length has the pipeline run past the position table."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(case.trained)
    tokenizer.model_max_length = int(1e30)
    pipe = transformers.pipeline("ner", model=case.model, tokenizer=tokenizer)
    try:
        pipe(case.long_text())
    except (RuntimeError, IndexError):
        pass
    else:
        raise AssertionError("the pipeline reads past the position table")
    directory = case.path("no-limit")
    os.mkdir(directory)
    for name in os.listdir(case.trained):
        if name not in ("tokenizer_config.json", "nomen.json"):
            os.symlink(os.path.join(case.trained, name), os.path.join(directory, name))
    settings = hf.load_json(os.path.join(case.trained, "tokenizer_config.json"))
    settings["model_max_length"] = int(1e30)
    with open(os.path.join(directory, "tokenizer_config.json"), "w", encoding="utf-8") as file:
        json.dump(settings, file)
    done = hf.run([case.nomen, "tag", "--model", directory, "--words", "bert", "--json", "--quiet"],
                  input=case.long_text() + "\n")
    assert json.loads(done.stdout)["entities"] == case.tag([case.long_text()], "--words", "bert")[0]["entities"]


def overlap(case):
    """With `stride` HF aggregates each window alone and keeps the longest of the entities that overlap."""
    pipe = case.pipeline(aggregation_strategy="first", stride=128)
    n_other = 0
    for book in case.books[:6]:
        text = " ".join(word for word, _ in book[:1500])
        n_other += not common.same(pipe(text), case.tag([text], "--words", "bert", "--stride", "128")[0]["entities"], "first")
    assert n_other > 0
    try:
        case.pipeline(aggregation_strategy="none", stride=128)
    except ValueError:
        pass
    else:
        raise AssertionError("the pipeline takes a stride with none")
    pieces = case.tag([case.long_text()], "--words", "bert", "--aggregate", "none")[0]["entities"]
    assert pieces[-1]["index"] > 512, "the index goes on over the windows"
    return "%d of %d long texts have other entities" % (n_other, 6)


def calibrated(case):
    """A directory that `nomen calibrate` saw has other scores, and leaves out entities below its thresholds."""
    directory = case.path("calibrated")
    shutil.copytree(case.trained, directory)
    dev = case.write("dev.jsonl", "".join(json.dumps({"tokens": w, "ner_tags": t}) + "\n"
                                          for w, t in common.labelled(case.rows[2200:2500])))
    hf.run([case.nomen, "calibrate", "--model", directory, "--quiet", dev])
    expected = case.pipeline(aggregation_strategy="first")(case.texts)
    other = Case.__new__(Case)
    other.nomen, other.trained = case.nomen, directory
    assert not agree(expected, other.tag(case.texts, "--words", "bert"), "first")
    assert agree(expected, other.tag(case.texts, "--words", "bert", "--no-calibration"), "first")


def context(case):
    """A model may see the sentences around each (`--context`), as one trained with it does; HF's sees one text."""
    lines = "\n".join(case.texts[:40]) + "\n"

    def run(*options):
        done = hf.run([case.nomen, "tag", "--model", case.trained, "--words", "bert", "--json", "--quiet", *options],
                      input=lines)
        return [json.loads(line) for line in done.stdout.split("\n")[:-1]]

    expected = case.pipeline(aggregation_strategy="first")(case.texts[:40])
    assert agree(expected, run("--context", "0"), "first")
    assert not agree(expected, run("--context", "100"), "first")


def ignored_labels(case):
    """O is left out always; HF can be told to list it, and nomen to list every word."""
    text = case.texts[0]
    listed = case.pipeline(ignore_labels=[])(text)
    assert any(e["entity"] == "O" for e in listed)
    words = case.tag([text], "--words", "bert", "--all-scores", "--aggregate", "none")[0]["words"]
    ids = case.tokenizer(text).word_ids()
    firsts = [e for e in listed if ids[e["index"]] != ids[e["index"] - 1]]
    assert [w["label"] for w in words] == [e["entity"] for e in firsts]
    assert all(abs(w["scores"][w["label"]] - float(e["score"])) <= common.TOLERANCE for w, e in zip(words, firsts))


def company(case):
    """Scores depend on the batch in HF, by rounding; in nomen they don't, to the bit."""
    texts = sorted(case.texts[:32], key=len)
    pipe = case.pipeline()
    alone, together = [pipe(t) for t in texts], pipe(texts, batch_size=64)
    assert any(float(a["score"]) != float(b["score"]) for x, y in zip(alone, together) for a, b in zip(x, y))
    assert [case.tag([t])[0] for t in texts[::8]] == case.tag(texts)[::8]


def not_a_number(case):
    """Weights that are broken give NaN: `null` in JSON, which has no NaN, where Python writes one that few can read."""
    assert "NaN" in json.dumps(float(np.float32("nan")))
    directory = case.path("broken")
    model, _ = common.load(case.trained)
    with torch.no_grad():
        model.classifier.bias[0] = float("nan")
    model.save_pretrained(directory)
    case.tokenizer.save_pretrained(directory)
    done = hf.run([case.nomen, "tag", "--model", directory, "--words", "bert", "--json", "--aggregate", "none",
                   "--all-scores"], input="Bill Gates\n")
    assert "NaN" not in done.stdout and ":null" in done.stdout, done.stdout


def other_models(case):
    """Other kinds than BERT are refused, and named."""
    directory = case.path("distil")
    config = transformers.DistilBertConfig(vocab_size=len(case.tokenizer), dim=16, hidden_dim=16, n_layers=1, n_heads=2)
    transformers.DistilBertForTokenClassification(config).save_pretrained(directory)
    case.tokenizer.save_pretrained(directory)
    done = subprocess.run([case.nomen, "tag", "--model", directory], input="a\n", capture_output=True, text=True)
    assert done.returncode == 1 and "distilbert" in done.stderr, done.stderr


def other_task(case):
    """A classifier of another task has the same name: transformers takes it without a word where it fits."""
    directory = case.path("sequence")
    torch.manual_seed(1)
    other = transformers.BertForSequenceClassification(case.model.config)
    other.save_pretrained(directory)
    case.tokenizer.save_pretrained(directory)
    model = transformers.AutoModelForTokenClassification.from_pretrained(directory)
    assert torch.equal(model.classifier.weight, other.classifier.weight)
    done = subprocess.run([case.nomen, "tag", "--model", directory], input="a\n", capture_output=True, text=True)
    assert done.returncode == 1 and "BertForSequenceClassification" in done.stderr, done.stderr
    # The switch: config.json says that it is one for tokens.
    config = hf.load_json(os.path.join(directory, "config.json"))
    config["architectures"] = ["BertForTokenClassification"]
    case.write("sequence/config.json", json.dumps(config))
    texts = case.texts[:20]
    pipe, answers = common.run_pipeline(model, case.tokenizer, texts)
    got = common.tag(case.nomen, directory, texts, "none")
    assert common.compare(pipe, texts, [a["none"] for a in answers], got, "none", "other task")[1] == 0


def label_order(case):
    """run_ner.py sorts all labels; nomen puts O first. A model that has the labels keeps its order in both."""
    labels = [case.model.config.id2label[i] for i in range(case.model.config.num_labels)]
    found = {tag for _, tags in case.sentences for tag in tags}
    # That model began with these labels, and keeps them; one without a head gets nomen's order.
    assert labels == hf.LABELS
    hf.make_model(case.path("headless"), os.path.join(case.source, "..", "shared", "vocab", "bert-base-cased"),
                  labels=["LABEL_0", "LABEL_1"])
    data = case.path("head.jsonl")  # what the model was trained on
    hf.run([case.nomen, "train", "--model", case.path("headless"), "--train", data, "-o", case.path("fresh"), "--quiet",
            "--epochs", "1", "--learning-rate", "0.001", "--split", "98/1/1"])
    fresh = hf.load_json(os.path.join(case.path("fresh"), "config.json"))["id2label"]
    order = [fresh[str(i)] for i in range(len(fresh))]
    assert set(order) == found and order == ["O"] + sorted(found - {"O"}) and order != sorted(found)
    # The switch: a model that has the labels already, in the order wanted.
    wanted = sorted(found)
    hf.make_model(case.path("sorted"), os.path.join(case.source, "..", "shared", "vocab", "bert-base-cased"), labels=wanted)
    hf.run([case.nomen, "train", "--model", case.path("sorted"), "--train", data, "-o", case.path("kept"), "--quiet",
            "--epochs", "1", "--learning-rate", "0.001", "--split", "98/1/1"])
    kept = hf.load_json(os.path.join(case.path("kept"), "config.json"))["id2label"]
    assert [kept[str(i)] for i in range(len(kept))] == wanted


def recipe_scores(case, sentences, max_length):
    """What run_ner.py's compute_metrics sees of the sentences: gold, and what the model says."""
    gold, predicted = [], []
    for words, tags in sentences:
        encoding = case.tokenizer(words, is_split_into_words=True, truncation=True, max_length=max_length,
                                  return_tensors="pt")
        with torch.no_grad():
            best = case.model(**encoding).logits[0].argmax(-1)
        ids = encoding.word_ids()
        firsts = [i for i, w in enumerate(ids) if w is not None and (i == 0 or ids[i - 1] != w)]
        gold.append([tags[ids[i]] for i in firsts])
        predicted.append([case.model.config.id2label[int(best[i])] for i in firsts])
    return gold, predicted


def evaluate(case, sentences, *options):
    data = case.write("eval.jsonl", "".join(json.dumps({"tokens": w, "ner_tags": t}) + "\n" for w, t in sentences))
    return json.loads(hf.run([case.nomen, "eval", "--model", case.trained, "--json", "--quiet", "--scheme", "iob2",
                              "--replicates", "0", *options, data]).stdout)


def support(tags):
    return int(classification_report(tags, tags, output_dict=True, zero_division=0)["micro avg"]["support"])


def long_sentences(case):
    """run_ner.py cuts sentences off, and the entities behind the cut count neither as gold nor as missed."""
    sentences = [(sum((w for w, _ in case.sentences[i:i + 10]), []), sum((t for _, t in case.sentences[i:i + 10]), []))
                 for i in range(0, 200, 10)]
    gold, _ = recipe_scores(case, sentences, 128)
    truth = support([t for _, t in sentences])
    report = evaluate(case, sentences, "--max-length", "128")
    assert report["support"] == truth and report["words"] == sum(len(w) for w, _ in sentences)
    assert support(gold) < truth
    return "%d of %d gold entities are seen by the recipe" % (support(gold), truth)


def same_scores(case):
    """Where nothing is cut off and each word gives a piece, the recipe's figures are nomen's."""
    sentences = [s for s in common.labelled(case.rows[2000:2400]) if all(case.tokenizer.tokenize(w) for w in s[0])]
    gold, predicted = recipe_scores(case, sentences, 512)
    report = evaluate(case, sentences)
    wanted = classification_report(gold, predicted, output_dict=True, zero_division=0)["micro avg"]
    for key, other in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
        assert abs(report[key] - wanted[other]) < 1e-12, (key, report[key], wanted)


def words_without_pieces(case):
    """A word of control characters alone has no piece: the recipe loses it, nomen says O and counts it."""
    sentences = [(["\x95", "Bill", "Gates"], ["B-per", "B-per", "I-per"])]
    gold, _ = recipe_scores(case, sentences, 512)
    report = evaluate(case, sentences)
    assert support(gold) == 1 and report["support"] == 2 and report["words"] == 3
    answer = case.tag([sentences[0][0]], "--all-scores")[0]
    assert answer["words"][0]["label"] == "O" and answer["words"][0]["scores"]["O"] is None


def loss_of_steps(case):
    """Trainer's loss over several batches a step: BertForTokenClassification takes the count of labels, and does not
    use it, so the batches' means are added up; nomen's is the mean over all labels of the step."""
    forward = inspect.signature(type(case.model).forward).parameters.values()
    assert any(p.kind == inspect.Parameter.VAR_KEYWORD for p in forward)
    inputs = {"input_ids": torch.tensor([[101, 2893, 102]]), "labels": torch.tensor([[-100, 1, -100]])}
    with torch.no_grad():
        assert case.model(**inputs).loss == case.model(**inputs, num_items_in_batch=torch.tensor(1000)).loss


def defaults(case):
    """Hyper-parameters of the same name whose default is another one."""
    theirs = {f.name: f.default for f in dataclasses.fields(transformers.TrainingArguments)}
    ours = hf.load_json(os.path.join(case.trained, "nomen.json"))["options"]
    table = {"learning_rate": (5e-5, None), "num_train_epochs": (3.0, None), "max_grad_norm": (1.0, 1.0),
             "per_device_train_batch_size": (8, 16), "weight_decay": (0.0, 0.01), "adam_beta1": (0.9, 0.9),
             "adam_beta2": (0.999, 0.999), "adam_epsilon": (1e-8, 1e-8), "seed": (42, None),
             "load_best_model_at_end": (False, True), "gradient_accumulation_steps": (1, 1)}
    for name, (hf_value, own) in table.items():
        assert theirs[name] == hf_value, (name, theirs[name])
        key = {"per_device_train_batch_size": "batch-size"}.get(name, name.replace("_", "-"))
        assert own is None or ours[key] == own, (key, ours[key])
    assert theirs["warmup_steps"] == 0 and ours["warmup-ratio"] == 0.1
    assert theirs["lr_scheduler_type"] == ours["lr-scheduler-type"] == "linear"


ROWS = [word, default_strategy, word_unit, given_words, truncation, no_limit, overlap, calibrated, context,
        ignored_labels, company,
        not_a_number, other_models, other_task, label_order, long_sentences, same_scores, words_without_pieces, loss_of_steps, defaults]


def main():
    warnings.simplefilter("ignore")
    nomen, source = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as scratch:
        case = Case(nomen, source, scratch)
        failed = 0
        for row in ROWS:
            try:
                print("%-22s %s" % (row.__name__, row(case) or "as the page says"))
            except AssertionError:
                failed += 1
                print("%-22s FAILED" % row.__name__)
                traceback.print_exc()
    with open(os.path.join(source, "docs", "HUGGINGFACE.md"), encoding="utf-8") as file:
        page = file.read()
    missing = [row.__name__ for row in ROWS if "`%s`" % row.__name__ not in page]
    assert not missing, "docs/HUGGINGFACE.md does not name %s" % missing
    sys.exit(1 if failed else 0)


main()
