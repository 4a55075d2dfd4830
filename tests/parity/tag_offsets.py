"""`nomen tag` from outside, on every kind of text and byte: offsets in the three units, `word`, words and columns.

usage: tag_offsets.py NOMEN TINY_MODEL

Random texts of what goes wrong (line breaks of every kind, byte order marks, NULs, right-to-left and combining
characters, astral ones, ill-formed UTF-8, words with white space in them) are given in each form of input, and Python
says from the very bytes what each answer has to be: "text" is the bytes as Python decodes them, and "word" the part
of them between "start" and "end", whichever unit these count. Entities are the same whatever the unit, the form of
input and the company. More with NOMEN_LONG=1.
"""
import codecs
import json
import os
import random
import subprocess
import sys
import tempfile

N_ROUNDS = 40 if os.environ.get("NOMEN_LONG") == "1" else 4
N_TEXTS = 250
UNITS = ["codepoint", "byte", "utf16"]
STRATEGIES = ["none", "simple", "first", "average", "max"]

# Names that the tiny model knows, so that there are entities around and across what is odd.
NAMES = ["Bill", "Gates", "Anna", "Smith", "John", "Lee", "London", "Paris", "New", "York", "San", "Francisco",
         "Acme", "Inc", "United", "Nations", "Microsoft", "the", "city", "of", "BILL", "GATES", "café", "中国"]
