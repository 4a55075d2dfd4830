"""A stand-in of the Hugging Face hub on this machine's loopback: a server for the hub and another for its storage, on ports
that the system picks, so that they are two hosts to a client. It answers what nomen and huggingface_hub ask, as the hub does:
the list of a revision's files, and files, of which those in `lfs` are redirected to the storage. Tests make it answer
otherwise through `fault`, and read in `log` what was asked.
"""
import hashlib
import http.server
import json
import threading
import time
import urllib.parse


def git_hash(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Repository:
    """A model: files by revision. `lfs` are the names whose content is in the storage."""

    def __init__(self, files, lfs=(), private=False):
        self.lfs = set(lfs)
        self.private = private
        self.commits = {}   # commit: {name: content}
        self.branches = {}  # branch or tag: commit
        self.push(files)

    def push(self, files, branch="main"):
        listing = "".join(f"{name}{git_hash(content)}" for name, content in sorted(files.items()))
        commit = hashlib.sha1(f"{branch}{listing}{len(self.commits)}".encode()).hexdigest()
        self.commits[commit] = dict(files)
        self.branches[branch] = commit
        return commit

    def resolve(self, revision):
        commit = self.branches.get(revision, revision)
        return commit if commit in self.commits else None


class Request:
    """What a test's fault sees: `kind` is "list", "tree", "head", "get" or "storage"."""

    def __init__(self, handler, kind, repository=None, file=None, content=None):
        self.handler, self.kind, self.repository, self.file, self.content = handler, kind, repository, file, content
        self.headers = handler.headers
        self.range = handler.headers.get("Range")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, code, headers=(), body=b"", length=None):
        """Sends an answer; `length` is what Content-Length says of it (None: the truth)."""
        self.send_response(code)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, code, error, message="refused"):
        self.answer(code, {"X-Error-Code": error, "X-Error-Message": message})

    def send_content(self, content, headers=()):
        """A file's content, or the part asked for."""
        headers = dict(headers)
        asked = self.headers.get("Range")
        start = int(asked[len("bytes="):].split("-")[0]) if asked else 0
        if asked and start >= len(content):
            return self.answer(416, {"Content-Range": f"bytes */{len(content)}"})
        if asked:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        code, body, pace = (206 if asked else 200), content[start:], self.server.hub.pace
        if not pace or self.command == "HEAD":
            return self.answer(code, headers, body)
        self.answer(code, headers, b"", len(body))
        for at in range(0, len(body), 65536):
            self.wfile.write(body[at:at + 65536])
            time.sleep(pace)

    def do_GET(self):
        try:
            self.route()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_HEAD = do_GET

    def route(self):
        hub = self.server.hub
        url = urllib.parse.urlsplit(self.path)  # a proxy is asked with the whole address
        with hub.lock:
            hub.log.append((self.server.name, self.command, self.path, dict(self.headers)))
        path = urllib.parse.unquote(url.path)
        if self.server.name == "storage":
            content = hub.stored.get(path.strip("/"))
            request = Request(self, "storage", content=content)
            if hub.fault and hub.fault(request):
                return None
            return self.answer(404) if content is None else self.send_content(content, {"ETag": '"of the storage"'})
        for word, serve in (("/revision/", self.serve_listing), ("/tree/", self.serve_tree), ("/resolve/", self.serve_file)):
            if word in url.path:
                name, rest = url.path.split(word, 1)
                name = name.removeprefix("/api/models").strip("/")
                repository = hub.repositories.get(name)
                if repository is None:
                    return self.refuse(404, "RepoNotFound", "Repository not found")
                if repository.private and self.headers.get("Authorization") != "Bearer secret":
                    return self.refuse(401, "RepoNotFound", "Repository not found")
                return serve(repository, rest)
        return self.answer(404)

    def serve_listing(self, repository, revision):
        commit = repository.resolve(urllib.parse.unquote(revision))
        request = Request(self, "list", repository)
        if self.server.hub.fault and self.server.hub.fault(request):
            return None
        if commit is None:
            return self.refuse(404, "RevisionNotFound", "Invalid rev id")
        files = [{"rfilename": name} for name in sorted(repository.commits[commit])]
        body = json.dumps({"id": "x", "sha": commit, "private": repository.private, "siblings": files}).encode()
        return self.answer(200, {"Content-Type": "application/json"}, body)

    def serve_tree(self, repository, revision):
        commit = repository.resolve(urllib.parse.unquote(revision))
        if commit is None:
            return self.refuse(404, "RevisionNotFound", "Invalid rev id")
        entries = []
        for name, content in sorted(repository.commits[commit].items()):
            entry = {"type": "file", "path": name, "size": len(content), "oid": git_hash(content)}
            if name in repository.lfs:
                entry["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
            entries.append(entry)
        return self.answer(200, {"Content-Type": "application/json"}, json.dumps(entries).encode())

    def serve_file(self, repository, rest):
        hub = self.server.hub
        revision, file = (urllib.parse.unquote(part) for part in rest.split("/", 1))
        commit = repository.resolve(revision)
        content = repository.commits.get(commit, {}).get(file)
        request = Request(self, "head" if self.command == "HEAD" else "get", repository, file, content)
        if hub.fault and hub.fault(request):
            return None
        if commit is None:
            return self.refuse(404, "RevisionNotFound", "Invalid rev id")
        headers = {"X-Repo-Commit": commit}
        if content is None:
            headers |= {"X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"}
            return self.answer(404, headers)
        if file not in repository.lfs:
            return self.send_content(content, headers | {"ETag": f'"{git_hash(content)}"'})
        digest = hashlib.sha256(content).hexdigest()
        hub.stored[digest] = content
        headers |= {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(content)), "ETag": '"of a redirect"',
                    "Location": f"{hub.storage}/{digest}?signature=a%2Fb"}
        return self.answer(302, headers, b"moved")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *arguments):
        pass  # clients are killed


class Hub:
    """`endpoint` and `storage` are addresses. Use it in `with`."""

    def __init__(self):
        self.lock = threading.Lock()
        self.repositories, self.stored, self.log = {}, {}, []
        self.fault = None  # called with a Request; what it answers itself it reports by True
        self.pace = 0      # seconds between parts of 64 KiB
        self.servers = []
        for name in ("hub", "storage"):
            server = Server(("127.0.0.1", 0), Handler)
            server.hub, server.name = self, name
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
            self.servers.append(server)
        self.endpoint, self.storage = (f"http://127.0.0.1:{server.server_port}" for server in self.servers)

    def __enter__(self):
        return self

    def __exit__(self, *arguments):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def asked(self, method, server=None):
        """The paths asked for by a method since the log was cleared."""
        return [path for where, how, path, _ in self.log if how == method and server in (None, where)]
