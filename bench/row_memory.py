"""Row of memory: tagging a file of a gibibyte with a tiny model, whose peak must not grow with the file."""
import os

import material
import measure

MIB = 1 << 20
TINY = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}


def write_text(path, texts, size):
    """`size` bytes: in each 16 MiB one line of a MiB, the rest a sentence a line."""
    short = ("\n".join(texts) + "\n").encode()
    long_line = (" ".join(texts).encode() * (MIB // len(short) + 1))[:MIB - 1].decode("utf-8", "ignore").encode() + b"\n"
    with open(path, "wb") as file:
        written = 0
        while written < size:
            if written % (16 * MIB) < len(short):
                written += file.write(long_line)
            written += file.write(short)
        file.truncate(size)
    return path


def rows(suite):
    size = 64 * MIB if suite.quick else 1024 * MIB
    model = material.random_bert(material.inside("models", "tiny"), material.vocabulary(), **TINY)
    weights = os.path.getsize(os.path.join(model, "model.safetensors"))
    big, small = material.inside("data", "big.txt"), material.inside("data", "small.txt")
    write_text(big, suite.sentences.texts(2000), size)
    material.write_lines(small, suite.sentences.texts(10))
    command = [suite.nomen, "tag", "--model", model, "--format", "conll", "--quiet", "--threads", suite.threads]
    try:
        peaks, seconds = {}, 0
        for path in (small, big):
            _, seconds, peaks[path], _ = measure.run(command + [path], suite.environment, keep=False)
    finally:
        os.remove(big)
    row = measure.value("memory of tagging %d MiB of text, above the model's %.0f MiB" % (size // MIB, weights / MIB), "MiB",
                        (peaks[big] - weights) / MIB, suite.goal("memory"),
                        note="%.0f MiB above the peak with ten sentences; %.1f MiB/s" % (
                            (peaks[big] - peaks[small]) / MIB, size / MIB / seconds))
    suite.tell(row)
    return [row]
