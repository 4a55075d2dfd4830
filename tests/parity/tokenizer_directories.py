"""
Directories: which file decides what, as AutoTokenizer has it; decode; words without vocabulary; what
nomen saves loads in transformers to the same tokenizer; ill-formed UTF-8 reads as Python's "replace".
"""
import json
import os
import random
import shutil
import sys
import tempfile

import numpy

from tokenizer_common import VOCABULARIES, Score, arrays, backend, driver, frame, shared, unframe, write_directory

TEXTS = [
    "Hello, World! I do n't know [MASK] caf\u00e9 \u00c9t\u00e9 na\u00efve \u4e2d\u6587 hello world H\u00e9 <e> FOO",
    "", " ", "[CLS] [SEP] [PAD] [UNK] [MASK] <mask> <cls>", "unaffable unbelievable \u0130stanbul", "a" * 101, "x" * 8,
    "  leading   and trailing  ", "Stra\u00dfe h\u00e9 HE\u0301 hello  world", "\x00\ufffd\u200b\U0001f600 <e></e> <E>",
]  # fmt: skip
UNCASED = json.load(open(shared("vocab", "bert-base-uncased", "tokenizer.json"), encoding="utf-8"))


def variants():
    """name -> files beside bert-base-uncased's vocab.txt."""
    cased = json.loads(json.dumps(UNCASED))
    cased["normalizer"].update(lowercase=False, clean_text=False)
    cased["model"]["max_input_chars_per_word"] = 7
    cased["decoder"]["cleanup"] = False
    cased["truncation"] = {"max_length": 4, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
    bert = dict(cased, post_processor={"type": "BertProcessing", "sep": ["[SEP]", 102], "cls": ["[CLS]", 101]})
    plain = dict(cased, post_processor=None, decoder=None, normalizer=None)
    token = dict(content="H\u00e9", lstrip=True, rstrip=False, normalized=True, single_word=False, special=False)
    other = dict(content="<mask>", lstrip=True, rstrip=False, normalized=True, single_word=False)
    model = {"model_type": "bert"}
    fast = {"tokenizer_class": "PreTrainedTokenizerFast"}
    bare = {"tokenizer_class": "BertTokenizer"}
    return {
        "vocabulary alone": {"config.json": model},
        "a class alone": {"tokenizer_config.json": bare},
        "cased by configuration": {"tokenizer_config.json": dict(bare, do_lower_case=False), "config.json": model},
        "accents by configuration": {
            "tokenizer_config.json": dict(bare, do_lower_case=False, strip_accents=True),
            "config.json": model,
        },
        "Chinese characters left": {"tokenizer_config.json": dict(bare, tokenize_chinese_chars=False, strip_accents=False)},
        "tokenizer.json of a BertTokenizer": {"tokenizer.json": cased, "tokenizer_config.json": bare},
        "tokenizer.json of a model": {"tokenizer.json": cased, "config.json": model},
        "tokenizer.json rules": {"tokenizer.json": cased, "tokenizer_config.json": dict(fast, do_lower_case=True)},
        "tokenizer.json alone": {"tokenizer.json": cased},
        "BertProcessing": {"tokenizer.json": bert, "tokenizer_config.json": fast},
        "no normalizer, post-processor, decoder": {"tokenizer.json": plain, "tokenizer_config.json": fast},
        "old lists": {
            "tokenizer_config.json": dict(
                bare, additional_special_tokens=["<e>", "</e>"], foo_token="FOO", cls_token="<cls>", model_max_length=77
            ),
            "added_tokens.json": {"hello world": 30522, "<e>": 30523},
            "special_tokens_map.json": {"mask_token": other},
        },
        "added_tokens_decoder": {
            "tokenizer_config.json": dict(bare, added_tokens_decoder={"30522": token}, mask_token="H\u00e9"),
            "special_tokens_map.json": {"mask_token": "ignored"},
        },
        "no mask, special tokens split": {
            "tokenizer_config.json": dict(bare, mask_token=None, pad_token=None, split_special_tokens=True)
        },
        "very large limit": {"tokenizer_config.json": dict(bare, model_max_length=1000000000000000019884624838656)},
        "Electra": {"tokenizer.json": cased, "tokenizer_config.json": {"tokenizer_class": "ElectraTokenizerFast"}},
        "both lists": {
            "tokenizer.json": dict(cased, added_tokens=UNCASED["added_tokens"] + [dict(token, id=30522)]),
            "tokenizer_config.json": dict(
                fast,
                cls_token={"__type": "AddedToken", "content": "[CLS]", "lstrip": False, "normalized": False},
                added_tokens_decoder={"30522": dict(token, lstrip=False), "30523": dict(token, content="<e>")},
                extra_special_tokens=["</e>"],
            ),
        },
    }


def make(place, files):
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    shutil.copy(shared("vocab", "bert-base-uncased", "vocab.txt"), place)
    for name, content in files.items():
        with open(os.path.join(place, name), "w", encoding="utf-8") as file:
            json.dump(content, file)
    return place


def compare(score, what, directory, tokenizer, texts):
    score.compare(what, directory, tokenizer, texts)
    score.compare(what + " special", directory, tokenizer, texts, special=True)
    score.compare_words(what + " words", directory, tokenizer, [text.split(" ") for text in texts])
    size = tokenizer.get_vocab_size()
    tokens = [token.decode("utf-8") for token in unframe(driver("vocab", directory))]
    assert tokens == [tokenizer.id_to_token(i) for i in range(size)], what
    rng = random.Random(5)
    lists = [[rng.choice([rng.randrange(size), rng.randrange(900, 1100), size - 1, 101]) for _ in range(n % 30)] for n in range(300)]
    lists += [tokenizer.encode(text).ids for text in texts]
    framed = b"".join(numpy.array([len(ids)] + ids, numpy.int32).tobytes() for ids in lists)
    for skip in (False, True):
        found = unframe(driver("decode", directory, *(["skip"] if skip else []), texts=framed))
        for ids, have in zip(lists, found):
            score.texts += 1
            if have.decode("utf-8") != tokenizer.decode(ids, skip_special_tokens=skip):
                score.wrong += 1
                print(f"{what}: decode {ids}\n  nomen {have!r}\n  HF    {tokenizer.decode(ids, skip_special_tokens=skip)!r}")


def test_directories(score, place):
    for name, files in variants().items():
        directory = make(os.path.join(place, "in"), files)
        tokenizer = backend(directory)
        compare(score, name, directory, tokenizer, TEXTS)
        saved = os.path.join(place, "out")
        shutil.rmtree(saved, ignore_errors=True)
        os.makedirs(saved)
        driver("save", directory, saved, 512)
        with open(os.path.join(saved, "config.json"), "w", encoding="utf-8") as file:
            json.dump({"model_type": "bert"}, file)
        again = backend(saved)
        # The same tokenizer, as transformers writes it; and nomen reads back what it wrote.
        want, have = json.loads(tokenizer.to_str()), json.loads(again.to_str())
        score.texts += 1
        if want != have:
            score.wrong += 1
            for key in want:
                if want[key] != have[key]:
                    print(f"{name}: saved {key}\n  nomen {have[key]!r:.500}\n  HF    {want[key]!r:.500}")
        with open(os.path.join(saved, "tokenizer_config.json"), encoding="utf-8") as file:
            assert json.load(file)["model_max_length"] == 512
        compare(score, name + ", saved", saved, tokenizer, TEXTS)
        with open(os.path.join(saved, "tokenizer.json"), encoding="utf-8") as file:
            body = json.load(file)
        assert body["truncation"] is None and body["padding"] is None
        # tokenizer.json by itself, as the tokenizers library reads it, is the same tokenizer too.
        alone = type(tokenizer).from_file(os.path.join(saved, "tokenizer.json"))
        alone.encode_special_tokens = tokenizer.encode_special_tokens  # not kept in tokenizer.json
        assert [e.ids for e in alone.encode_batch(TEXTS)] == [e.ids for e in tokenizer.encode_batch(TEXTS)], name


def test_words(score):
    """nomen_tokenizer_words against HF's pre-tokenizer: with a vocabulary that knows nothing, a word is a piece."""
    with tempfile.TemporaryDirectory() as place:
        directory = write_directory(place + "/model", ["[UNK]"])
        tokenizer = backend(directory)
        found = arrays(driver("cut", directory, texts=frame(TEXTS)), 2)
        for text, have, encoding in zip(TEXTS, found, tokenizer.encode_batch(TEXTS)):
            score.texts += 1
            if have.T.tolist() != [list(span) for span in encoding.offsets]:
                score.wrong += 1
                print(f"words of {text!r}: nomen {have.T.tolist()}, HF {encoding.offsets}")


def test_ill_formed(score):
    """Bytes that are not UTF-8 against HF on what Python's decoder makes of them."""
    rng = random.Random(3)
    bits = [b"\x80", b"\xc0\x80", b"\xe2\x82", b"\xed\xa0\x80", b"\xf0\x9f\x98", b"\xf4\x90\x80\x80", b"\xff", b"\xc3",
            "caf\u00e9".encode(), b"word", b" ", b".", "\u4e2d".encode(), "\u0301".encode(), b"\xf0\x90", b"[MASK]"]  # fmt: skip
    texts = [b"".join(rng.choice(bits) for _ in range(rng.randrange(1, 12))) for _ in range(5000)]
    texts += [bytes(rng.randrange(256) for _ in range(rng.randrange(1, 20))) for _ in range(5000)]
    with tempfile.TemporaryDirectory() as place:
        kept = write_directory(place + "/kept", ["[UNK]", "\ufffd", "##\ufffd"], normalizer={"clean_text": False})
        for directory in [kept] + [shared("vocab", name) for name in VOCABULARIES[:2]]:
            found = arrays(driver("encode", directory, texts=frame(texts)), 5)
            decoded = [text.decode("utf-8", errors="replace") for text in texts]
            score.add("ill-formed", texts, found, backend(directory).encode_batch(decoded, add_special_tokens=False))


def main():
    score = Score()
    with tempfile.TemporaryDirectory() as place:
        test_directories(score, place)
    test_words(score)
    test_ill_formed(score)
    score.finish("directories")


if __name__ == "__main__":
    sys.exit(main())
