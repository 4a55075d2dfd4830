"""Mutations of columns: a word and its tag on a line; see mutate.py. A line is a list of cells, or a text where it is none."""
import csv
import io
import re

from mutate import FEW_ROWS, NO_ROOM, NOT_THERE, OTHER_COLUMNS, TOO_SHORT, has_iob2


def cells_of(file):
    out = []
    for line in file.text.replace("\r\n", "\n").split("\n"):
        comment = line.startswith("#") and not re.search(r"[\t ](O|[BIESLU]-\S+|\w+)$", line) or line.startswith("# ")
        if not line.strip() or comment or line.startswith("-DOCSTART-"):
            out.append(line)
        elif file.separator in ",;":
            out.append(next(csv.reader([line], delimiter=file.separator)))
        else:
            out.append(line.split("\t") if file.separator == "\t" else line.split())
    return out


def join_cells(file, lines):
    def put(cells):
        if isinstance(cells, str):
            return cells
        if file.separator in ",;":
            out = io.StringIO()
            csv.writer(out, delimiter=file.separator, lineterminator="").writerow(cells)
            return out.getvalue()
        return file.separator.join(cells)
    return file.encode("\n".join(put(line) for line in lines))


def words_at(file, lines):
    """The indices of lines with cells, the header aside."""
    found = [i for i, line in enumerate(lines) if isinstance(line, list) and "".join(line)]
    return found[1:] if file.header else found


def word_column(file, lines):
    """1 where the first column counts 0 or 1, 2, 3 in every sentence of three columns or more; 0 elsewhere."""
    at = words_at(file, lines)
    number = None
    for i in range(at[0], at[-1] + 1):
        cells = lines[i]
        if not isinstance(cells, list) or not "".join(cells):
            number = None
        elif len(cells) < 3 or not cells[0].isdigit() or int(cells[0]) not in ((0, 1) if number is None else (number + 1,)):
            return 0
        else:
            number = int(cells[0])
    return 1


def stands_as_usual(file, lines):
    """Whether the words that are expected stand first, or after the number, and the tags last."""
    word = word_column(file, lines)
    rows = [lines[i] for i in words_at(file, lines)]
    return [row[word] for row in rows] == file.words and (file.rescaled or [row[-1] for row in rows] == file.tags)


def longer(file):
    """The sentences again and again, with other words each time, until there are 60 rows."""
    lines = cells_of(file)
    at = words_at(file, lines)
    if not at:
        return NOT_THERE
    if not stands_as_usual(file, lines):
        return OTHER_COLUMNS
    first = at[0]
    out, copy = list(lines[:first]), 0
    word = word_column(file, lines)
    while sum(isinstance(line, list) for line in out) < 60:
        for line in lines[first:]:
            if isinstance(line, list) and len(line) > word and line[word].isalpha():
                line = line[:word] + [line[word] + "abcdefghijklmnop"[copy % 16] * (1 + copy // 16)] + line[word + 1:]
            out.append(list(line) if isinstance(line, list) else line)
        out.append("")
        copy += 1
    return out


def swap_columns(file):
    out = longer(file)
    if out is NOT_THERE or isinstance(out, str):
        return out
    at = words_at(file, out)
    rows = [out[i] for i in at]
    word = word_column(file, out)
    spoilt = [list(line) if isinstance(line, list) else line for line in out]
    for i in at:
        spoilt[i][word], spoilt[i][-1] = spoilt[i][-1], spoilt[i][word]
    n_different = len({row[word] for row in rows if row[word] != "O"})
    if 3 * n_different <= 2 * len(rows) + 3:
        return FEW_ROWS
    return join_cells(file, out), join_cells(file, spoilt)


def drop_tag_column(file):
    out = longer(file)
    if out is NOT_THERE or isinstance(out, str):
        return out
    at = words_at(file, out)
    rows = [out[i] for i in at]
    n = len(rows[0])
    if n > 3 or n == 3 and word_column(file, out) == 0:
        return "what remains is a word and another column of tags, such as parts of speech, which is a file like any other"
    if n == 3 and len({row[1] for row in rows}) * 3 <= 2 * len(rows) + 3:
        return FEW_ROWS
    spoilt = list(out)
    for i in at:
        spoilt[i] = out[i][:-1]
    return join_cells(file, out), join_cells(file, spoilt)


def on_row(change):
    """A mutation of one row in the middle."""
    def mutate(file):
        lines = cells_of(file)
        at = words_at(file, lines)
        if len(at) < 3:
            return TOO_SHORT
        row = at[len(at) // 2]
        if lines[row][0].startswith("#") and not isinstance(lines[row - 1], list):
            return "a line that begins with # between sentences and is no row is a comment (docs/FORMATS.md)"
        lines[row] = change(list(lines[row]))
        return join_cells(file, lines)
    return mutate


def on_tag_row(tag):
    """Another tag in a row in the middle."""
    def mutate(file):
        if not stands_as_usual(file, cells_of(file)):
            return OTHER_COLUMNS
        return on_row(lambda cells: cells[:-1] + [tag])(file)
    return mutate


def foreign_tag(file):
    if not has_iob2(file.text):
        return "the file's tags are of no IOB2"
    lines = cells_of(file)
    if not stands_as_usual(file, lines):
        return OTHER_COLUMNS
    tags = [line[-1] if isinstance(line, list) and line else "O" for line in lines]
    at = [i for i in words_at(file, lines) if tags[i] == "O" and (i == 0 or tags[i - 1][:1] not in "BI")]
    if not at:
        return NO_ROOM
    lines[at[-1]][-1] = "L-PER"
    return join_cells(file, lines)


def orphan_inside(file):
    lines = cells_of(file)
    if not stands_as_usual(file, lines):
        return OTHER_COLUMNS
    tags = " ".join(lines[i][-1] for i in words_at(file, lines))
    if not re.search(r"\bB-(\S+) I-\1\b", tags) or re.search(r"(\A|O )I-", tags):
        return "without a B- and an I- after it the scheme is open, and I- may begin an entity"
    at = [i for i in words_at(file, lines) if lines[i][-1] == "O"]
    if not at:
        return NOT_THERE
    lines[at[0]][-1] = "I-ZZZ"
    return join_cells(file, lines)


def space_for_tab(file):
    if file.separator != "\t":
        return NOT_THERE
    lines = cells_of(file)
    at = words_at(file, lines)
    if len(at) < 3:
        return TOO_SHORT
    lines[at[1]] = " ".join(lines[at[1]])
    return join_cells(file, lines)


def stop_counting(file):
    out = longer(file)
    if out is NOT_THERE or isinstance(out, str):
        return out
    if word_column(file, out) == 0:
        return NOT_THERE
    spoilt = list(out)
    at = words_at(file, out)
    for i in at[len(at) // 2:len(at) // 2 + 2]:
        spoilt[i] = [str(int(out[i][0]) + 6)] + out[i][1:]
    return join_cells(file, out), join_cells(file, spoilt)


def misspell_column_header(file):
    if not file.header:
        return NOT_THERE
    head, rest = file.text.split("\n", 1)
    return file.encode(head[0] + head[2:3] + head[1:2] + head[3:] + "x\n" + rest)
