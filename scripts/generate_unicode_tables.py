#!/usr/bin/env python3
"""Writes src/text/unicode_tables.c from what the installed `tokenizers` release does.

Hugging Face's normalizer mixes tables of several Unicode versions (Rust's standard library, two
crates for categories and decomposition, and the regex crate), so no single Unicode release gives
its answers. This script therefore asks the library itself, one scalar value at a time; combining
classes, which only show in sequences, are found by seeing which marks change places.

usage: generate_unicode_tables.py [OUTPUT]      (default: src/text/unicode_tables.c)
       generate_unicode_tables.py --check       (compare with the committed file; exit 1 if it differs)
"""
import os
import sys
import unicodedata

import tokenizers
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TARGET = os.path.join(ROOT, "src", "text", "unicode_tables.c")
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
LIMIT = 0x110000
SHIFT = 7

# The bits of nomen_unicode_property.flags; src/text/unicode.h names them.
SPACE, PUNCTUATION, REMOVED, MARK, IDEOGRAPH, WORD, DECOMPOSES, LOWERS = (1 << i for i in range(8))


def bert(**on):
    settings = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    settings.update(on)
    return normalizers.BertNormalizer(**settings).normalize_str


def added_token_probe(**how):
    tokenizer = Tokenizer(models.WordPiece({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.add_tokens([AddedToken("XX", normalized=False, **how)])
    return tokenizer


def probe_flags():
    flags = [0] * LIMIT
    cut = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    clean, chinese = bert(clean_text=True), bert(handle_chinese_chars=True)
    nfd, strip = normalizers.NFD().normalize_str, bert(strip_accents=True)
    lower = bert(lowercase=True)
    for c in SCALARS:
        char = chr(c)
        value = 0
        pieces = len(cut("a" + char + "b"))
        if pieces == 2:
            value |= SPACE
        elif pieces == 3:
            value |= PUNCTUATION
        cleaned = clean(char)
        if cleaned == "":
            value |= REMOVED
        else:
            assert cleaned == (" " if value & SPACE else char), hex(c)
        spaced = chinese(char)
        if spaced != char:
            assert spaced == " " + char + " ", hex(c)
            value |= IDEOGRAPH
        if nfd(char) != char:
            value |= DECOMPOSES
        elif strip("a" + char) == "a":
            value |= MARK
        if lower(char) != char:
            value |= LOWERS
        flags[c] = value
    return flags


def probe_words(flags):
    """What regex's \\w and \\s hold, as single_word and rstrip of added tokens use them."""
    single, strip = added_token_probe(single_word=True), added_token_probe(rstrip=True)
    step = 4096
    for first in range(0, len(SCALARS), step):
        block = SCALARS[first : first + step]
        singles = single.encode_batch([chr(c) + "XX" for c in block])
        strips = strip.encode_batch(["XX" + chr(c) for c in block])
        for c, found, stripped in zip(block, singles, strips):
            if 1 not in found.ids:
                flags[c] |= WORD
            # One class of white space serves both the pre-tokenizer and the added tokens.
            assert (stripped.offsets[0][1] == 3) == bool(flags[c] & SPACE), hex(c)


def probe_classes(flags):
    """Canonical combining classes, as seen by NFD's reordering."""
    nfd = normalizers.NFD().normalize_str
    candidates = [
        c
        for c in SCALARS
        if not flags[c] & DECOMPOSES
        and (nfd("\u0345" + chr(c)) != "\u0345" + chr(c) or nfd(chr(c) + "\u0334") != chr(c) + "\u0334")
    ]
    # One known mark of each class measures all others.
    marks = {}
    for c in candidates:
        marks.setdefault(unicodedata.combining(chr(c)), chr(c))
    marks.pop(0, None)
    order = sorted(marks)
    for low, high in zip(order, order[1:]):
        assert nfd(marks[high] + marks[low]) == marks[low] + marks[high]
    classes = [0] * LIMIT
    for c in candidates:
        char = chr(c)
        below = [k for k in order if marks[k] != char and nfd(char + marks[k]) != char + marks[k]]
        above = [k for k in order if marks[k] != char and nfd(marks[k] + char) != marks[k] + char]
        between = [k for k in order if k not in below and k not in above]
        assert len(between) == 1, hex(c)
        classes[c] = between[0]
    return classes


def probe_mappings(flags, bit, mapping):
    found = {}
    for c in SCALARS:
        if flags[c] & bit and not 0xAC00 <= c <= 0xD7A3:
            found[c] = tuple(map(ord, mapping(chr(c))))
    return found


def check_hangul():
    nfd = normalizers.NFD().normalize_str
    for c in range(0xAC00, 0xD7A4):
        index = c - 0xAC00
        want = [0x1100 + index // 588, 0x1161 + index % 588 // 28]
        if index % 28:
            want.append(0x11A7 + index % 28)
        assert list(map(ord, nfd(chr(c)))) == want, hex(c)


def two_stage(values):
    """Blocks of 1 << SHIFT values, each kept once: (block number of each block, values of the blocks)."""
    size = 1 << SHIFT
    numbers, blocks, seen = [], [], {}
    for first in range(0, LIMIT, size):
        block = tuple(values[first : first + size])
        if block not in seen:
            seen[block] = len(seen)
            blocks.extend(block)
        numbers.append(seen[block])
    return numbers, blocks


def array(out, kind, name, values, text=str):
    out.append(f"const {kind} {name}[{len(values)}] = {{")
    line = "   "
    for value in values:
        item = " " + text(value) + ","
        if len(line) + len(item) > 108:
            out.append(line)
            line = "   "
        line += item
    out.append(line)
    out.append("};")
    out.append("")


def width(values):
    return "uint8_t" if max(values) < 256 else "uint16_t"


def mapping_tables(out, name, mapping):
    """A pool of strings, each as its length and its scalar values; 0 is no entry."""
    pool, places, index = [0], {}, [0] * LIMIT
    for c in sorted(mapping):
        value = mapping[c]
        if value not in places:
            places[value] = len(pool)
            pool.append(len(value))
            pool.extend(value)
        index[c] = places[value]
    assert len(pool) < 65536
    numbers, blocks = two_stage(index)
    array(out, width(numbers), f"nomen_unicode_{name}_block", numbers)
    array(out, "uint16_t", f"nomen_unicode_{name}_place", blocks)
    array(out, "uint32_t", f"nomen_unicode_{name}_pool", pool, lambda v: f"0x{v:X}" if v > 9 else str(v))
    return [(width(numbers), f"{name}_block"), ("uint16_t", f"{name}_place"), ("uint32_t", f"{name}_pool")]


def generate():
    flags = probe_flags()
    probe_words(flags)
    classes = probe_classes(flags)
    check_hangul()
    pairs = list(zip(flags, classes))
    kinds = sorted(set(pairs))
    number = {pair: i for i, pair in enumerate(kinds)}
    numbers, blocks = two_stage([number[pair] for pair in pairs])
    assert len(kinds) < 256

    out = [
        "/*",
        " * Unicode properties and mappings as Hugging Face's tokenizers sees them.",
        f" * Generated by scripts/generate_unicode_tables.py from tokenizers {tokenizers.__version__}; do not edit.",
        " */",
        '#include "text/unicode_tables.h"',
        "",
    ]
    array(out, "nomen_unicode_property", "nomen_unicode_properties", kinds, lambda p: "{%d, %d}" % p)
    array(out, width(numbers), "nomen_unicode_property_block", numbers)
    array(out, "uint8_t", "nomen_unicode_property_kind", blocks)
    nfd, lower = normalizers.NFD().normalize_str, bert(lowercase=True)
    mapping_tables(out, "decomposition", probe_mappings(flags, DECOMPOSES, nfd))
    mapping_tables(out, "lower", probe_mappings(flags, LOWERS, lower))
    while out[-1] == "":
        out.pop()
    return "\n".join(out) + "\n"


def main():
    arguments = sys.argv[1:]
    if arguments == ["--check"]:
        with open(TARGET, encoding="ascii") as file:
            committed = file.read()
        if generate() != committed:
            print(f"{TARGET} is not what tokenizers {tokenizers.__version__} gives: run {sys.argv[0]}", file=sys.stderr)
            return 1
        return 0
    text = generate()
    with open(arguments[0] if arguments else TARGET, "w", encoding="ascii") as file:
        file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
