"""Damaged and hostile weight files: each is a clear error, or exactly the tensors the libraries load.

usage: model_damage.py MODEL_DRIVER

safetensors: every truncation, every bit of length and header flipped, lying and overlapping entries; what
nomen loads, the safetensors library must load too, bit for bit. torch.save, both forms: every truncation,
every byte of the pickle changed (in a zip that is whole again), hostile pickles; what nomen loads,
torch.load(weights_only=True) must load too, bit for bit. Only where the damage is in what nomen does not
read (names of devices, a zip's bookkeeping) may it load what torch refuses: then the undamaged tensors.

The driver runs in an address space of 400 MB (not under a sanitizer, whose shadow is larger): a file of a
few hundred bytes that made it allocate by what it claims to hold would end with "out of memory", which
counts as a failure here, as does a crash.
"""
import collections
import io
import json
import os
import pickle
import resource
import struct
import subprocess
import sys
import tempfile
import warnings
import zipfile

import torch
from model_support import LONG
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors

OUT_OF_MEMORY = 1
ADDRESS_SPACE = 400 << 20


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))


def sanitized(driver):
    with open(driver, "rb") as file:
        program = file.read()
    return b"__asan_init" in program or b"__tsan_init" in program


def ask(driver, form, cases, work):
    """The driver's answers to files with these bytes."""
    paths = []
    for i, data in enumerate(cases):
        paths.append(os.path.join(work, f"case-{i}"))
        with open(paths[-1], "wb") as file:
            file.write(data)
    done = subprocess.run([driver, "tensors", form], input="".join(p + "\n" for p in paths), text=True,
                          capture_output=True, encoding="utf-8", preexec_fn=None if sanitized(driver) else limit_memory)
    assert done.returncode == 0, f"driver ended with {done.returncode}: {done.stderr[-3000:]}"
    for path in paths:
        os.unlink(path)
    return [json.loads(line) for line in done.stdout.splitlines()]


def bits(tensor):
    return tensor.detach().contiguous().float().numpy().tobytes().hex()


def compare(driver, form, cases, load, undamaged, work):
    """Runs all (name, bytes); returns how many nomen loaded, and how many only it refused."""
    answers = ask(driver, form, [data for _, data in cases], work)
    assert len(answers) == len(cases)
    loaded = stricter = 0
    for (name, data), answer in zip(cases, answers, strict=True):
        try:
            expected = load(data)
        except Exception as error:
            expected = error
        if "error" in answer:
            assert answer["status"] != OUT_OF_MEMORY and "case-" in answer["error"], (name, answer)
            stricter += not isinstance(expected, Exception)
            continue
        loaded += 1
        if isinstance(expected, Exception):
            assert set(answer["tensors"]) <= set(undamaged), (name, "loaded, but the library says", repr(expected))
            expected = {key: undamaged[key] for key in answer["tensors"]}
        tensors = {k: v for k, v in expected.items() if isinstance(v, torch.Tensor)}
        assert set(tensors) == set(answer["tensors"]), name
        for key, tensor in tensors.items():
            shape, values = answer["tensors"][key]
            assert shape == list(tensor.shape), (name, key)
            if tensor.dtype in (torch.float32, torch.float16, torch.bfloat16, torch.float64):
                ours = torch.frombuffer(bytearray.fromhex(values), dtype=torch.float32) if values else torch.zeros(0)
                same = bits(tensor) == values or torch.equal(ours.nan_to_num(), tensor.float().flatten().nan_to_num())
                assert same, (name, key)
    return loaded, stricter


# ---- safetensors ----

