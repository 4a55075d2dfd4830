"""Weight files as torch, safetensors and transformers write them, read bit for bit; and config.json.

usage: model_formats.py MODEL_DRIVER

No tolerance: widening fp16 and bf16 is exact, and fp64 is rounded once on both sides.
"""
import collections
import json
import os
import sys
import tempfile

import torch
from model_support import describe_files, run
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, BertConfig, BertForMaskedLM, BertForTokenClassification, BertModel

N_LABELS = 5


def bits(tensor):
    return tensor.detach().contiguous().float().numpy().tobytes().hex()


def check(answer, expected, what):
    assert "tensors" in answer, (what, answer)
    found = answer["tensors"]
    assert set(found) == set(expected), (what, set(found) ^ set(expected))
    for name, tensor in expected.items():
        assert found[name][0] == list(tensor.shape), (what, name, found[name][0])
        if tensor.is_floating_point():
            assert found[name][1] == bits(tensor), (what, name)


def odd_tensors():
    """Views, shared storages, every dtype, scalars and empty tensors; all half-precision bit patterns."""
    base = torch.arange(60, dtype=torch.float32).reshape(3, 4, 5) / 7
    tensors = {"plain": base, "transposed": base.permute(2, 0, 1), "slice": base[1:, ::2, 1:4], "scalar": torch.tensor(2.5),
               "expanded": torch.ones(3, 1).expand(3, 4), "empty": torch.zeros(0, 4), "one": base[2, 3, 4:],
               "long": torch.arange(5), "bool": torch.tensor([True, False]), "double": base.double() / 3,
               "parameter": torch.nn.Parameter(base * 2), "column": base[0, :, 1]}
    halves = torch.arange(65536, dtype=torch.int32).to(torch.uint16)
    # nan payloads survive on both sides only for quiet NaNs, so those are left out
    for name, dtype in (("half", torch.float16), ("bfloat", torch.bfloat16)):
        numbers = halves.view(dtype)
        tensors[name] = numbers[~numbers.isnan()]
    return tensors


def torch_files(driver, work):
    tensors = odd_tensors()
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.LayerNorm(4))
    states = {"dict": tensors, "ordered": collections.OrderedDict(tensors), "module": module.state_dict(),
              "parameters": dict(module.named_parameters()), "half": module.half().state_dict(),
              "mixed": {**module.state_dict(), "step": 3, "lr": 0.5, "name": "x", "none": None, "list": [1, -70000, 2**40]}}
    paths, expected = [], []
    for name, state in states.items():
        for form in (True, False):
            path = os.path.join(work, f"{name}-{form}.bin")
            torch.save(state, path, _use_new_zipfile_serialization=form)
            paths.append(path)
            expected.append({k: v for k, v in state.items() if isinstance(v, torch.Tensor)})
    for path, want, answer in zip(paths, expected, describe_files(driver, "torch", paths), strict=True):
        check(answer, want, path)
    return len(paths)


def safetensors_files(driver, work):
    tensors = {k: v.detach().contiguous() for k, v in odd_tensors().items()}
    tensors["slice"] = tensors["slice"].clone()
    path = os.path.join(work, "odd.safetensors")
    save_file({k: v.clone() for k, v in tensors.items()}, path, metadata={"format": "pt", "é": "\"\\\n"})
    check(describe_files(driver, "safetensors", [path])[0], load_file(path), path)
    return 1


def old_names(state):
    """As of 2018: gamma and beta, a position_ids buffer."""
    renamed = {k.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): v
               for k, v in state.items()}
    renamed["bert.embeddings.position_ids"] = torch.arange(40)[None]
    return renamed


def write_directory(work, name, config, state, writer, file):
    path = os.path.join(work, name)
    os.makedirs(path)
    config.save_pretrained(path)
    writer(state, os.path.join(path, file))
    return path