ODD = ["\r\n", "\r", "\n", "\t", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\0", "\x01", "\x1b[1m", "\x7f",
       "\x9f", "\ufeff", "\u200b", "\u200d", "\u00ad", "\u00a0", "\u3000", "\u202e", "\u200f", "\u2066", "e\u0301",
       "\u0301", "\u20dd", "\u0645\u0631", "\u05e9\u05c1", "\U0001f600", "\U0001f468\u200d\U0001f469", "\U00010348",
       "\U0010ffff", "\uffff", "\ufffd", "\u0130", "\ufb01", "\u1e9e", "-", "'", ".", ",", "(", "\"", "\\", "<", "&",
       "[SEP]", "[UNK]", "[MASK]", "q" * 110]
BAD = [b"\x80", b"\xbf", b"\xc0\xaf", b"\xc3", b"\xe0\x80", b"\xe6\x9d", b"\xed\xa0\x80", b"\xed\xb8\x80",
       b"\xf0\x90", b"\xf0\x9f\x98", b"\xf4\x90\x80\x80", b"\xff", b"\xfe"]

MARK = b"\xef\xbb\xbf"


def random_text(rng, bad):
    parts = []
    for _ in range(rng.choice([0, 1, 2, 5, 12, 30, 90])):
        r = rng.random()
        if bad and r < 0.15:
            parts.append(rng.choice(BAD))
        else:
            parts.append(rng.choice(NAMES if r < 0.6 else ODD).encode("utf-8"))
        parts.append(rng.choice([b"", b" ", b" ", b"  "]))
    return b"".join(parts)


def borders(data):
    """What Python reads in the bytes, and where each character begins, and the end."""
    bad, found, at = {}, [], 0

    def mark(error):
        bad[error.start] = error.end
        return "\ufffd", error.end

    codecs.register_error("mark", mark)
    text = data.decode("utf-8", "mark")
    for c in text:
        found.append(at)
        at = bad[at] if at in bad else at + len(c.encode("utf-8"))
    assert at == len(data) and text == data.decode("utf-8", "replace")
    return text, found + [at]


class Truth:
    """A text as Python sees it."""

    def __init__(self, data):
        self.data = data
        self.text, self.bytes = borders(data)
        self.utf16 = [0]
        for c in self.text:
            self.utf16.append(self.utf16[-1] + (2 if ord(c) > 0xffff else 1))

    def place(self, position, unit):
        return position if unit == "codepoint" else self.bytes[position] if unit == "byte" else self.utf16[position]

    def position(self, place, unit):
        return place if unit == "codepoint" else (self.bytes if unit == "byte" else self.utf16).index(place)


def tag(nomen, model, data, *options):
    done = subprocess.run([nomen, "tag", "--model", model, "--quiet", *options], input=data, capture_output=True)
    assert done.returncode == 0, (done.returncode, done.stderr, options)
    return done.stdout.decode("utf-8")


def answers(nomen, model, data, *options):
    lines = tag(nomen, model, data, "--json", *options).split("\n")
    assert lines.pop() == ""
    return [json.loads(line) for line in lines]


def check(truth, answer, unit):
    """One answer against the text's bytes; returns its entities with offsets in code points."""
    assert answer["text"] == truth.text, (answer["text"], truth.data)
    found, end = [], 0
    for entity in answer["entities"]:
        start, stop = (truth.position(entity[key], unit) for key in ("start", "end"))
        assert end <= start < stop, (truth.data, entity)
        assert entity["word"] == truth.text[start:stop], (truth.data, entity)
        end = stop
        found.append({**entity, "start": start, "end": stop})
    return found


def check_words(truth, answer, unit, given):
    """The list of words: in order, none reaching into another; those that were given where there were any."""
    places = [tuple(truth.position(word[key], unit) for key in ("start", "end")) for word in answer["words"]]
    assert all(a <= b for a, b in places) and all(a[1] <= b[0] for a, b in zip(places, places[1:])), (truth.data, places)
    if given is not None:
        assert [truth.text[a:b] for a, b in places] == given, (truth.data, places, given)


def in_every_unit(nomen, model, data, truths, options, given=None):
    """Tags in each unit; returns the entities, which must be the same in all."""
    first = None
    for unit in UNITS:
        got = answers(nomen, model, data, "--offsets", unit, "--all-scores", *options)
        assert len(got) == len(truths), (len(got), len(truths))
        entities = [check(t, a, unit) for t, a in zip(truths, got)]
        for i, (t, a) in enumerate(zip(truths, got)):
            check_words(t, a, unit, given[i] if given is not None else None)
        assert first is None or entities == first
        first = entities
    return first


def as_line(data):
    """A text that a line can hold."""
    return data.replace(b"\n", b"").rstrip(b"\r")


def lines_and_files(nomen, model, texts, options, directory, rng):
    """A text a line, with either line end, and a file a text; a mark of byte order in front is no part of either."""
    mark, end = rng.choice([b"", MARK]), rng.choice([b"\n", b"\r\n"])
    texts = [texts[0].replace(MARK, b"")] + texts[1:]
    lines = [Truth(as_line(t)) for t in texts]
    entities = in_every_unit(nomen, model, mark + end.join(t.data for t in lines) + end, lines, options)
    paths, truths = [], [Truth(t.removeprefix(MARK)) for t in texts[:30]]
    for i, truth in enumerate(truths):
        paths.append(os.path.join(directory, "text%d" % i))
        with open(paths[-1], "wb") as file:
            # Without a mark of our own, one that the text begins with is taken for it.
            file.write((MARK if truth.data.startswith(MARK) else mark) + truth.data)
    whole = in_every_unit(nomen, model, b"", truths, [*options, "--input", "file", *paths])
    alone = answers(nomen, model, mark + truths[3].data, *options, "--input", "file", "-")
    assert alone[0]["entities"] == whole[3], "a text among others has other entities"
    return sum(map(len, entities)) + sum(map(len, whole))


def json_texts(nomen, model, texts, options):
    """Well-formed texts of any characters, NUL and line breaks too, as JSON with and without escapes."""
    truths = [Truth(t) for t in texts]
    first = None
    for ascii_only in (True, False):
        data = "".join(json.dumps({"text": t.text}, ensure_ascii=ascii_only) + "\n" for t in truths).encode("utf-8")
        entities = in_every_unit(nomen, model, data, truths, [*options, "--input", "jsonl"])
        assert first is None or entities == first
        first = entities
    again = tag(nomen, model, data, *options, "--json", "--input", "jsonl")
    assert tag(nomen, model, again.encode("utf-8"), *options, "--json", "--input", "jsonl") == again
    return sum(map(len, first))


def given_words(nomen, model, texts, rng):
    """Words that were given, with white space in them or nothing at all: the text is the words with spaces between."""
    n = 0
    given = []
    for text in texts:
        words, at = [], 0
        while at < len(text):
            step = rng.choice([0, 1, 2, 3, 6, 9])
            words.append(text[at:at + step])
            at += step
        given.append(words)
    truths = [Truth(" ".join(words).encode("utf-8")) for words in given]
    data = "".join(json.dumps({"tokens": words}) + "\n" for words in given).encode("utf-8")
    for strategy in STRATEGIES:
        n += sum(map(len, in_every_unit(nomen, model, data, truths, ["--input", "jsonl", "--aggregate", strategy], given)))
    return n


def columns(nomen, model, texts):
    """Words in columns: what is in the first one comes back, label behind it, whatever its characters."""
    given = []
    for text in texts:
        words = [w for w in text.replace("\r\n", "\n").replace("\t", " ").replace("\n", " ").split(" ") if w.strip("\r")]
        if words and words != ["-DOCSTART-"]:
            given.append([word.strip("\r").removeprefix("\ufeff") or "x" for word in words])
    data = "".join("".join("%s\tsomething O\n" % w for w in words) + "\n" for words in given).encode("utf-8")
    truths = [Truth(" ".join(words).encode("utf-8")) for words in given]
    n = sum(map(len, in_every_unit(nomen, model, data, truths, ["--input", "conll"], given)))
    blocks = tag(nomen, model, data, "--input", "conll", "--format", "conll").split("\n\n")
    assert blocks.pop() == "" and len(blocks) == len(given)
    for block, words in zip(blocks, given):
        got = [line.split("\t")[0] for line in block.split("\n")]
        assert got == [w.replace("\0", "\ufffd").replace("\r", "\ufffd") for w in words], (got, words)
    return n


def refused(nomen, model):
    """JSON that no text is: an error with its line, and the texts before it tagged."""
    for bad in (b'{"text":"\\ud83d"}', b'{"text":"\\ude00\\ud83d"}', b'{"text":"\xff"}', b'{"text":"a', b'{"text":3}', b"[]", b"",
                b'{"tokens":["a",null]}', b'{"text":"a\x01"}', b'{"tokens":"a"}', b"\xef\xbb\xbf"):
        done = subprocess.run([nomen, "tag", "--model", model, "--input", "jsonl", "--json"], capture_output=True,
                              input=b'{"text":"Bill Gates"}\n' + bad + b"\n")
        assert done.returncode == 1 and b"standard input:2" in done.stderr, (bad, done.returncode, done.stderr)


def main():
    nomen, tiny = sys.argv[1:3]
    rng, n = random.Random(8), 0
    with tempfile.TemporaryDirectory() as directory:
        model = os.path.join(directory, "model")
        subprocess.run([tiny, model], check=True)
        refused(nomen, model)
        for turn in range(N_ROUNDS):
            any_bytes = [random_text(rng, True) for _ in range(N_TEXTS)]
            texts = [random_text(rng, False) for _ in range(N_TEXTS)]
            for words in ("bert", "whitespace"):
                options = ["--words", words, "--aggregate", STRATEGIES[(turn + len(words)) % 5]]
                n += lines_and_files(nomen, model, any_bytes, options, directory, rng)
                n += json_texts(nomen, model, texts, options)
            n += given_words(nomen, model, [t.decode("utf-8") for t in texts], rng)
            n += columns(nomen, model, [t.decode("utf-8") for t in texts])
    assert n > 1000 * N_ROUNDS, n
    print("%d rounds of %d texts: %d entities, each where it says in three units" % (N_ROUNDS, N_TEXTS, n))


main()