def with_header(header, data):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def header_cases():
    """Headers that lie, each with eight bytes of data."""
    data = bytes(range(8))
    good = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    entries = {
        "good": {"a": good}, "empty": {}, "metadata only": {"__metadata__": {"format": "pt"}},
        "metadata number": {"__metadata__": {"a": 1}, "a": good}, "metadata null": {"__metadata__": None, "a": good},
        "metadata text": {"__metadata__": "x", "a": good},
        "two halves": {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
                       "b": {"dtype": "F32", "shape": [], "data_offsets": [4, 8]}},
        "overlap": {"a": good, "b": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}},
        "same place": {"a": good, "b": good},
        "gap": {"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}},
        "short": {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}},
        "beyond": {"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 12]}},
        "zero size": {"z": {"dtype": "F32", "shape": [0, 7], "data_offsets": [0, 0]}, "a": good,
                      "y": {"dtype": "F32", "shape": [0], "data_offsets": [8, 8]}},
        "extra key": {"a": {**good, "more": 1}}, "no shape": {"a": {"dtype": "F32", "data_offsets": [0, 8]}},
        "three offsets": {"a": {**good, "data_offsets": [0, 8, 8]}}, "backwards": {"a": {**good, "data_offsets": [8, 0]}},
        "list": [1], "text": "x", "deep": {"a": {**good, "shape": [[[2]]]}},
    }
    for dtype in ("F32", "f32", "F16", "BF16", "F64", "I64", "U8", "BOOL", "F8_E4M3", "C64", "F4", "I4", "", "X" * 99):
        for size in (1, 2, 4, 8, 16):
            entries[f"{dtype[:9]} {size}"] = {"a": {"dtype": dtype, "shape": [size], "data_offsets": [0, 8]}}
    for number in (-1, 2.0, 1e300, 2**31, 2**62, 2**63, 2**64, True, None, "2"):
        entries[f"shape {number}"] = {"a": {**good, "shape": [number]}}
        entries[f"shape {number} 0"] = {"a": {**good, "shape": [number, 0], "data_offsets": [0, 0]}}
        entries[f"shape squared {number}"] = {"a": {**good, "shape": [number, number, 4]}}
        entries[f"end {number}"] = {"a": {**good, "data_offsets": [0, number]}}
        entries[f"start {number}"] = {"a": {**good, "data_offsets": [number, 8]}}
    for rank in (7, 8, 9, 64, 5000):
        entries[f"rank {rank}"] = {"a": {**good, "shape": [2] + [1] * (rank - 1)}}
    yield from ((name, with_header(header, data)) for name, header in entries.items())
    text = json.dumps({"a": good}).encode()
    raw = {"duplicate": b'{"a":%b,"a":%b}', "duplicate key": b'{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
           "minus zero": b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[-0,8]}}',
           "leading zero": b'{"a":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}}',
           "nul": text + b"\0", "spaces": text + b"   ", "space first": b" " + text, "newline": text + b"\n\t\r ",
           "garbage": text + b"x", "second": text + text, "bom": b"\xef\xbb\xbf" + text, "utf8": text.replace(b'"a"', b'"\xff"'),
           "escape": text.replace(b'"a"', rb'"\u0061\n"'), "surrogate": text.replace(b'"a"', rb'"\ud800"'),
           "nul name": text.replace(b'"a"', rb'"\u0000"'), "depth": b"[" * 100000, "objects": b'{"a":' * 100000,
           "list of 50000": b'{"a":{"dtype":"F32","shape":[' + b"1," * 50000 + b"2],\"data_offsets\":[0,8]}}",
           "names": b"{" + b",".join(b'"%d":{}' % i for i in range(70000)) + b"}"}
    entry = json.dumps(good).encode()
    for name, header in raw.items():
        yield name, with_header(header.replace(b"%b", entry), data)
    for length in (0, 1, 7, len(text) - 1, len(text) + 1, len(text) + 8, len(text) + 9, 10**8, 10**8 + 1, 2**63, 2**64 - 1,
                   2**64 - 8):
        yield f"length {length}", struct.pack("<Q", length) + text + data
    yield "lfs", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"


def safetensors_cases():
    tensors = {"w": torch.arange(6, dtype=torch.float32).reshape(2, 3), "h": torch.ones(3, dtype=torch.float16),
               "i": torch.arange(2)}
    whole = save_safetensors(tensors, metadata={"format": "pt"})
    header_end = 8 + struct.unpack("<Q", whole[:8])[0]
    for n in range(len(whole) + 1):
        yield f"cut at {n}", whole[:n]
    for bit in range(8 * header_end):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << (bit % 8)
        yield f"bit {bit}", bytes(damaged)
    for byte in range(8, header_end):
        for value in b'0"{},' if LONG else b"0":
            yield f"byte {byte} as {value}", whole[:byte] + bytes([value]) + whole[byte + 1:]
        yield f"without byte {byte}", struct.pack("<Q", header_end - 9) + whole[8:byte] + whole[byte + 1:]
    yield "longer", whole + b"\0"
    yield from header_cases()


