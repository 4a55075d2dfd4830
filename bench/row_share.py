"""Rows of shares: how near nomen is to what the machine can do, measured right before and after each pass."""
import json
import os

import goals
import material
import measure

# Model: passes that must count, sentences of a batch.
PLANS = {"MiniLM-L6": {"passes": 40, "batch": 512}, "BERT-base": {"passes": goals.LEAST_PASSES, "batch": 96}}
QUICK = {"MiniLM-L6": {"passes": 3, "batch": 120}, "BERT-base": {"passes": 1, "batch": 36}}
DIFFER = 0.05  # that the two rates beside a pass may, as in src/speed/probe.c


def bench(suite, directory, path, n_passes):
    """Stages that `nomen bench` measures on the sentences of a file, by name."""
    said = measure.run([suite.nomen, "bench", "--model", directory, "--input", path, "--lengths", "none", "--seconds", 1,
                        "--passes", n_passes, "--threads", suite.threads, "--json"], suite.environment)[3]
    return {stage["stage"]: stage for stage in json.loads(said)["stages"]}


def passes(stage):
    return "%d passes, %d left out" % (stage["share_passes"], stage["share_passes_dropped"])


def train_share(suite, model, directory, plan):
    """The share of the FMA rate in a step of training, on the first sentences of GMB."""
    path = material.write_lines(material.inside("data", "share.txt"), suite.sentences.texts(64, 10000))
    stages = bench(suite, directory, path, plan["passes"])
    step = stages["train step"]
    note = "of %.0f GFLOP/s; forward %.1f, backward %.1f %%; %s" % (
        step["peak_gflops"], 100 * stages["train forward"]["share_of_peak"], 100 * stages["backward"]["share_of_peak"], passes(step))
    yield share("train share, %s, AdamW, 32 sentences" % model, step["share_of_peak"],
                suite.goal("train share", model), note, step["share_passes"])
    batch = stages["forward batch"]
    yield share("forward batch share, %s, fp32" % model, batch["share_of_peak"], None, passes(batch), batch["share_passes"])


def share(work, found, goal, note, kept):
    row = measure.value(work, "%", 100 * found, None if goal is None else 100 * goal, True, note=note)
    if kept < goals.LEAST_PASSES:  # too few to judge by
        row.update(met=None, note=note + "; fewer than %d: not judged" % goals.LEAST_PASSES)
    return row


def operations(directory, n_tokens):
    """Of a forward's dense layers over so many tokens; a product and its sum are two."""
    with open(os.path.join(directory, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    return 2 * config["num_hidden_layers"] * n_tokens * (4 * hidden * hidden + 2 * hidden * inner)


def int8_share(suite, model, directory, plan):
    """The rate of a batch's products over that of their kernel in the nearest cache."""
    texts = suite.sentences.texts(plan["batch"], 20000)
    path = material.write_lines(material.inside("data", "share-int8.txt"), texts)
    _, n_tokens = material.write_ids(material.inside("data", "share-int8.json"), directory, texts)
    work = operations(directory, n_tokens) * 1e-9
    kept, n_left_out, rates = [], 0, []
    with suite.engine(directory, path, "--int8") as engine:
        engine.ask("batch")
        after = engine.ask("level1")["gops"]
        for _ in range(5 * plan["passes"]):
            before, seconds = after, engine.ask("batch")["seconds"]
            after = engine.ask("level1")["gops"]
            if abs(after - before) > DIFFER * max(after, before):
                n_left_out += 1
                continue
            rates.append((before + after) / 2)
            kept.append(work / seconds / rates[-1])
            if len(kept) == plan["passes"]:
                break
    name = "int8 batch share of the kernel's rate in the nearest cache, %s" % model
    if not kept:
        return measure.skipped(name, "the rate never was the same before and after a pass")
    note = "%s, of %.0f GOP/s; %d passes, %d left out" % (suite.kernels["int8_isa"], measure.percentile(rates, 0.5), len(kept), n_left_out)
    return share(name, measure.percentile(kept, 0.5), suite.goal("int8 share", model), note, len(kept))


def rows(suite):
    found = []
    for model in PLANS:
        plan = (QUICK if suite.quick else PLANS)[model]
        directory = suite.minilm() if model == "MiniLM-L6" else material.bert_base()
        for row in (*train_share(suite, model, directory, plan), int8_share(suite, model, directory, plan)):
            suite.tell(row)
            found.append(row)
    return found
