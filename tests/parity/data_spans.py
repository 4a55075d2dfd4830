"""Spans of exports as nomen reads them, against plain Python slices of the same texts.

Usage: data_spans.py NOMEN
Random texts of emoji, CRLF, combining marks and right-to-left scripts, written as spaCy, doccano and Label Studio export them,
and as JSONL under each name of a key. What `nomen convert --to jsonl` gives must have the same texts, and spans whose slices
are the words that were marked. NOMEN_LONG=1 draws ten times as many.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

nomen = sys.argv[1]
n_texts = 3000 if os.environ.get("NOMEN_LONG") == "1" else 300
draw = random.Random(20)

# Words of one script each, with what makes offsets go wrong. Each gets a number, so that no two words are alike and a
# slice that is off by one can't be right by chance.
WORDS = [
    "Mara", "Åbo", "naïve", "e\u0301te\u0301", "Z\u0336a\u0336l\u0336g", "Ω̈mega", "मीरा", "रतनपुर", "ลิขิต", "ქალაქი",
    "ליאת", "שָׁלוֹם", "وادي", "سَامِي", "陈雨", "北浜", "한별", "😀", "👩‍🚀", "🇫🇮", "👨🏻‍🚒", "❤️", "𝔊othic", "𠜎𠜱",
    "x\u200dy", "\u202brtl\u202c",
]
BETWEEN = [" ", " ", " ", "  ", "\r\n", "\n", "\r\n\r\n", "\t", ", ", " – ", "\u00a0", " \u200f", " 🎉 ", "\u3000", ". "]
LABELS = ["PER", "LOC", "ORG", "a b", "été", "人"]


def make_text(number):
    """A text, and its spans as (start, end, label) in code points; several may overlap or nest."""
    text, places = draw.choice(["", "", "\ufeff", "😀 ", "\r\n"]), []
    for i in range(draw.randint(1, 12)):
        word = draw.choice(WORDS) + f"{number}x{i}"
        places.append((len(text), len(text) + len(word)))
        text += word + (draw.choice(BETWEEN) if i < 11 else "")
    spans = set()
    for _ in range(draw.randint(0, 4)):
        first = draw.randrange(len(places))
        last = min(len(places) - 1, first + draw.choice([0, 0, 0, 1, 2]))
        spans.add((places[first][0], places[last][1], draw.choice(LABELS)))
    return text, sorted(spans)


def utf16(text, at):
    return len(text[:at].encode("utf-16-le")) // 2


def spacy_pairs(text, spans):
    return [text, {"entities": [list(span) for span in spans]}]


def spacy_doc(text, spans):
    return {"text": text, "ents": [{"start": s, "end": e, "label": label} for s, e, label in spans]}


def spacy_annotations(texts):
    return {"classes": LABELS, "annotations": [spacy_pairs(*pair) for pair in texts]}


def doccano(text, spans):
    return {"id": 1, "text": text, "label": [list(span) for span in spans], "Comments": []}


def doccano_utf16(text, spans):
    return doccano(text, [(utf16(text, s), utf16(text, e), label) for s, e, label in spans])


def doccano_entities(text, spans):
    entities = [{"id": i, "label": label, "start_offset": s, "end_offset": e} for i, (s, e, label) in enumerate(spans)]
    return {"id": 1, "text": text, "entities": entities, "relations": []}


def studio_values(text, spans, place):
    return [{"start": place(text, s), "end": place(text, e), "text": text[s:e], "labels": [label]} for s, e, label in spans]


def studio(place):
    def export(text, spans):
        result = [{"id": str(i), "from_name": "label", "to_name": "text", "type": "labels", "value": value}
                  for i, value in enumerate(studio_values(text, spans, place))]
        return {"id": 1, "data": {"text": text}, "annotations": [{"id": 2, "result": result}]}
    return export


def studio_short(text, spans):
    return {"text": text, "id": 1, "label": studio_values(text, spans, lambda _, at: at), "annotator": 1}


def plain(start, end, label, own=None, place=lambda _, at: at, key="spans"):
    def export(text, spans):
        rows = [{start: place(text, s), end: place(text, e), label: name} for s, e, name in spans]
        for row, (s, e, _) in zip(rows, spans):
            if own:
                row[own] = text[s:e]
            if end == "length":
                row[end] -= row[start]
        return {"text": text, key: rows}
    return export


def one_after_another(values, ascii_only):
    return "\n".join(json.dumps(value, ensure_ascii=ascii_only, indent=1) for value in values)


def lines(values, ascii_only):
    return "".join(json.dumps(value, ensure_ascii=ascii_only) + "\n" for value in values)


def crlf_lines(values, ascii_only):
    return lines(values, ascii_only).replace("\n", "\r\n")


def array(values, ascii_only):
    return json.dumps(values, ensure_ascii=ascii_only)


SHAPES = [  # what, how a text stands, how texts follow each other, options
    ("spaCy's pairs", spacy_pairs, array, []),
    ("spaCy's texts with ents", spacy_doc, lines, []),
    ("spaCy's texts with ents in a list", spacy_doc, array, []),
    ("doccano's lists", doccano, lines, []),
    ("doccano's entities", doccano_entities, crlf_lines, []),
    ("doccano's lists in UTF-16 units", doccano_utf16, lines, ["--span-offsets", "utf16"]),
    ("Label Studio", studio(lambda _, at: at), array, []),
    ("Label Studio in UTF-16 units", studio(utf16), array, []),
    ("Label Studio's short export", studio_short, array, []),
    ("JSONL of start, end, label", plain("start", "end", "label"), lines, []),
    ("JSONL with each span's text", plain("start", "end", "label", "text"), lines, []),
    ("JSONL in UTF-16 units with each span's text", plain("start", "end", "label", "text", utf16), lines, []),
    ("JSONL of start_offset, end_offset, type", plain("start_offset", "end_offset", "type", None, key="entities"), lines, []),
    ("JSONL of begin, end, tag", plain("begin", "end", "tag"), lines, []),
    ("JSONL of startOffset, endOffset", plain("startOffset", "endOffset", "label", "text"), lines, []),
    ("JSONL of offset and length", plain("offset", "length", "entity", "text"), lines, []),
    ("JSON of start, stop one after another", plain("start", "stop", "entity_group"), one_after_another, []),
    ("JSON in a list", plain("start", "end", "label"), array, []),
]


def read(path, options):
    command = [nomen, "convert", path, "--to", "jsonl", "--quiet"] + options
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        return None, done.stderr.decode("utf-8", "replace").strip()
    return [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]], None


def difference(found, texts):
    if len(found) != len(texts):
        return f"{len(found)} texts instead of {len(texts)}"
    for number, (record, (text, spans)) in enumerate(zip(found, texts)):
        if record["text"] != text:
            return f"text {number}: {record['text']!r} instead of {text!r}"
        slices = sorted((text[s["start"]:s["end"]], s["start"], s["end"], s["label"]) for s in record["spans"])
        wanted = sorted((text[s:e], s, e, label) for s, e, label in spans)
        if slices != wanted:
            return f"text {number}, {text!r}: {slices} instead of {wanted}"
    return None


def compare(folder, texts, what, record, follow, options):
    """Whether the shape is read as Python slices it, with characters as they are and in escapes."""
    right = True
    for ascii_only in (False, True):
        path = os.path.join(folder, "texts.json")
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(follow([record(*pair) for pair in texts], ascii_only))
        found, error = read(path, options)
        wrong = error or difference(found, texts)
        if wrong:
            print(f"{what}{', in escapes' if ascii_only else ''}: {wrong}")
            right = False
    if right:
        print(f"{what}: {len(texts)} texts, {sum(len(spans) for _, spans in texts)} spans are the same")
    return right


def main():
    texts = [make_text(number) for number in range(n_texts)]
    with tempfile.TemporaryDirectory() as folder:
        results = [compare(folder, texts, *shape) for shape in SHAPES]
        results.append(compare(folder, texts, "spaCy's annotations", lambda *pair: pair,
                               lambda pairs, ascii_only: json.dumps(spacy_annotations(pairs), ensure_ascii=ascii_only), []))
    sys.exit(not all(results))


main()
