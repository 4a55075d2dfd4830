"""A shape's input, taken apart as far as its mutations need it, and the rules by which some leave no trace.

The functions of mutate_columns.py, mutate_tables.py and mutate_json.py each take a File and return the spoilt bytes, a pair
(base, spoilt) where the file had to be made longer first, NOT_THERE where it holds nothing to spoil, or a string: the rule
by which this mutation leaves no trace in this file.
"""
import csv
import gzip
import io
import json
import re
import zipfile

TEXTS = {"text", "sentence", "tokens", "words", "utterance"}
WORDS = {"word", "words", "token"}
TAGS = {"label", "labels", "tag", "tags", "ner", "ner_tags", "ner_tag", "word_labels"}
SENTENCES = {"sentence #", "sentence_id", "sent_id", "sentence_idx"}
FEW_ROWS = "under 50 rows, or with few different words, columns can't be told apart (docs/FORMATS.md)"
OTHER_COLUMNS = "the words and tags stand elsewhere, as the format or an option says, and what is spoilt is not read"
TOO_SHORT = "in so short a file the row settles its own shape"
NO_ROOM = "what comes out is right in the other scheme: there is no O that follows an O or begins a sentence"
NOT_THERE = None  # nothing in this file that the mutation could spoil


class File:
    """A shape's input, taken apart as far as its mutations need it."""

    def __init__(self, data, family, **parts):
        self.data, self.family = data, family
        self.text = parts.pop("text", "")
        self.__dict__.update(parts)

    def encode(self, text):
        return text.encode("utf-8", "surrogatepass")


def unpack(data):
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [n for n in archive.namelist() if not n.endswith("/") and not n.startswith("__MACOSX")]
            return archive.read(names[0])
    return data


def read_json(text):
    """The records and how they stand: 'lines' or 'list'; None where it is no JSON."""
    try:
        value = json.loads(text)
        return (value, "list") if isinstance(value, list) else ([value], "lines")
    except ValueError:
        pass
    records, at, decoder = [], 0, json.JSONDecoder()
    while True:
        at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n"))
        if at == len(text):
            return (records, "lines") if records else None
        try:
            record, at = decoder.raw_decode(text, at)
        except ValueError:
            return None
        if not isinstance(record, (dict, list)):
            return None
        records.append(record)


def read_table(text):
    """A header of known names, its separator, and the rows after it; None where the first line is no header."""
    first = text.split("\n", 1)[0].rstrip("\r")
    for separator in "\t,;|":
        names = [name.strip().strip('"').lower() for name in first.split(separator)]
        if len(names) < 2 or not TAGS & set(names) or not (TEXTS | WORDS) & set(names):
            continue
        enclosed = re.search(r'(^|\t)"[^\t\n]*"(\t|\r?$)', text, re.M)
        quoting = csv.QUOTE_NONE if separator == "\t" and not enclosed else csv.QUOTE_MINIMAL
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting))
        return names, separator, quoting, rows
    return None


def family_of(data, expected, options):
    """The file taken apart; `expected` is what conll holds of it, `options` those of the command line."""
    rows = [line.split("\t") for line in expected.split("\n") if line and line != "-DOCSTART-\tO"]
    file = take_apart(data)
    file.words, file.tags = [row[0] for row in rows], [row[-1] for row in rows]
    file.rescaled = "--to-scheme" in options
    file.stated = "--text-column" in options
    return file


def take_apart(data):
    if data[:2] in (b"\x1f\x8b", b"PK"):
        return File(data, "archive")
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        return File(data, "other")
    parsed = read_json(text) if text.lstrip()[:1] in ("{", "[") else None
    if parsed:
        return File(data, "json", text=text, records=parsed[0], layout=parsed[1])
    if "#FORMAT=WebAnno" in text[:20]:
        return File(data, "webanno", text=text)
    if re.match(r"\s*\d+\|t\|", text):
        return File(data, "pubtator", text=text)
    table = read_table(text)
    if table:
        names, separator, quoting, rows = table
        parts = dict(text=text, names=names, separator=separator, quoting=quoting, rows=rows)
        if SENTENCES & set(names) and "sentence" not in names:
            return File(data, "long", **parts)
        if len(names) > 1 and WORDS & set(names) and any(not "".join(row) for row in rows):
            return File(data, "columns", text=text, header=True, separator=separator)
        if TEXTS & set(names):
            return File(data, "rows", **parts)
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith(("#", "-DOCSTART-"))]
    if lines and re.search(r"<(\w+)>[^<]*</\1>", lines[0]) and "\t" not in lines[0]:
        return File(data, "other", text=text)
    if lines and "\t" not in text and re.fullmatch(r"(\S+[/|_](O|[BI]-\S+)\s*)+", lines[0].strip() + " "):
        return File(data, "stuck", text=text)
    separator = "\t" if lines and "\t" in lines[0] else " "
    return File(data, "columns", text=text, header=False, separator=separator)


def has_iob2(text):
    return re.search(r"\bB-\w", text) and not re.search(r"\b[ESLU]-\w", text)
