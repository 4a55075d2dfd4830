"""Mutations of tables with a header, of one row per sentence or per word; see mutate.py."""
import csv
import io
import re

from mutate import FEW_ROWS, NO_ROOM, NOT_THERE, SENTENCES, TAGS, TEXTS, TOO_SHORT, WORDS, has_iob2


def put_table(file, rows):
    out = io.StringIO()
    if file.quoting == csv.QUOTE_NONE:
        for row in rows:
            out.write(file.separator.join(row) + "\n")
    else:
        csv.writer(out, delimiter=file.separator, lineterminator="\n").writerows(rows)
    return file.encode(out.getvalue())


def column_of(file, roles):
    return next(i for i, name in enumerate(file.names) if name in roles)


def tags_at(file):
    return column_of(file, TAGS)


def text_at(file):
    return column_of(file, TEXTS | WORDS)


def drop_header(file):
    if len(file.rows) < 3:
        return TOO_SHORT
    if file.family == "long" and file.separator == "\t":
        return FEW_ROWS
    return file.encode(file.text.split("\n", 1)[1])


def misspell_header(file):
    rows = [list(row) for row in file.rows]
    name = rows[0][tags_at(file)]
    rows[0][tags_at(file)] = name[:-2] + name[-1] + name[-2] + "x"
    return put_table(file, rows)


def open_quote(file):
    if file.quoting == csv.QUOTE_NONE or file.separator == "\t":
        return "with tabs, quotes are data"
    head, first, rest = file.text.split("\n", 2)
    cells = first.split(file.separator)
    return file.encode(f'{head}\n"{first}\n{rest}') if not first.startswith('"') and '"' not in first else \
        file.encode(f'{head}\n{first.replace(chr(34), "", 1)}\n{rest}') if cells else NOT_THERE


def change_row(change, at=2):
    def mutate(file):
        rows = [list(row) for row in file.rows]
        full = [i for i, row in enumerate(rows) if i > 0 and "".join(row)]
        i = full[min(at, len(full)) - 1]
        changed = change(file, rows[i])
        if changed is NOT_THERE or isinstance(changed, str):
            return changed
        rows[i] = changed
        return put_table(file, rows)
    return mutate


def cut_cell(file, row):
    """One tag fewer, at spaces or in a list."""
    cell = row[tags_at(file)]
    cut = re.sub(r"""([\[(]?)\s*['"]?[^\s'",\[\]()]+['"]?(,\s*|\s+|,)""", r"\1", cell, count=1)
    if cut == cell:
        return NOT_THERE
    row[tags_at(file)] = cut
    return row


def longer_text(file, row):
    if row[text_at(file)][:1] in "[(":
        return NOT_THERE
    row[text_at(file)] += " extra"
    return row


def break_list(file, row):
    cell = row[tags_at(file)]
    if cell[:1] != "[":
        return NOT_THERE
    row[tags_at(file)] = cell[:-1]
    return row


def shorten_list(file, row):
    cell = row[tags_at(file)]
    if cell[:2] not in ("['", "[0", "[1") or "," in cell:
        return NOT_THERE
    row[tags_at(file)] = cell[:-1] + " ... " + cell[1:]
    return row


def tags_are_text(file, row):
    if file.family == "long":
        row[tags_at(file)] = "this is a whole sentence"
    else:
        row[tags_at(file)] = row[text_at(file)]
        if not any(re.search(r"\bB-", other[tags_at(file)])
                   for other in file.rows if len(other) == len(row) and other[text_at(file)] != row[text_at(file)]):
            return "no tag of a scheme is left, and plain tags may have any name"
    return row


def foreign_cell(file, row):
    if not has_iob2(file.text):
        return NOT_THERE
    cell = row[tags_at(file)]
    spoilt = re.sub(r"(?<![BI]-)(\bO\W+)O\b(?!-)", r"\1L-PER", cell, count=1)
    if spoilt == cell:
        return NO_ROOM
    row[tags_at(file)] = spoilt
    return row


def drop_column(roles):
    def mutate(file):
        at = column_of(file, roles)
        rows = [row[:at] + row[at + 1:] if len(row) > at else row for row in file.rows]
        if file.quoting != csv.QUOTE_NONE and len(rows[0]) == 1:
            return file.encode("".join(row[0] + "\n" if row else "\n" for row in rows))
        return put_table(file, rows)
    return mutate


def twice(roles, names):
    """A second column that could be meant as well, with other content."""
    def mutate(file):
        at = column_of(file, roles)
        if file.stated or sum(name in roles for name in file.names) > 1:
            return "the options say which is meant"
        name = next(n for n in names if n not in file.names)
        if roles is TEXTS and any("\\" in row[at] for row in file.rows if len(row) > at):
            return "capital letters make no list of one with escapes, and a text beside lists of words gives way to them"
        change = (lambda cell: re.sub(r"B-\w+", "B-ZZZ", cell)) if roles is TAGS else str.upper
        other = [change(row[at]) if len(row) > at else "" for row in file.rows]
        return put_table(file, [row + [other[i] if i > 0 else name] for i, row in enumerate(file.rows)])
    return mutate


def swap_header(file):
    """Text and tags change places and the header stays; in 60 rows, with other words in each."""
    text, tags = text_at(file), tags_at(file)
    body = [row for row in file.rows[1:] if "".join(row)]
    if body[0][text][:1] == "[":
        return NOT_THERE
    rows, copy = [file.rows[0]], 0
    while len(rows) < 61:
        for row in body:
            row = list(row)
            suffix = "abcdefghijklmnop"[copy % 16] * (1 + copy // 16)
            row[text] = " ".join(w + suffix if w.isalpha() else w for w in row[text].split(" "))
            for i, name in enumerate(file.names):
                if name in SENTENCES and row[i]:
                    row[i] += "-" + str(copy)
            rows.append(row)
        copy += 1
    spoilt = [rows[0]] + [list(row) for row in rows[1:]]
    for row in spoilt[1:]:
        row[text], row[tags] = row[tags], row[text]
    words = [word for row in rows[1:] for word in row[text].split(" ")]
    if 3 * len(set(words) - {"O"}) <= 2 * len(words) + 3:
        return FEW_ROWS
    return put_table(file, rows), put_table(file, spoilt)
