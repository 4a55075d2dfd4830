#!/usr/bin/env python3
"""Each shape of tests/data/shapes, spoilt in each way of a fixed list: never read in silence.

Usage: mutations.py PROGRAM [-v] [--every N] [SHAPE...]

A spoilt file must be refused, or a warning of `convert` or a finding of `check` that was not there before must name what
is wrong. Where the same words and tags come out, nothing was read wrong, and the pair does not count; nor where a rule
says that the mutation leaves no trace (see mutate.py). -v lists those too;
--every N takes every Nth pair alone, for slow builds.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

import mutate_columns as c
import mutate_json as j
import mutate_tables as t
from mutate import SENTENCES, TAGS, TEXTS, WORDS, family_of

sys.dont_write_bytecode = True
SHAPES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shapes")
FEWEST = 300
SCHEME = ("mixed-schemes", "scheme-order", "bad-tag", "type-change", "lone-inside", "scheme", "prefix")
ENCODING = ("not-utf8", "cp1252", "UTF-8")
TABLES = ("rows", "long")
TWO = ("candidates", "both", "second-key")
TEXT = ("columns", "rows", "long", "json", "webanno", "pubtator", "stuck", "other")

MUTATIONS = [  # name, families, function, strings by one of which a warning names it
    ("columns swapped", ("columns",), c.swap_columns, ()),
    ("tag column dropped", ("columns",), c.drop_tag_column, ()),
    ("a row with a column too few", ("columns",), c.on_row(lambda cells: cells[:-1]), ("column-count",)),
    ("a row with a column too many", ("columns",), c.on_row(lambda cells: cells[:1] + ["stray"] + cells[1:]), ("column-count",)),
    ("a row of one word", ("columns",), c.on_row(lambda cells: cells[:1]), ("column-count",)),
    ("a tag is a sentence", ("columns",), c.on_tag_row("this is a whole sentence"), SCHEME),
    ("an empty tag", ("columns",), c.on_row(lambda cells: cells[:-1] + [""]), ("column-count", "bad-tag")),
    ("a tag of a foreign scheme", ("columns",), c.foreign_tag, SCHEME),
    ("an I- of another type", ("columns",), c.orphan_inside, SCHEME),
    ("a space for a tab", ("columns",), c.space_for_tab, ("column-count",)),
    ("numbering stops counting", ("columns",), c.stop_counting, ("count", "number")),
    ("header of columns misspelt", ("columns",), c.misspell_column_header, SCHEME + ("header",)),
    ("header dropped", TABLES, t.drop_header, SCHEME),
    ("header misspelt", TABLES, t.misspell_header, ()),
    ("a quote left open", TABLES, t.open_quote, ("broken-quote",)),
    ("one tag fewer", ("rows",), t.change_row(t.cut_cell), ("count-mismatch",)),
    ("one word more", ("rows",), t.change_row(t.longer_text), ("count-mismatch",)),
    ("a bracket lost", ("rows",), t.change_row(t.break_list), SCHEME + ("list",)),
    ("a list shortened to ...", ("rows",), t.change_row(t.shorten_list), ("...",)),
    ("a tag cell is a text", TABLES, t.change_row(t.tags_are_text), SCHEME),
    ("a tag cell of a foreign scheme", TABLES, t.change_row(t.foreign_cell, 1), SCHEME),
    ("a table row cut short", TABLES, t.change_row(lambda f, row: row[:-1]), ("column-count",)),
    ("a table row with a cell too many", TABLES, t.change_row(lambda f, row: row + ["stray"]), ("column-count",)),
    ("tag column of a table dropped", TABLES, t.drop_column(TAGS), ()),
    ("word column of a table dropped", TABLES, t.drop_column(TEXTS | WORDS), ()),
    ("sentence column dropped", ("long",), t.drop_column(SENTENCES), ()),
    ("two columns of tags", TABLES, t.twice(TAGS, ("tags", "labels", "ner_tags")), TWO),
    ("two columns of text", ("rows",), t.twice(TEXTS, ("sentence", "text")), TWO),
    ("two columns of words", ("long",), t.twice(WORDS, ("token", "word")), TWO),
    ("header and columns disagree", TABLES, t.swap_header, ()),
    ("a JSON record cut off", ("json",), j.cut_off, ("broken-json",)),
    ("a comma lost", ("json",), j.lost_comma, ("broken-json",)),
    ("a record that is null", ("json",), j.garbage_record, ("bad-row",)),
    ("a span shifted", ("json",), j.on_span(j.shift), ("text-differs", "bad-span")),
    ("the end before the start", ("json",), j.on_span(j.reverse), ("bad-span",)),
    ("an end past the text", ("json",), j.on_span(j.past), ("bad-span",)),
    ("a start below zero", ("json",), j.on_span(j.negative), ("bad-span",)),
    ("a start between two characters", ("json",), j.on_span(j.fraction), ("bad-span",)),
    ("a span without a label", ("json",), j.on_span(j.no_label), ("bad-span", "not-entities")),
    ("a span without an end", ("json",), j.on_span(j.no_end), ("bad-span",)),
    ("a list of tags cut by one", ("json",), j.on_tags(j.cut_tags), ("count-mismatch",)),
    ("a number without a name", ("json",), j.on_tags(j.no_such_tag), ("bad-tag",)),
    ("a sentence among the tags", ("json",), j.on_tags(j.sentence_tag), SCHEME),
    ("a list among the tags", ("json",), j.on_tags(j.tag_is_list), SCHEME),
    ("a foreign tag in a list", ("json",), j.foreign_in_file, SCHEME),
    ("the text's key misspelt", ("json",), j.misspell_text, ()),
    ("the text's key misspelt once", ("json",), j.misspell_one, ("bad-row",)),
    ("two texts in a record", ("json",), j.two_texts, TWO),
    ("two lists of spans", ("json",), j.two_span_lists, TWO),
    ("token offsets shifted", ("webanno",), j.webanno_shift, ("text-differs", "bad-span")),
    ("token offsets reversed", ("webanno",), j.webanno_reverse, ("bad-span",)),
    ("token offsets past the text", ("webanno",), j.webanno_past, ("bad-span",)),
    ("a token that is not in the text", ("webanno",), j.webanno_token, ("text-differs",)),
    ("a token row cut short", ("webanno",), j.webanno_row_cut, ("column-count",)),
    ("layers missing", ("webanno",), j.webanno_no_layer, ()),
    ("format line missing", ("webanno",), j.webanno_no_format, ()),
    ("token numbering stops counting", ("webanno",), j.webanno_numbering, ("number", "count")),
    ("text line missing", ("webanno",), j.webanno_no_text, ("text",)),
    ("a mention shifted", ("pubtator",), j.pubtator_shift, ("text-differs",)),
    ("a mention reversed", ("pubtator",), j.pubtator_reverse, ("bad-span",)),
    ("a mention past the text", ("pubtator",), j.pubtator_past, ("bad-span",)),
    ("a mention misspelt", ("pubtator",), j.pubtator_mention, ("text-differs",)),
    ("a mention of another record", ("pubtator",), j.pubtator_other_id, ("bad-row",)),
    ("a mention without a type", ("pubtator",), j.pubtator_no_type, ("bad-span", "column-count", "bad-row")),
    ("a mention's end in words", ("pubtator",), j.pubtator_words, ("bad-span",)),
    ("abstract missing", ("pubtator",), j.pubtator_no_abstract, ("bad-span", "bad-row", "text-differs")),
    ("a word without its tag", ("stuck",), j.stuck_change(j.stuck_bare), ("bad-tag",)),
    ("a space before a tag", ("stuck",), j.stuck_change(j.stuck_space), ("bad-tag",)),
    ("a foreign tag on a word", ("stuck",), j.stuck_change(j.stuck_foreign), SCHEME),
    ("archive truncated", ("archive",), j.archive_cut, ()),
    ("a bit of an archive flipped", ("archive",), j.archive_flip, ()),
    ("the head of an archive", ("archive",), j.archive_head_only, ()),
    ("a byte of another encoding", TEXT, j.stray_byte, ENCODING),
    ("half a character", TEXT, j.half_utf8, ENCODING),
    ("a NUL", TEXT, j.nul_byte, ("nul", "control-character", "NUL")),
]


class Shape:
    def __init__(self, program, name, folder):
        self.program, self.name, self.folder = program, name, folder
        path = os.path.join(SHAPES, name)
        self.input = next((n for n in sorted(os.listdir(path)) if n.startswith("input.")), None)
        self.usable = self.input is not None and os.path.exists(os.path.join(path, "expected"))
        self.usable = self.usable and not os.path.exists(os.path.join(path, "error"))
        self.last_base, self.last = None, None  # what the unspoilt file gives, kept from pair to pair
        if not self.usable:
            return
        for other in os.listdir(path):
            if other not in (self.input, "expected", "options", "stderr", "note", "stdin"):
                shutil.copy(os.path.join(path, other), folder)
        with open(os.path.join(path, self.input), "rb") as file:
            self.data = file.read()
        with open(os.path.join(path, "expected"), encoding="utf-8") as file:
            self.expected = file.read()
        options = os.path.join(path, "options")
        self.options = open(options, encoding="utf-8").read().split() if os.path.exists(options) else []

    def call(self, *arguments):
        found = subprocess.run([self.program, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return found.returncode, found.stdout, found.stderr.decode("utf-8", "replace")

    def convert(self, data):
        with open(os.path.join(self.folder, self.input), "wb") as file:
            file.write(data)
        return self.call("convert", self.input, "--to", "conll", *self.options)

    def findings(self, data):
        """What `check` finds, by name with its number."""
        with open(os.path.join(self.folder, self.input), "wb") as file:
            file.write(data)
        options = list(self.options)
        if "--to-scheme" in options:
            at = options.index("--to-scheme")
            del options[at:at + 2]
        code, out, err = self.call("check", "--json", "--quiet", self.input, *options)
        try:
            found = json.loads(out)["findings"]
        except (ValueError, KeyError, TypeError):
            return {"refused": 1} if code == 1 else {}
        return {finding["id"]: finding["count"] for finding in found}


    def is_read(self):
        code, out, _ = self.convert(self.data)
        text = out.decode("utf-8", "replace")
        return code == 0 and self.expected in (text, without_documents(text))

    def of_base(self, base, what):
        if self.last_base != base:
            self.last_base, self.last = base, {}
        if what not in self.last:
            self.last[what] = getattr(self, what)(base)
        return self.last[what]


def without_documents(text):
    return text.replace("-DOCSTART-\tO\n\n", "")


def judge(shape, base, spoilt, strings):
    """None where the spoilt file is refused or named; 'same' where nothing changed; else what came out."""
    code, out, err = shape.convert(spoilt)
    if code not in (0, 1):
        return f"exit code {code}: {err.strip()[:200]}"
    if code == 1:
        return None if err.strip() else "refused without a word"
    code, base_out, base_err = shape.of_base(base, "convert")
    if out == base_out:
        return "same"
    new = [line for line in err.split("\n") if line not in base_err.split("\n") and "warning" in line]
    if any(string in line for string in strings for line in new):
        return None
    before, after = shape.of_base(base, "findings"), shape.findings(spoilt)
    grown = [name for name in after if after[name] > before.get(name, 0)]
    if "refused" in grown or "unreadable" in grown or any(name in strings for name in grown):
        return None
    return f"read in silence; new findings: {', '.join(grown) or 'none'}"


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n")[2][7:])
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("names", nargs="*")
    parser.add_argument("-v", dest="verbose", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    return parser.parse_intermixed_args()


class Count:
    def __init__(self):
        self.pairs = self.checked = self.same = self.silent = self.unread = 0
        self.by_rule = {}


def try_all(shape, count, every, verbose):
    file = family_of(shape.data, shape.expected, shape.options)
    for mutation, families, change, strings in MUTATIONS:
        made = change(file) if file.family in families else None
        if isinstance(made, str):
            count.by_rule.setdefault(made, []).append(f"{shape.name}: {mutation}")
        if made is None or isinstance(made, str):
            continue
        base, spoilt = made if isinstance(made, tuple) else (shape.data, made)
        count.pairs += 1
        if spoilt == base or count.pairs % every != 0:
            continue
        said = judge(shape, base, spoilt, strings)
        if said == "same" and strings is TWO:
            said = "one of two was taken in silence"
        count.same += said == "same"
        count.checked += said != "same"
        count.silent += said not in (None, "same")
        if said is not None and (said != "same" or verbose):
            print(f"{shape.name}: {mutation}: {said}")


def main():
    asked = arguments()
    os.environ.update(LC_ALL="C.UTF-8", NO_COLOR="1")
    count = Count()
    for name in asked.names or sorted(os.listdir(SHAPES)):
        if not os.path.isdir(os.path.join(SHAPES, name)):
            continue
        with tempfile.TemporaryDirectory() as folder:
            shape = Shape(asked.program, name, folder)
            if shape.usable and not shape.is_read():
                count.unread += 1
            elif shape.usable:
                try_all(shape, count, asked.every, asked.verbose)
    for rule, pairs in sorted(count.by_rule.items()):
        print(f"{len(pairs)} leave no trace: {rule}")
        if asked.verbose:
            print("".join(f"    {pair}\n" for pair in pairs), end="")
    print(f"{count.same} gave the same words and tags; {count.unread} shapes are not read as they should be, and were left out")
    print(f"{count.checked} pairs of a mutation and a shape checked, {count.silent} silent")
    if not asked.names and asked.every == 1 and count.checked < FEWEST:
        sys.exit(f"fewer than {FEWEST} pairs: the list proves too little")
    sys.exit(count.silent > 0)


if __name__ == "__main__":
    main()
