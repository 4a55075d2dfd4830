"""What the tests of `nomen fetch` share: a model's files, a scratch directory, an environment of their own, and checks of a
cache. Usage in a script: Tests(PROGRAM, TINY)."""
import concurrent.futures
import copy
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from hub import Hub, Repository, git_hash

CLEARED = ("HF_", "HUGGING", "TRANSFORMERS_", "XDG_", "CURL_", "REQUESTS_", "SSL_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def environment(home, **more):
    """The machine's, without what would lead to another cache, hub or token."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(CLEARED) and name not in PROXIES}
    return kept | {"HOME": str(home), "LC_ALL": "C.UTF-8"} | {name: str(value) for name, value in more.items()}


def model_files(tiny, where):
    """The files of a tiny model, as bytes."""
    subprocess.run([tiny, where], check=True, stdout=subprocess.DEVNULL)
    return {path.name: path.read_bytes() for path in pathlib.Path(where).iterdir()}


class Failure(Exception):
    pass


def expect(fact, text):
    if not fact:
        raise Failure(text)


def check_cache(cache, name):
    """Every file of the cache that has its final name is whole: blobs have their hash, links lead to blobs, refs to commits."""
    folder = pathlib.Path(cache) / ("models--" + name.replace("/", "--"))
    for blob in (folder / "blobs").glob("*"):
        if ".incomplete" in blob.name:
            continue
        content = blob.read_bytes()
        found = hashlib.sha256(content).hexdigest() if len(blob.name) == 64 else git_hash(content)
        expect(found == blob.name, f"{blob} has the hash {found}")
    for link in (folder / "snapshots").glob("*/*"):
        expect(link.is_symlink() and re.fullmatch(r"\.\./\.\./blobs/[0-9a-f]{40,64}", os.readlink(link)), f"{link} is no link")
        expect(link.is_file(), f"{link} leads nowhere")
    for ref in (folder / "refs").rglob("*"):
        if ref.is_file():
            expect(re.fullmatch("[0-9a-f]{40}", ref.read_text()), f"{ref} is no commit: {ref.read_text()!r}")
            expect((folder / "snapshots" / ref.read_text()).is_dir(), f"{ref} names no snapshot")
    return folder


class Tests:
    """Runs the functions whose names begin with `test_` of a module; each gets one of these, with its own hub and home."""

    def __init__(self, program, tiny):
        self.program = os.path.abspath(program)
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="nomen-fetch."))
        self.files = model_files(tiny, self.scratch / "model")
        self.home = self.hub = None

    def start(self, *arguments, **more):
        env = environment(self.home, HF_ENDPOINT=self.hub.endpoint, **more)
        return subprocess.Popen([self.program, *map(str, arguments)], env=env, cwd=self.home, text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments, code=0, says="", **more):
        """Runs the program; its standard output. `says` must be in what it wrote to standard error."""
        process = self.start(*arguments, **more)
        out, err = process.communicate(timeout=60)
        expect(process.returncode == code, f"{arguments}: exit code {process.returncode}, expected {code}: {err}")
        expect(says in err, f"{arguments}: expected {says!r} in {err!r}")
        return out

    def fetch(self, name, *arguments, **more):
        return pathlib.Path(self.run("fetch", name, *arguments, **more).strip())

    @property
    def cache(self):
        return self.home / ".cache" / "huggingface" / "hub"

    def left_over(self):
        return [str(path) for path in self.cache.rglob("*.incomplete*")]

    def run_one(self, name, function):
        """A case with a hub and a home of its own; what is wrong, or None."""
        t = copy.copy(self)
        t.home = self.scratch / name
        t.home.mkdir()
        with Hub() as t.hub:
            t.hub.repositories["org/tiny"] = Repository(self.files, {"model.safetensors"})
            try:
                function(t)
                if (t.cache / "models--org--tiny").exists():
                    check_cache(t.cache, "org/tiny")
            except Exception as problem:  # each kind is a failure of this case alone
                return f"{name}: {type(problem).__name__}: {problem}"
        return None

    def run_all(self, module, chosen, at_once=1):
        """Several cases run at once where they mostly wait."""
        cases = [item for item in vars(module).items() if item[0].startswith("test_") and (not chosen or item[0] in chosen)]
        try:
            with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
                found = list(pool.map(lambda item: self.run_one(*item), cases))
        finally:
            shutil.rmtree(self.scratch)
        failed = [text for text in found if text]
        print(*failed, f"{len(cases)} cases, {len(failed)} failed", sep="\n")
        return 1 if failed or not cases else 0
