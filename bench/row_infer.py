"""Rows of inference: many sentences in batches, and one sentence at a time, in fp32 and int8, beside each engine."""
import os

import numpy

import material
import measure
import peers

# Model: sentences a pass in batches, sentences alone, batch sizes that peers try, pairs, goals by row.
PLANS = {
    "MiniLM-L6": {"batch": 512, "single": 100, "sizes": "8,16,32,64", "pairs": 5,
                  "goals": {("batch", "fp32"): 1.15, ("batch", "int8"): 1.5, ("single", "fp32"): 0.5, ("single", "int8"): 0.5}},
    "BERT-base": {"batch": 96, "single": 40, "sizes": "8,32", "pairs": 3,
                  "goals": {("batch", "fp32"): 1.25, ("batch", "int8"): 1.25, ("single", "fp32"): 0.65, ("single", "int8"): 0.65}},
}
QUICK = {"MiniLM-L6": {"batch": 120, "single": 30, "sizes": "16,32", "pairs": 3},
         "BERT-base": {"batch": 36, "single": 10, "sizes": "32", "pairs": 2}}


class Task:
    """One model and mode: the sentences, nomen's engine, and its fp32 logits to compare with."""

    def __init__(self, suite, model, mode):
        self.suite, self.model, self.mode = suite, model, mode
        plan = dict(PLANS[model], **(QUICK[model] if suite.quick else {}))
        self.pairs, self.sizes = plan["pairs"], plan["sizes"]
        self.goals = plan["goals"]
        self.directory = suite.minilm() if model == "MiniLM-L6" else material.bert_base()
        texts = suite.sentences.texts(plan[mode], 20000)
        name = "%s-%s" % (model, mode)
        self.cache = material.inside("cache", model, "ids.json")
        self.texts = material.write_lines(material.inside("data", name + ".txt"), texts)
        self.ids, self.n_tokens = material.write_ids(material.inside("data", name + ".json"), self.directory, texts)
        if not os.path.exists(self.cache):
            os.link(self.ids, self.cache)
        self.cache = os.path.dirname(self.cache)
        self.reference = None
        self.name = name

    def engine(self, precision):
        return self.suite.engine(self.directory, self.texts, *(["--int8"] if precision == "int8" else []))

    def peer(self, kind, precision):
        more = [self.sizes] if self.mode == "batch" else []
        return self.suite.python("peer_infer.py", kind, self.directory, self.cache, self.ids, precision,
                                 self.suite.threads, *more)

    def logits(self, worker, who):
        path = material.inside("data", "logits-%s" % who)
        worker.ask("logits", path)
        found = numpy.fromfile(path, numpy.float32).reshape(-1, len(material.LABELS))
        os.remove(path)
        return found

    def rounds(self, engine, peer):
        """Paired figures: tokens a second, or the median milliseconds; and all milliseconds of each."""
        if self.mode == "batch":
            turn = lambda worker: self.n_tokens / worker.ask("batch")["seconds"]
            return measure.alternate(self.pairs, lambda: turn(engine), lambda: turn(peer)), {}
        seen = ([], [])

        def turn_alone(worker, into):
            times = worker.ask("single")["milliseconds"]
            into.extend(times)
            return measure.percentile(times, 0.5)
        pairs = measure.alternate(self.pairs, lambda: turn_alone(engine, seen[0]), lambda: turn_alone(peer, seen[1]))
        return pairs, {"p99": {"nomen": measure.percentile(seen[0], 0.99), "theirs": measure.percentile(seen[1], 0.99)}}

    def agreement(self, found, precision):
        """How far logits are from nomen's fp32 logits."""
        far = float(numpy.abs(found - self.reference).max() / numpy.abs(self.reference).max())
        same = float((found.argmax(1) == self.reference.argmax(1)).mean())
        answer = {"logits_difference": far, "same_labels": same}
        if precision == "fp32":
            answer["agrees"] = far <= 1e-4
        return answer

    def compare(self, precision):
        work = "%s, %s, %s" % ("batch inference" if self.mode == "batch" else "one sentence, p50", self.model, precision)
        unit, more = ("tokens/s", True) if self.mode == "batch" else ("ms", False)
        rows, goal = [], self.goals[self.mode, precision]
        with self.engine(precision) as engine:
            ours = self.logits(engine, "nomen")
            if precision == "fp32":
                self.reference = ours
            for kind in peers.ENGINES:
                try:
                    with self.peer(kind, precision) as peer:
                        theirs = self.agreement(self.logits(peer, kind), precision)
                        pairs, extra = self.rounds(engine, peer)
                        if precision == "int8":
                            extra["nomen_same_labels"] = self.agreement(ours, precision)["same_labels"]
                        rows.append(measure.compare(work, unit, pairs, peer.ready["name"], goal,
                                                    more, setting=peer.ready, **theirs, **extra))
                        self.suite.tell(rows[-1])
                except measure.Failed as failure:
                    rows.append(dict(measure.skipped(work, "%s failed: %s" % (kind, failure)), failed=True))
        compared = [row for row in rows if "ratio" in row]
        measure.only_best_has_goal(compared, more)
        return rows

    def run(self):
        return self.compare("fp32") + self.compare("int8")


def batch(suite):
    return [row for model in PLANS for row in Task(suite, model, "batch").run()]


def single(suite):
    return [row for model in PLANS for row in Task(suite, model, "single").run()]
