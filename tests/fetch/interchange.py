#!/usr/bin/env python3
"""The cache between nomen and huggingface_hub, both ways, beside a stand-in of the hub: each reads what the other wrote, nothing
is downloaded again, and both write the same folders, links and bytes.

Usage: interchange.py PROGRAM TINY
"""
import os
import pathlib
import sys
import tempfile

# Before the import, which reads them.
HOME = tempfile.mkdtemp(prefix="nomen-hub-home.")
for variable in [name for name in os.environ if name.startswith(("HF_", "HUGGING", "TRANSFORMERS_"))]:
    del os.environ[variable]
os.environ |= {"HF_HOME": HOME, "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1",
               "NO_PROXY": "*", "no_proxy": "*"}
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import huggingface_hub
from huggingface_hub.errors import EntryNotFoundError

from hub import Repository
from support import Tests, check_cache, expect

OPTIONAL = ["tokenizer_config.json", "tokenizer.json", "vocab.txt", "special_tokens_map.json", "added_tokens.json"]


def tree(folder):
    """What a model's folder holds: links by where they lead, files by their bytes."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if name.split("/")[0] == "trees":  # huggingface_hub's own list of files
            continue
        if path.is_symlink():
            found[name] = ("link", os.readlink(path))
        else:
            found[name] = ("file", path.read_bytes()) if path.is_file() else ("directory",)
    return found


def by_library(t, cache, revision="main"):
    """huggingface_hub gets the same files, asking for absent ones too, as transformers does; the directory."""
    get = lambda file: huggingface_hub.hf_hub_download("org/tiny", file, revision=revision, cache_dir=cache,
                                                       endpoint=t.hub.endpoint)
    directory = pathlib.Path(get("config.json")).parent
    for file in OPTIONAL + ["model.safetensors"]:
        try:
            get(file)
        except EntryNotFoundError:
            pass
    return directory


def test_both_write_the_same(t):
    repository = t.hub.repositories["org/tiny"]
    repository.branches["refs/pr/1"] = repository.branches["main"]
    repository.push(t.files | {"config.json": t.files["config.json"] + b"\n"})
    for revision in ("main", "refs/pr/1"):
        ours = t.fetch("org/tiny", "--cache-dir", t.home / "ours", "--revision", revision)
        theirs = by_library(t, t.home / "theirs", revision)
        expect(ours.relative_to(t.home / "ours") == theirs.relative_to(t.home / "theirs"), f"{ours}, {theirs}")
        a, b = (tree(t.home / which / "models--org--tiny") for which in ("ours", "theirs"))
        expect(a == b, f"differs: {sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))}")
    modes = [{path.name: path.stat().st_mode for path in (t.home / which).rglob("blobs/*")} for which in ("ours", "theirs")]
    expect(modes[0] == modes[1], f"modes: {modes}")


def test_library_reads_what_nomen_wrote(t):
    directory = t.fetch("org/tiny", "--cache-dir", t.home / "cache")
    t.hub.log.clear()
    for file, content in t.files.items():
        if not (directory / file).exists():
            continue
        for how in ({"local_files_only": True}, {"endpoint": t.hub.endpoint}):
            path = huggingface_hub.hf_hub_download("org/tiny", file, cache_dir=t.home / "cache", **how)
            expect(pathlib.Path(path) == directory / file and pathlib.Path(path).read_bytes() == content, f"{file}: {path}")
    expect(not t.hub.asked("GET"), f"downloaded again: {t.hub.asked('GET')}")
    absent = huggingface_hub.try_to_load_from_cache("org/tiny", "added_tokens.json", cache_dir=t.home / "cache")
    expect(absent is huggingface_hub._CACHED_NO_EXIST, f"added_tokens.json: {absent}")
    found = huggingface_hub.snapshot_download("org/tiny", cache_dir=t.home / "cache", local_files_only=True)
    expect(pathlib.Path(found) == directory, f"snapshot_download: {found}")
    scan = huggingface_hub.scan_cache_dir(t.home / "cache")
    expect(not scan.warnings and [repo.repo_id for repo in scan.repos] == ["org/tiny"], f"{scan}")
    expect([set(revision.refs) for repo in scan.repos for revision in repo.revisions] == [{"main"}], f"{scan}")


def test_nomen_reads_what_library_wrote(t):
    directory = by_library(t, t.cache)
    t.hub.log.clear()
    t.run("info", "org/tiny", HF_HUB_OFFLINE=1)
    expect(t.fetch("org/tiny", HF_HUB_OFFLINE=1) == directory, "offline")
    expect(not t.hub.log, "something was asked")
    before = tree(t.cache / "models--org--tiny")
    expect(t.fetch("org/tiny") == directory, "fetch")
    expect([path for path in t.hub.asked("GET") if "/resolve/" in path or "/api/" not in path] == [], f"{t.hub.asked('GET')}")
    expect(tree(t.cache / "models--org--tiny") == before, "nomen changed what was whole")


def test_each_completes_what_the_other_began(t):
    huggingface_hub.hf_hub_download("org/tiny", "config.json", cache_dir=t.cache, endpoint=t.hub.endpoint)
    t.run("fetch", "--offline", "org/tiny", code=1, says="only a part")
    directory = t.fetch("org/tiny")
    files = {name: content for name, content in t.files.items()} | {"README.md": b"# more\n"}
    repository = t.hub.repositories["org/tiny"] = Repository(t.files, {"model.safetensors"})
    t.hub.log.clear()
    repository.push(files)
    whole = pathlib.Path(huggingface_hub.snapshot_download("org/tiny", cache_dir=t.cache, endpoint=t.hub.endpoint))
    expect({path.name: path.read_bytes() for path in whole.iterdir()} == files, "a snapshot differs")
    expect(len([path for path in t.hub.asked("GET") if "/resolve/" in path]) == 1, f"{t.hub.asked('GET')}")
    expect(t.fetch("org/tiny") == whole and whole != directory, "the next commit")
    check_cache(t.cache, "org/tiny")


def test_many_of_both_at_once(t):
    t.hub.pace = 0.01
    t.hub.repositories["org/tiny"] = Repository(t.files | {"model.safetensors": os.urandom(2 << 20)}, {"model.safetensors"})
    ours = [t.start("fetch", "org/tiny", "-q") for _ in range(8)]
    theirs = by_library(t, t.cache)
    for process in ours:
        out, err = process.communicate(timeout=60)
        expect(process.returncode == 0 and pathlib.Path(out.strip()) == theirs, f"{out}: {err}")
    n = len(t.hub.asked("GET", "storage"))
    expect(n == 1, f"{n} downloads of one file: locks are not shared")


tests = Tests(sys.argv[1], sys.argv[2])
sys.exit(tests.run_all(sys.modules[__name__], sys.argv[3:]))
