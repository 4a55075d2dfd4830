"""Mutations of JSON, WebAnno TSV, PubTator, words with their tags attached, and archives; see mutate.py."""
import copy
import json
import re

from mutate import NO_ROOM, NOT_THERE, has_iob2

STARTS = ("start", "start_offset", "begin", "startOffset", "offset")
ENDS = ("end", "end_offset", "stop", "endOffset", "length")
LABELS = ("label", "type", "tag", "entity", "entity_group", "labels")
TEXTS = ("text", "content", "data", "sentence", "source_text", "document")
OWN_TEXTS = ("text", "value")
NO_OWN_TEXT = "a shifted span that does not bring its own text still lies in the text"


def put(file, records):
    if file.layout == "list":
        return file.encode(json.dumps(records, ensure_ascii=False))
    return file.encode("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))


def key_of(value, names):
    return next((name for name in names if name in value), None)


def spans_in(value):
    """Every span below a value that has offsets as an object, or as [start, end, label]."""
    if isinstance(value, dict):
        start, end = key_of(value, STARTS), key_of(value, ENDS)
        named = key_of(value, LABELS + ("text", "value")) and "ws" not in value
        if start and end and named and isinstance(value[start], int):
            yield value, start, end
        for key, inner in value.items():
            if key != "tokens":
                yield from spans_in(inner)
    elif isinstance(value, list):
        if len(value) == 3 and isinstance(value[0], int) and isinstance(value[1], int) and isinstance(value[2], str):
            yield value, 0, 1
        else:
            for inner in value:
                yield from spans_in(inner)


def first_span(records):
    for record in records:
        for span, start, end in spans_in(record):
            if not (isinstance(span, dict) and span.get("answer") == "reject"):
                return record, span, start, end
    return None


def on_span(change):
    def mutate(file):
        records = copy.deepcopy(file.records)
        found = first_span(records)
        if not found:
            return NOT_THERE
        rule = change(*found)
        return rule if isinstance(rule, str) else NOT_THERE if rule is False else put(file, records)
    return mutate


def shift(record, span, start, end):
    own = isinstance(span, dict) and key_of(span, OWN_TEXTS)
    if not own or not isinstance(span[own], str):
        return NO_OWN_TEXT
    span[start] += 1
    if end != "length":
        span[end] += 1
    return None


def reverse(record, span, start, end):
    if end == "length":
        span[end] = -3
    elif span[start] == span[end]:
        span[start], span[end] = span[start] + 2, span[end]
    else:
        span[start], span[end] = span[end] + 1, span[start]
    return None


def past(record, span, start, end):
    span[end] += 5000
    return None


def negative(record, span, start, end):
    span[start] = -4
    return None


def fraction(record, span, start, end):
    span[start] += 0.5
    return None


def no_label(record, span, start, end):
    if isinstance(span, list):
        del span[2]
        return None
    key = key_of(span, LABELS)
    if not key:
        return False
    del span[key]
    return None


def no_end(record, span, start, end):
    if isinstance(span, list):
        return False
    del span[end]
    return None


def tags_in(record):
    """The tags beside a record's words."""
    if not isinstance(record, dict):
        return None
    for key in ("ner_tags", "labels", "tags", "ner", "fine_ner_tags"):
        value = record.get(key)
        if isinstance(value, list) and value and all(isinstance(tag, (str, int)) for tag in value):
            return value
    return None


def on_tags(change):
    def mutate(file):
        records = copy.deepcopy(file.records)
        for record in records:
            tags = tags_in(record)
            if tags:
                rule = change(tags)
                return rule if isinstance(rule, str) else NOT_THERE if rule is False else put(file, records)
        return NOT_THERE
    return mutate


def cut_tags(tags):
    del tags[-1]


def no_such_tag(tags):
    if not isinstance(tags[0], int):
        return False
    tags[0] = 99
    return None


def sentence_tag(tags):
    tags[0] = "this is a whole sentence"


def foreign_tag(tags):
    at = next((i for i, tag in enumerate(tags) if tag == "O" and (i == 0 or tags[i - 1] == "O")), None)
    if at is None:
        return NO_ROOM
    tags[at] = "L-PER"
    return None


def tag_is_list(tags):
    tags[0] = ["B-PER"]


def foreign_in_file(file):
    return on_tags(foreign_tag)(file) if has_iob2(file.text) else NOT_THERE


def cut_off(file):
    text = file.text.rstrip()
    return file.encode(text[:len(text) - max(2, len(text) // 9)])


def lost_comma(file):
    found = re.search(r'(?<=[^\s\[,:"])",\s*"', file.text)  # not the word ","
    return NOT_THERE if not found else file.encode(file.text[:found.start() + 1] + " " + file.text[found.start() + 2:])


def misspell_text(file):
    records = copy.deepcopy(file.records)
    for record in records:
        if not isinstance(record, dict):
            return NOT_THERE
        inner = record["data"] if isinstance(record.get("data"), dict) else record
        key = key_of(inner, TEXTS + ("tokens", "words", "tokenized_text"))
        if not key or inner is not record:
            return NOT_THERE
        inner[key[0] + key[:0:-1]] = inner.pop(key)
    return put(file, records)


def misspell_one(file):
    """The key of the words or the text is misspelt in the last record alone."""
    records = copy.deepcopy(file.records)
    if len(records) < 2 or not isinstance(records[-1], dict) or isinstance(records[-1].get("data"), dict):
        return NOT_THERE
    if records[-1].get("answer", "accept") != "accept":
        return "a task that is not accepted is left out whatever it holds"
    key = key_of(records[-1], TEXTS + ("tokens", "words", "tokenized_text"))
    if not key:
        return NOT_THERE
    records[-1][key[0] + key[:0:-1]] = records[-1].pop(key)
    return put(file, records)


def two_texts(file):
    records = copy.deepcopy(file.records)
    for record in records:
        key = key_of(record, TEXTS) if isinstance(record, dict) else None
        if not key or not isinstance(record[key], str):
            return NOT_THERE
        if key == "document":
            return "document is a text only where no other is there"
        if "_task_hash" in record or "target_text" in record:
            return "a known tool's own key goes before others"
        record["content" if key != "content" else "sentence"] = "Another text stands here."
    return put(file, records)


def two_span_lists(file):
    records = copy.deepcopy(file.records)
    for record in records:
        if not isinstance(record, dict) or not isinstance(record.get("spans"), list) or "_task_hash" in record:
            return NOT_THERE
        record["entities"] = [{"start": 0, "end": 1, "label": "ZZZ"}]
    if not any(record["spans"] for record in records):
        return "a list that is empty in every record is no candidate"
    return put(file, records)


def garbage_record(file):
    if file.layout != "lines":
        return NOT_THERE
    return file.encode(file.text.rstrip() + "\nnull\n")


# WebAnno TSV 3


def sub(pattern, change, count=1):
    def mutate(file):
        text = re.sub(pattern, change, file.text, count=count, flags=re.M)
        return NOT_THERE if text == file.text else file.encode(text)
    return mutate


def up(*groups):
    """Adds to numbers in a match: (group, amount)."""
    def change(match):
        parts = list(match.groups())
        for group, amount in groups:
            parts[group - 1] = str(int(parts[group - 1]) + amount)
        return "".join(parts)
    return change


WEBANNO_ROW = r"^(1-2\t)(\d+)(-)(\d+)(\t)"
webanno_shift = sub(WEBANNO_ROW, up((2, 1), (4, 1)))
webanno_reverse = sub(WEBANNO_ROW, lambda m: f"1-2\t{m.group(4)}-{m.group(2)}\t")
webanno_past = sub(WEBANNO_ROW, up((2, 9000), (4, 9000)))
webanno_token = sub(r"^(1-1\t\S+\t)\S+", r"\1Mistyped")
webanno_row_cut = sub(r"^(1-2\t\d+-\d+\t[^\t\n]+)\t.*", r"\1")
webanno_no_layer = sub(r"^#T_SP.*\r?\n", "")
webanno_no_format = sub(r"\A.?#FORMAT.*\r?\n", "")
webanno_numbering = sub(r"^1-2(\t)", r"1-9\1")
webanno_no_text = sub(r"^#Text=.*\r?\n", "")

# PubTator

MENTION = r"^(\d+\t)(\d+)(\t)(\d+)(\t)"
pubtator_shift = sub(MENTION, up((2, 1), (4, 1)))
pubtator_reverse = sub(MENTION, lambda m: f"{m.group(1)}{m.group(4)}\t{m.group(2)}\t")
pubtator_past = sub(MENTION, up((4, 9000)))
pubtator_mention = sub(r"^(\d+\t\d+\t\d+\t)\S", r"\1#")
pubtator_other_id = sub(MENTION, lambda m: f"9{m.group(0)}")
pubtator_no_type = sub(r"^(\d+\t\d+\t\d+\t[^\t\n\r]+)\t[^\n\r]*", r"\1")
pubtator_no_abstract = sub(r"^\d+\|a\|.*\n", "")
pubtator_words = sub(MENTION, lambda m: f"{m.group(1)}{m.group(2)}\tlater\t")

# Words with their tags attached


def stuck_change(change):
    def mutate(file):
        lines = file.text.rstrip("\n").split("\n")
        tokens = lines[0].split(" ")
        lines[0] = " ".join(change(tokens))
        return file.encode("\n".join(lines) + "\n")
    return mutate


def stuck_bare(tokens):
    return [re.sub(r"[/|_][^/|_]*$", "", tokens[0])] + tokens[1:]


def stuck_space(tokens):
    return [re.sub(r"([/|_])([^/|_]*)$", r"\1 \2", tokens[0])] + tokens[1:]


def stuck_foreign(tokens):
    return [tokens[0]] + [re.sub(r"([/|_])O$", r"\1L-PER", token) for token in tokens[1:]]


# Archives


def archive_cut(file):
    return file.data[:-max(5, len(file.data) // 5)]


def archive_flip(file):
    at = len(file.data) // 2
    return file.data[:at] + bytes([file.data[at] ^ 0x55]) + file.data[at + 1:]


def archive_head_only(file):
    return file.data[:12]


# Any text


def is_utf8(data):
    try:
        data.decode("utf-8")
        return True
    except UnicodeDecodeError:
        return False


def stray_byte(file):
    if not is_utf8(file.data):
        return "the file is not UTF-8 as it stands"
    at = next((m.start() for m in re.finditer(rb"[a-z]{3,}", file.data) if m.start() > len(file.data) // 2), None)
    return NOT_THERE if at is None else file.data[:at + 1] + b"\xe9" + file.data[at + 1:]


def half_utf8(file):
    """A character loses its last byte."""
    if not is_utf8(file.data):
        return "the file is not UTF-8 as it stands"
    match = re.search(rb"[\xc3-\xf4][\x80-\xbf]+(?=[a-z ,\t])", file.data[3:])
    return NOT_THERE if not match else file.data[:match.end() + 2] + file.data[match.end() + 3:]


def nul_byte(file):
    if file.data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return NOT_THERE
    at = next((m.start() for m in re.finditer(rb"[a-z]{3,}", file.data) if m.start() > len(file.data) // 2), None)
    return NOT_THERE if at is None else file.data[:at + 1] + b"\0" + file.data[at + 1:]
