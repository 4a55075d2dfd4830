"""
Every Unicode scalar value, alone and inside a word, under each setting of the normalizer: the
normalised text equals HF's, and so do pieces, offsets and word ids, with a vocabulary that has the
assigned characters (so that they are not all the unknown token). NOMEN_LONG=1 takes all 16 settings
and each character as a text of its own; the short form takes two settings and joins characters.
"""
import itertools
import sys
import tempfile
import unicodedata

from tokenizers import normalizers
from tokenizer_common import LONG, VOCABULARIES, Score, backend, driver, frame, shared, unframe, write_directory

SCALARS = [chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
SETTINGS = list(itertools.product([False, True], repeat=4))  # clean, chinese, accents, lower
SHORT = [(True, True, True, True), (False, True, False, True)]


def vocabulary():
    """Each assigned character but NUL (which no token may hold), first in a word and inside one."""
    assigned = [c for c in SCALARS[1:] if unicodedata.category(c) not in ("Cn", "Co") and not 0xAC00 <= ord(c) <= 0xD7A3]
    return ["[UNK]"] + assigned + ["##" + c for c in assigned]


def normalized(score, setting):
    clean, chinese, accents, lower = setting
    reference = normalizers.BertNormalizer(
        clean_text=clean, handle_chinese_chars=chinese, strip_accents=accents, lowercase=lower
    )
    for before, after in [("", ""), ("a", "b")]:
        texts = [before + c + after for c in SCALARS]
        found = unframe(driver("normalize", *(int(flag) for flag in setting), texts=frame(texts)))
        assert len(found) == len(texts)
        for text, have in zip(texts, found):
            score.texts += 1
            if have != reference.normalize_str(text).encode("utf-8"):
                score.wrong += 1
                if score.wrong <= 10:
                    print(f"normalize {setting}: {text!r} -> {have!r}, HF {reference.normalize_str(text)!r}")


def joined(before, after, size=128):
    """Many characters in a text, parted by white space, so that neither reordering nor words reach across."""
    parts = [before + c + after for c in SCALARS]
    return [" . ".join(parts[i : i + size]) for i in range(0, len(parts), size)]


def main():
    total = Score()
    tokens = vocabulary()
    with tempfile.TemporaryDirectory() as place:
        for setting in SETTINGS if LONG else SHORT:
            if LONG or setting == SHORT[0]:
                score = Score()
                normalized(score, setting)
                score.report(f"normalised, clean/chinese/accents/lower = {setting}")
                total.include(score)
            clean, chinese, accents, lower = setting
            score = Score()
            directory = write_directory(
                place + "/model",
                tokens,
                normalizer=dict(clean_text=clean, handle_chinese_chars=chinese, strip_accents=accents, lowercase=lower),
            )
            tokenizer = backend(directory)
            score.compare(f"{setting} alone", directory, tokenizer, joined("", ""))
            score.compare(f"{setting} inside", directory, tokenizer, joined("a", "b"))
            score.report(f"encoded, clean/chinese/accents/lower = {setting}")
            total.include(score)
    for name in VOCABULARIES if LONG else []:
        score = Score()
        directory = shared("vocab", name)
        tokenizer = backend(directory)
        score.compare(f"{name} alone", directory, tokenizer, SCALARS)
        score.compare(f"{name} inside", directory, tokenizer, ["a" + c + "b" for c in SCALARS])
        score.report(f"encoded one by one, {name}")
        total.include(score)
    total.finish("every scalar value")


if __name__ == "__main__":
    sys.exit(main())