# ---- torch.save ----

def torch_bytes(state, zip_form):
    out = io.BytesIO()
    torch.save(state, out, _use_new_zipfile_serialization=zip_form)
    return out.getvalue()


def with_pickle(whole, data):
    """The same zip with another data.pkl."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, data if name.endswith("/data.pkl") else source.read(name))
    return out.getvalue()


class Call:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def hostile_pickles():
    """Pickles that no state dict needs; the file they would make is looked for afterwards."""
    calls = {"system": Call(os.system, "touch nomen-was-here"), "exec": Call(exec, "open('nomen-was-here', 'w')"),
             "eval": Call(eval, "1+1"), "open": Call(open, "nomen-was-here", "w"), "getattr": Call(getattr, os, "system"),
             "import": Call(__import__, "os"), "load": Call(torch.load, "x"), "ordered": Call(collections.OrderedDict, [("a", 1)])}
    for name, call in calls.items():
        yield name, b"\x80\x02cbuiltins\neval\n." if name == "getattr" else pickle.dumps({"a": call}, 2)
    for protocol in (0, 1, 3, 4, 5):
        yield f"protocol {protocol}", pickle.dumps({"a": 1}, protocol)
    head = b"\x80\x02"
    yield from {
        "empty": b"", "only head": head, "stop": head + b".", "mark": head + b"(.", "tuple": head + b"t.", "none": head + b"N.",
        "deep lists": head + b"]" * 200000 + b"a" * 199999 + b".", "deep tuples": head + b")" + b"\x85" * 200000 + b".",
        "self": head + b"}q\0X\1\0\0\0aq\1h\0s.", "many marks": head + b"(" * 300000 + b"N.",
        "big memo": head + b"}r\xff\xff\xff\x7f.", "memo get": head + b"h\5.", "memo of nothing": head + b"q\0.",
        "long text": head + b"X\xff\xff\xff\xffabc.", "negative text": head + b"T\xff\xff\xff\xffabc.",
        "values": head + b"}(" + b"N" * 1500000 + b"u.", "odd items": head + b"}(NNNu.", "list as dict": head + b"](NNu.",
        "mark as key": head + b"}(Ns.", "reduce nothing": head + b"R.", "reduce text": head + b"X\1\0\0\0a)R.",
        "storage call": head + b"ctorch\nFloatStorage\n)R.", "persistent": head + b"NQ.",
        "persistent tuple": head + b"))Q.", "rebuild": head + b"ctorch._utils\n_rebuild_tensor_v2\n)R.",
        "parameter": head + b"ctorch._utils\n_rebuild_parameter\n)R.", "build": head + b"NNb.", "build dict": head + b"}Nb.",
        "name": head + b"c" + b"a" * 5000 + b"\n" + b"\xff" * 5000 + b"\n.", "unending name": head + b"cabc",
        "inst": head + b"(ios\nsystem\n.", "obj": head + b"(cos\nsystem\no.", "ext": head + b"\x82\1.",
        "huge long": head + b"\x8b\xff\xff\xff\x7f.", "left over": head + b"NN."}.items()


def storage_id(key="0", n=6, kind="torch\nFloatStorage"):
    text = [b"X" + struct.pack("<I", len(s)) + s for s in (b"storage", key.encode(), b"cpu")]
    return b"(" + text[0] + b"c" + kind.encode() + b"\n" + text[1] + text[2] + integer(n) + b"tQ"


def integer(n):
    data = n.to_bytes((n.bit_length() + 8) // 8, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def tensor_pickle(offset, shape, stride, **storage):
    sizes = [b"(" + b"".join(map(integer, numbers)) + b"t" for numbers in (shape, stride)]
    return (b"\x80\x02}X\1\0\0\0actorch._utils\n_rebuild_tensor_v2\n(" + storage_id(**storage) + integer(offset) + sizes[0] +
            sizes[1] + b"\x89ccollections\nOrderedDict\n)RtRs.")


def tensor_pickles():
    """Tensors over a storage of six floats."""
    shapes = {"good": (0, [2, 3], [3, 1]), "turned": (0, [3, 2], [1, 3]), "offset": (5, [1], [1]), "beyond": (6, [1], [1]),
              "too long": (0, [7], [1]), "stride": (0, [2, 2], [5, 1]), "stride beyond": (0, [2, 2], [5, 2]),
              "negative": (-1, [1], [1]), "negative shape": (0, [-1], [1]), "negative stride": (5, [2], [-1]),
              "huge stride": (0, [2], [2**62]), "wrap": (1, [2], [2**64 - 1]), "huge shape": (0, [2**40, 2**40], [0, 0]),
              "zero stride": (0, [3], [0]), "lots": (0, [2**26], [0]), "no elements": (2**40, [0], [1]),
              "ranks differ": (0, [2, 3], [1]), "rank 9": (0, [1] * 9, [1] * 9), "huge offset": (2**63 - 1, [2], [1]),
              "scalar": (3, [], []), "too big": (2**70, [1], [1])}
    for name, (offset, shape, stride) in shapes.items():
        if name not in ("no elements", "lots"):  # torch refuses, or really allocates
            yield name, tensor_pickle(offset, shape, stride)
    for name, storage in {"lying size": {"n": 7}, "smaller": {"n": 5}, "huge": {"n": 2**61}, "negative": {"n": -1},
                          "no key": {"key": "9"}, "path": {"key": "../data.pkl"}, "long key": {"key": "0" * 100},
                          "half": {"kind": "torch\nHalfStorage"}, "bytes": {"kind": "torch\nByteStorage"},
                          "other": {"kind": "torch\nStorage"}, "os": {"kind": "os\nsystem"}}.items():
        yield "storage " + name, tensor_pickle(0, [1], [1], **storage)


def torch_state():
    weight = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    return collections.OrderedDict(a=weight, b=weight.t(), c=torch.ones(2, dtype=torch.float16))


def torch_cases():
    state = torch_state()
    whole, old = torch_bytes(state, True), torch_bytes(state, False)
    for n in range(0, len(whole), 1 if LONG else 5):
        yield f"zip cut at {n}", whole[:n]
    for n in range(len(old)):
        yield f"old cut at {n}", old[:n]
    with zipfile.ZipFile(io.BytesIO(whole)) as source:
        good = next(source.read(n) for n in source.namelist() if n.endswith("/data.pkl"))
    yield "repacked", with_pickle(whole, good)
    for at in range(len(good)):
        for flip in (1, 2, 4, 8, 16, 32, 64, 128) if LONG else (1, 4, 32):
            damaged = good[:at] + bytes([good[at] ^ flip]) + good[at + 1:]
            yield f"pickle byte {at} ^ {flip}", with_pickle(whole, damaged)
    for at in range(len(old)):
        yield f"old byte {at}", old[:at] + bytes([old[at] ^ 4]) + old[at + 1:]
    for at in range(0, len(whole), 1 if LONG else 7):
        yield f"zip byte {at}", whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1:]
    single = torch_bytes({"a": state["a"]}, True)
    for name, data in [*hostile_pickles(), *tensor_pickles()]:
        yield "hostile " + name, with_pickle(single, data)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("x/data.pkl", good)
        target.writestr("x/data/0", bytes(10**7))
    yield "deflated", packed.getvalue()
    for name, members in {"no pickle": {"x/y": b""}, "two pickles": {"x/data.pkl": good, "y/data.pkl": good},
                          "script": {"x/data.pkl": good, "x/constants.pkl": b""}, "missing storage": {"x/data.pkl": good},
                          "big endian": {"x/data.pkl": good, "x/byteorder": b"big"}}.items():
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as target:
            for member, data in members.items():
                target.writestr(member, data)
        yield name, out.getvalue()
    yield "text", b"hello, these are no weights"


def load_torch(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = torch.load(io.BytesIO(data), weights_only=True)
    assert isinstance(loaded, dict)
    return loaded


def main():
    driver = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        for form, cases, load, undamaged in (("safetensors", list(safetensors_cases()), load_safetensors, {}),
                                             ("torch", list(torch_cases()), load_torch, torch_state())):
            loaded, stricter = compare(driver, form, cases, load, undamaged, work)
            print(f"{form}: {len(cases)} files, {loaded} loaded to the library's bits, {len(cases) - loaded} clear errors, "
                  f"{stricter} of them where the library would load")
        assert not os.path.exists("nomen-was-here")


main()
