"""Scores of files of tags in each scheme, as `nomen eval --predictions P GOLD` gives them, against the references' own code.

usage: metrics_files.py NOMEN

Gold in IOB1, IOB2, IOE1, IOE2, IOBES and BILOU; predictions that are the gold with some tags replaced by any of the
scheme's letters, so that many are illegal: stray I-, ends without a beginning. The scheme of both is found by nomen. The
same with tags at random in both and the scheme stated. Files are of any format that holds words with tags. Scored are the
tags as they stand: seqeval (default mode, strict modes), nervaluate, conlleval (of B, I and O), counts equal and ratios to 1e-12. A type
"_", which is seqeval's of O, has it list entities that overlap, and is left out. Where NOMEN_CONLLEVAL names the Perl script
(see metrics_others.py), `--format conlleval` has to print what that prints, byte for byte, whatever the scheme.
"""
import json
import os
import random
import subprocess
import sys
import tempfile
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from metrics_common import TYPES, compare, mixed
from metrics_others import SCHEMES, by_conlleval, by_nervaluate, lines, strict
from metrics_seqeval import expected

ROUNDS = 10 if os.environ.get("NOMEN_LONG") == "1" else 1
N_SENTENCES = 200
LETTERS = {"IOB1": "BI", "IOB2": "BI", "IOE1": "IE", "IOE2": "IE", "IOBES": "BIES", "BILOU": "BILU"}


def entities(rng, types, n):
    """(type, first, end) side by side, some without a word between."""
    found, at = [], 0
    while at < n:
        at += rng.choice([0, 0, 1, 3])
        length = rng.choice([1, 1, 2, 3])
        if at + length > n:
            break
        found.append((rng.choice(types), at, at + length))
        at += length
    return found


def encode(found, n, scheme):
    tags = ["O"] * n
    for i, (kind, first, end) in enumerate(found):
        after = i > 0 and found[i - 1][0] == kind and found[i - 1][2] == first
        before = i + 1 < len(found) and found[i + 1][0] == kind and found[i + 1][1] == end
        for w in range(first, end):
            letter = "I"
            if scheme in ("IOBES", "BILOU"):
                single, last = ("S", "E") if scheme == "IOBES" else ("U", "L")
                letter = single if end - first == 1 else "B" if w == first else last if w == end - 1 else "I"
            elif w == first and (scheme == "IOB2" or (scheme == "IOB1" and after)):
                letter = "B"
            elif w == end - 1 and (scheme == "IOE2" or (scheme == "IOE1" and before)):
                letter = "E"
            tags[w] = letter + "-" + kind
    return tags


def noisy(rng, tags, types, letters, share):
    return [mixed(rng, types, 1, letters)[0] if rng.random() < share else tag for tag in tags]


def write(rng, path, sentences):
    form = rng.choice(["conll", "columns", "hf", "csv", "long-csv"])
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write({"csv": "text,labels\n", "long-csv": "Sentence #,Word,POS,Tag\n"}.get(form, ""))
        for i, tags in enumerate(sentences):
            words = ["w%d" % w for w in range(len(tags))]
            if form == "conll":
                file.write("".join("%s\t%s\n" % pair for pair in zip(words, tags)) + "\n")
            elif form == "columns":
                file.write("".join("%s NN _ %s\n" % pair for pair in zip(words, tags)) + "\n")
            elif form == "hf":
                file.write(json.dumps({"tokens": words, "ner_tags": tags}) + "\n")
            elif form == "csv":
                file.write("%s,%s\n" % (" ".join(words), " ".join(tags)))
            else:
                file.writelines("%s,%s,,%s\n" % ("" if w else "Sentence: %d" % (i + 1), word, tag)
                                for w, (word, tag) in enumerate(zip(words, tags)))


def run(nomen, *arguments):
    done = subprocess.run([nomen, "eval", "--quiet", "--replicates", "0", *arguments], capture_output=True, text=True,
                          encoding="utf-8")
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


def by_script(gold, predicted):
    return subprocess.run(["perl", os.environ["NOMEN_CONLLEVAL"]], input="\n".join(lines(gold, predicted)) + "\n",
                          capture_output=True, text=True, encoding="utf-8", check=True).stdout


def check(nomen, rng, folder, name, gold, predicted, *options):
    paths = [os.path.join(folder, part) for part in ("predicted", "gold")]
    write(rng, paths[0], predicted)
    write(rng, paths[1], gold)
    got = json.loads(run(nomen, "--json", *options, "--predictions", *paths))
    largest = compare(name, expected(gold, predicted), got)
    n_strict = 0
    for scheme, rules in SCHEMES.items():
        want = strict(gold, predicted, rules)
        if want is None:
            assert "not_in_scheme" in got["strict"][scheme], (name, scheme)
        else:
            largest = max(largest, compare(name + " strict " + scheme, want, got["strict"][scheme]))
            n_strict += 1
    assert n_strict > 0, "no scheme takes the tags"
    largest = max(largest, compare(name + " nervaluate", by_nervaluate(gold, predicted), got["nervaluate"]))
    if all(tag[0] in "OBI" for tags in gold + predicted for tag in tags):
        largest = max(largest, compare(name + " conlleval", by_conlleval(gold, predicted), got["conlleval"]))
    if "NOMEN_CONLLEVAL" in os.environ:
        printed = run(nomen, "--format", "conlleval", *options, "--predictions", *paths)
        assert printed == by_script(gold, predicted), (name, gold, predicted, printed)
    return largest


def main():
    warnings.simplefilter("ignore")
    nomen, rng = sys.argv[1], random.Random(20261125)
    largest, n = 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(ROUNDS):
            for scheme, letters in LETTERS.items():
                types = [t for t in TYPES[rng.choice(["few", "hyphens", "unicode"])] if t != "_"]
                lengths = [rng.randint(1, 14) for _ in range(N_SENTENCES)]
                gold = [encode(entities(rng, types, m), m, scheme) for m in lengths]
                predicted = [noisy(rng, tags, types, letters, rng.choice([0, 0.1, 0.2])) for tags in gold]
                largest = max(largest, check(nomen, rng, folder, scheme + " found", gold, predicted))
                wild = [[mixed(rng, types, m, letters) for m in lengths] for _ in range(2)]
                largest = max(largest, check(nomen, rng, folder, scheme + " stated", *wild, "--scheme", scheme.lower()))
                n += 2 * N_SENTENCES
            # A tagger of IOB2 that never says B- where I- would do: its file alone would be IOB1.
            lengths = [rng.randint(1, 14) for _ in range(N_SENTENCES)]
            found = [entities(rng, TYPES["few"], m) for m in lengths]
            both = [[encode(e, m, scheme) for e, m in zip(found, lengths)] for scheme in ("IOB2", "IOB1")]
            largest = max(largest, check(nomen, rng, folder, "IOB2 with I- alone", *both))
            n += N_SENTENCES
    print("%d sentences in %d files of six schemes; largest difference %.1e" % (n, 13 * ROUNDS, largest))


main()