def compare_directory(driver, path, expected, report):
    """Reads and writes a directory with nomen, and has transformers load what it wrote."""
    out = path + "-out"
    os.makedirs(out)
    found = json.loads(run(driver, "resave", path, N_LABELS, out))
    for key, value in report.items():
        assert found[key] == value, (path, key, found)
    written = load_file(os.path.join(out, "model.safetensors"))
    for name, tensor in expected.items():
        if name.startswith("classifier.") and not found["head_loaded"]:
            continue
        assert bits(written[name]) == bits(tensor), (path, name)
    model, info = BertForTokenClassification.from_pretrained(out, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"] and not info["mismatched_keys"], (path, info)
    assert model.dtype == torch.float32 and model.num_labels == N_LABELS
    for name, tensor in model.state_dict().items():
        assert bits(tensor) == bits(written[name]), (path, name)


def directories(driver, work):
    torch.manual_seed(1)
    names = ["O", "B-per", "I-per", "B-geo", "I-geo"]
    config = BertConfig(vocab_size=50, hidden_size=24, num_hidden_layers=3, num_attention_heads=2, intermediate_size=40,
                        max_position_embeddings=20, id2label=dict(enumerate(names)),
                        label2id={n: i for i, n in enumerate(names)})
    model = BertForTokenClassification(config)
    state = model.state_dict()
    whole = {"head_loaded": True, "head_other_size": False, "n_unused": 0}
    cases = []

    def add(name, weights, writer, file, expected=None, **report):
        path = write_directory(work, name, config, weights, writer, file)
        cases.append((path, expected or state, {**whole, "file": file, **report}))

    def legacy(weights, path):
        torch.save(weights, path, _use_new_zipfile_serialization=False)

    add("safetensors", state, save_file, "model.safetensors", dtype="F32")
    add("zip", state, torch.save, "pytorch_model.bin", dtype="F32")
    add("legacy", state, legacy, "pytorch_model.bin")
    add("gamma", old_names(state), save_file, "model.safetensors")
    add("gamma-legacy", old_names(state), legacy, "pytorch_model.bin")
    for name, dtype in (("F16", torch.float16), ("BF16", torch.bfloat16), ("F64", torch.float64)):
        cast = {k: v.to(dtype) for k, v in state.items()}
        add("st-" + name, cast, save_file, "model.safetensors", cast, dtype=name)
        add("bin-" + name, cast, torch.save, "pytorch_model.bin", cast, dtype=name)
    mixed = {k: v.half() if "query" in k else v for k, v in state.items()}
    add("mixed", mixed, save_file, "model.safetensors", mixed, dtype="mixed")
    bare = {k.removeprefix("bert."): v for k, v in state.items()}
    add("bare", bare, save_file, "model.safetensors")
    other = {**state, "classifier.weight": torch.zeros(7, 24), "classifier.bias": torch.zeros(7)}
    add("other-head", other, save_file, "model.safetensors", head_loaded=False, head_other_size=True,
        n_unused=2)
    transposed = {k: v.t().contiguous().t() if v.dim() == 2 else v for k, v in state.items()}
    add("strided", transposed, torch.save, "pytorch_model.bin")
    encoder = BertModel(config)
    add("encoder", encoder.state_dict(), save_file, "model.safetensors",
        {"bert." + k: v for k, v in encoder.state_dict().items() if "pooler" not in k}, head_loaded=False, n_unused=2)
    masked = BertForMaskedLM(config)
    path = os.path.join(work, "masked")
    masked.save_pretrained(path)
    cases.append((path, masked.bert.state_dict(prefix="bert."), {**whole, "head_loaded": False, "n_unused": 5}))
    path = os.path.join(work, "sharded")
    model.save_pretrained(path, max_shard_size="20KB")
    assert os.path.exists(os.path.join(path, "model.safetensors.index.json"))
    cases.append((path, state, {**whole, "file": "model.safetensors.index.json"}))
    cases.append((sharded_bin(work, config, state), state, {**whole, "file": "pytorch_model.bin.index.json"}))
    n_failures = 0
    for case in cases:
        compare_directory(driver, *case)
        n_failures += int(run(driver, "failures", case[0], N_LABELS))
    return len(cases), n_failures


def sharded_bin(work, config, state):
    path = os.path.join(work, "sharded-bin")
    os.makedirs(path)
    config.save_pretrained(path)
    names = sorted(state)
    parts = {f"pytorch_model-0000{i + 1}-of-00003.bin": names[i::3] for i in range(3)}
    for file, part in parts.items():
        torch.save({n: state[n] for n in part}, os.path.join(path, file))
    index = {"metadata": {"total_size": 1}, "weight_map": {n: file for file, part in parts.items() for n in part}}
    with open(os.path.join(path, "pytorch_model.bin.index.json"), "w") as out:
        json.dump(index, out)
    return path


def written_config(driver, work):
    """Unknown keys stay, an fp16 dtype becomes float32, and the rest reads back as it was."""
    path = os.path.join(work, "config")
    config = BertConfig(vocab_size=30, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
                        max_position_embeddings=9, hidden_act="gelu_pytorch_tanh", layer_norm_eps=1e-5,
                        classifier_dropout=0.25, hidden_dropout_prob=0.05, num_labels=3, dtype=torch.float16)
    BertForTokenClassification(config).half().save_pretrained(path)
    file = os.path.join(path, "config.json")
    with open(file) as text:
        before = json.load(text)
    before["my_key"] = {"a": [1, 2.5, None]}
    before["torch_dtype"] = "float16"
    with open(file, "w") as out:
        json.dump(before, out)
    os.makedirs(path + "-out")
    run(driver, "resave", path, N_LABELS, path + "-out")
    with open(os.path.join(path + "-out", "config.json")) as text:
        after = json.load(text)
    labels = [f"T{i}" for i in range(N_LABELS)]
    changed = {"architectures": ["BertForTokenClassification"], "dtype": "float32", "torch_dtype": "float32",
               "id2label": {str(i): n for i, n in enumerate(labels)}, "label2id": {n: i for i, n in enumerate(labels)}}
    assert after == {**before, **changed}, {k for k in {*after, *before} if after.get(k) != {**before, **changed}.get(k)}
    loaded = AutoConfig.from_pretrained(path + "-out")
    assert loaded.num_labels == N_LABELS and loaded.id2label[3] == "T3" and loaded.hidden_act == "gelu_pytorch_tanh"
    assert loaded.layer_norm_eps == 1e-5 and loaded.classifier_dropout == 0.25


def main():
    driver = sys.argv[1]
    with tempfile.TemporaryDirectory() as work:
        n = torch_files(driver, work) + safetensors_files(driver, work)
        n_directories, n_failures = directories(driver, work)
        written_config(driver, work)
        print(f"{n} weight files and {n_directories} model directories read to the same bits; "
              f"{n_failures} failing allocations, each a clear error and nothing leaked")


main()
