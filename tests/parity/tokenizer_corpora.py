"""Pieces, offsets and word ids equal HF's on real corpora, with the four vocabularies, raw and pre-split."""
import csv
import glob
import io
import os
import sys
import zipfile

from tokenizer_common import LONG, VOCABULARIES, Score, backend, driver, shared, unframe


def gmb():
    with zipfile.ZipFile(shared("data", "gmb", "ner_text_labels.csv.zip")) as archive:
        text = archive.read("ner.csv").decode("utf-8")
    return [row["text"].split(" ") for row in csv.DictReader(io.StringIO(text, newline=""))]


def wnut():
    sentences, words = [], []
    for name in ["train", "dev", "test"]:
        with open(shared("data", "wnut17", name + ".conll"), encoding="utf-8", newline="\n") as file:
            for line in file.read().split("\n") + [""]:
                word = line.split("\t")[0]
                if word:
                    words.append(word)
                elif words:
                    sentences.append(words)
                    words = []
    return sentences


def litbank():
    documents = []
    for name in sorted(glob.glob(os.path.join(shared("data", "litbank"), "*.tsv"))):
        with open(name, encoding="utf-8", newline="\n") as file:
            documents.append([line.split("\t")[0] for line in file.read().split("\n") if line.strip()])
    return documents


def main():
    total = Score()
    corpora = {"GMB": gmb(), "WNUT-17": wnut(), "LitBank": litbank()}
    if not LONG:
        corpora["GMB"] = corpora["GMB"][::12]
        corpora["WNUT-17"] = corpora["WNUT-17"][::4]
    for name in VOCABULARIES:
        directory = shared("vocab", name)
        tokenizer = backend(directory)
        tokens = [token.decode("utf-8") for token in unframe(driver("vocab", directory))]
        assert tokens == [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())], name
        for corpus, texts in corpora.items():
            score = Score()
            raw = [" ".join(words) for words in texts]
            score.compare(f"{corpus} {name}", directory, tokenizer, raw)
            score.compare(f"{corpus} {name} special", directory, tokenizer, raw[:100], special=True)
            score.compare_words(f"{corpus} {name} words", directory, tokenizer, texts)
            score.report(f"{corpus}, {name}")
            total.include(score)
    total.finish("all corpora")


if __name__ == "__main__":
    sys.exit(main())
