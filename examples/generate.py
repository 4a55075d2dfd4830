#!/usr/bin/env python3
"""Writes train.csv, dev.csv and test.csv from the templates and names in source/.

The corpus is nomen's own writing: sentences in the manner of the Groningen Meaning Bank, tagged with
its eight types in IOB2. Dev and test are built from templates and names that train does not have, so
that scores on them tell how far the model generalises. (Week days and months are the exception.)

    generate.py            write the files beside this script
    generate.py --check    exit with 1 where the files there differ from what would be written

The output depends on source/ alone: the random numbers are made here, not by Python's library.
"""
import csv
import io
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
PARTS = {"train": 1296, "dev": 196, "test": 200}
TYPES = ["art", "eve", "geo", "gpe", "nat", "org", "per", "tim"]


class Random:
    """SplitMix64 (Steele, Lea, Flood 2014)."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        mask = (1 << 64) - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return ((z ^ (z >> 31)) * n) >> 64

    def choice(self, items):
        return items[self.below(len(items))]

    def shuffled(self, items):
        items = list(items)
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items


def lines_of(name):
    for number, line in enumerate((HERE / "source" / name).read_text(encoding="utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            yield number, line


def read_names():
    """{kind: {part: [name]}}"""
    names = {}
    for number, line in lines_of("names.txt"):
        if line.startswith("["):
            part_lists = names.setdefault(line.strip("[]"), {})
            continue
        part, _, rest = line.partition(": ")
        if part not in PARTS or not rest:
            raise SystemExit(f"names.txt:{number}: expected 'train: a; b', 'dev: ...' or 'test: ...'")
        part_lists[part] = rest.split("; ")
    return names


class Writer:
    """Fills templates with the names of one part."""

    def __init__(self, part, names, seed):
        self.part = part
        self.names = {kind: lists[part] for kind, lists in names.items()}
        self.random = Random(seed)
        self.bags = {}

    def draw(self, kind):
        """Names come from a shuffled bag, so that each is used before one comes again."""
        bag = self.bags.get(kind)
        if not bag:
            bag = self.bags[kind] = self.random.shuffled(self.names[kind])
        return bag.pop()

    def person(self):
        middle = f" {'ABCDEFGHJKLMPRSTW'[self.random.below(17)]}." if self.random.below(10) == 0 else ""
        return f"{self.draw('per.first')}{middle} {self.draw('per.last')}"

    def date(self):
        form = self.random.below(4)
        month = self.draw("tim.month")
        if form == 0:
            return f"{month} {self.draw('tim.year')}"
        return f"{month} {1 + self.random.below(28)}"

    def when(self):
        """(plain words before it, the time)"""
        form = self.random.below(10)
        if form < 3:
            return "on", self.draw("tim.day")
        if form < 5:
            return "", self.draw("tim.day")
        if form < 7:
            return "in", self.draw("tim.year")
        if form < 8:
            return "in", self.draw("tim.month")
        return "on", self.date()

    def number(self, kind):
        if kind == "few":
            return self.random.choice(["two", "three", "four", "seven", "12", "10", "15", "6"])
        if kind == "age":
            return str(61 + self.random.below(36))
        if kind == "hour":
            return str(1 + self.random.below(12))
        if kind == "percent":
            return f"{self.random.below(20)}.{1 + self.random.below(9)}"
        form = self.random.below(4)
        if form == 0:
            return self.random.choice(["two", "three", "four", "seven", "ten", "twelve", "forty", "eighty"])
        if form == 1:
            return f"{1 + self.random.below(90)},{self.random.below(10)}00"
        return str(2 + self.random.below(97))

    def slot(self, kind):
        """[(words, type or None)]"""
        if kind in ("num", "few", "age", "hour", "percent"):
            return [(self.number(kind), None)]
        if kind == "when":
            before, time = self.when()
            return [(before, None), (time, "tim")]
        if kind == "geo":
            kind = self.random.choice(["geo.city", "geo.city", "geo.country"])
        if kind == "per.known":  # real people, only where a template says nothing bad of them
            kind = self.random.choice(["per", "per.full"])
        if kind == "per":
            return [(self.person(), "per")]
        if kind == "tim.date":
            return [(self.date(), "tim")]
        if kind == "tim.clock":
            return [(self.random.choice(["a.m.", "p.m."]), "tim")]
        name = self.draw(kind)
        if name.startswith("the "):
            return [("the", None), (name[4:], kind[:3])]
        return [(name, kind[:3])]

    def sentence(self, template):
        template = re.sub(r"\(([^)]*\|[^)]*)\)", lambda m: self.random.choice(m[1].split("|")), template)
        words, tags, before = [], [], None
        for token in template.split(" "):
            slot = re.fullmatch(r"\{([a-z.]+)\}", token)
            for text, kind in self.slot(slot[1]) if slot else [(token, None)]:
                for i, word in enumerate(text.split()):
                    # A title, or the hour before a.m., and the name behind it are one entity.
                    joined = i > 0 or (slot and before == "per.title" and kind == "per")
                    if words and words[-1] in ("a", "A") and slot and word[0] in "AEIO":
                        words[-1] += "n"
                    words.append(word)
                    tags.append("O" if kind is None else ("I-" if joined else "B-") + kind)
            before = slot[1] if slot else None
        words[0] = words[0][0].upper() + words[0][1:]
        return " ".join(words), " ".join(tags)


def sentences(part, names, seed, avoid):
    """PARTS[part] different sentences, going round the templates in shuffled order."""
    templates = [line for _, line in lines_of(part + ".txt")]
    writer = Writer(part, names, seed)
    rows, seen = [], set(avoid)
    plain = [t for t in templates if not re.search(r"[{|]", t)]
    while len(rows) < PARTS[part]:
        before = len(rows)
        for template in writer.random.shuffled(templates):
            row = writer.sentence(template)
            if row[0] not in seen and len(rows) < PARTS[part]:
                seen.add(row[0])
                rows.append(row)
        if len(rows) == before:
            raise SystemExit(f"{part}.txt can't give {PARTS[part]} different sentences")
    assert len(plain) < len(templates) // 8, "too many sentences without names"
    return rows


def entities(rows):
    """{(type, words)} without times, which all parts share"""
    found = set()
    for text, tags in rows:
        current = []
        for word, tag in list(zip(text.split(" "), tags.split(" "))) + [("", "O")]:
            if current and not tag.startswith("I-"):
                found.add((current[0], " ".join(current[1:])))
                current = []
            if tag != "O":
                current = current + [word] if current else [tag[2:], word]
    return {e for e in found if e[0] != "tim"}


def corpus():
    names = read_names()
    made, texts, templates = {}, set(), {}
    for seed, part in enumerate(PARTS, 2024):
        made[part] = sentences(part, names, seed, texts)
        texts |= {text for text, _ in made[part]}
        templates[part] = {line for _, line in lines_of(part + ".txt")}
        labels = {tag for _, tags in made[part] for tag in tags.split(" ")}
        wanted = {"O"} | {prefix + kind for prefix in ("B-", "I-") for kind in TYPES}
        assert labels == wanted, f"{part}: labels {sorted(labels ^ wanted)}"
        for text, tags in made[part]:
            assert len(text.split(" ")) == len(tags.split(" ")), text
    for part in ("dev", "test"):
        assert not templates["train"] & templates[part], f"{part}: a template of train"
        shared = entities(made["train"]) & entities(made[part])
        assert not shared, f"{part}: names of train: {sorted(shared)}"
    for word in ("Bill", "Gates", "Microsoft"):  # the demo's sentence is no training data
        assert not any(word in text.split(" ") for text in texts), word
    return made


def as_csv(rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["text", "labels"])
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")


def main(arguments):
    if arguments not in ([], ["--check"]):
        raise SystemExit(__doc__)
    different = False
    for part, rows in corpus().items():
        path, wanted = HERE / f"{part}.csv", as_csv(rows)
        if not arguments:
            path.write_bytes(wanted)
        elif not path.exists() or path.read_bytes() != wanted:
            print(f"{path.name} is not what generate.py writes: run examples/generate.py and commit the result")
            different = True
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
