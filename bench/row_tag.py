"""Rows of whole programs: text to entities beside pipeline("ner"), and from start to the first answer."""
import json
import os
import sys

import material
import measure


def entities(output):
    """Entities of each text as (start, end, type)."""
    return [[(e["start"], e["end"], e["entity_group"]) for e in json.loads(line)["entities"]]
            for line in output.decode("utf-8").splitlines()]


def differences(ours, theirs):
    """Entities that only one side has, in all texts."""
    if len(ours) != len(theirs):
        raise measure.Failed("%d texts answered by nomen, %d by the pipeline" % (len(ours), len(theirs)))
    return sum(len(set(a) ^ set(b)) for a, b in zip(ours, theirs))


class Programs:
    """Both programs over one file."""

    def __init__(self, suite, path):
        self.suite, self.path = suite, path
        self.directory = suite.minilm()

    def nomen(self, *options):
        return measure.run([self.suite.nomen, "tag", "--model", self.directory, "--json", "--words", "bert",
                            "--threads", self.suite.threads, *options, self.path], self.suite.environment)

    def pipeline(self):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer_pipeline.py")
        return measure.run([sys.executable, script, self.directory, self.path], self.suite.environment)


KINDS = (("fp32", ()), ("int8", ("--int8",)))  # precision, options


def whole(suite, n, pairs):
    """Sentences a second of the whole process, peak RSS, and whether the entities are the same."""
    programs = Programs(suite, material.write_lines(material.inside("data", "tag.txt"), suite.sentences.texts(n, 30000)))
    runs = []  # nomen and the pipeline by turns; the pipeline's run serves all of nomen's precisions
    for _ in range(pairs):
        ours = [programs.nomen(*options) for _, options in KINDS]
        runs.append((ours, programs.pipeline()))
    for i, (precision, _) in enumerate(KINDS):
        pairs_of = [(n / ours[i][1], n / theirs[1]) for ours, theirs in runs]
        expected, found = entities(runs[0][1][3]), entities(runs[0][0][i][3])
        differ = differences(found, expected)
        note = "%d of %d entities differ; peak RSS %.0f / %.0f MiB" % (
            differ, sum(map(len, expected)), max(ours[i][2] for ours, _ in runs) / 2**20, max(t[2] for _, t in runs) / 2**20)
        row = measure.compare("text to entities, %d sentences, MiniLM-L6, %s" % (n, precision), "sentences/s", pairs_of,
                              'pipeline("ner")', suite.goal("tag", precision), note=note)
        if precision == "fp32":
            row["agrees"] = differ == 0
        yield row


def first_answer(suite, pairs):
    path = material.write_lines(material.inside("data", "one.txt"), suite.sentences.texts(1, 30000))
    programs = Programs(suite, path)
    for precision, options in KINDS:
        programs.nomen(*options)
        runs = measure.alternate(pairs, lambda: programs.nomen(*options)[0], lambda: programs.pipeline()[0])
        row = measure.compare("start to first entity, MiniLM-L6, %s" % precision, "s", runs, 'pipeline("ner")',
                              suite.goal("first over pipeline"), False)
        yield row
        yield measure.value("start to first entity, MiniLM-L6, %s: the time alone" % precision, "s", row["nomen"],
                            suite.goal("first", precision))


def rows(suite):
    found = []
    for row in whole(suite, *((400, 1) if suite.quick else (2000, 3))):
        found.append(row)
        suite.tell(row)
    for row in first_answer(suite, 1 if suite.quick else 3):
        found.append(row)
        suite.tell(row)
    return found
