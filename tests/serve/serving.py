"""What the tests of `nomen serve` share: a service that is started and ended, connections that send bytes as they are and
read answers exactly, and a count of what failed. Sockets of this machine alone; every wait has an end.
"""
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

PATIENCE = 60.0  # seconds that a loaded machine, or a build with sanitizers, may take for anything

failures = []
n_checks = 0


def check(name, good, detail=""):
    """Counts a check, and prints a line where it fails."""
    global n_checks
    n_checks += 1
    if not good:
        line = "%s: %s" % (name, str(detail)[:600])
        failures.append(line)
        print("failed: " + line, flush=True)
    return good


def same(name, found, expected):
    return check(name, found == expected, "found %r, expected %r" % (found, expected))


def end(what):
    print("%s: %d checks, %d failed" % (what, n_checks, len(failures)), flush=True)
    sys.exit(1 if failures else 0)


def until(condition, seconds=PATIENCE, pause=0.02):
    """Whether a condition becomes true in time."""
    stop = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > stop:
            return found
        time.sleep(pause)


class Answer:
    """An answer: its status (0: the connection ended without one), fields in lower case, and body."""

    def __init__(self, status=0, head=b"", fields=None, body=b"", whole=False):
        self.status, self.head, self.fields, self.body, self.whole = status, head, fields or [], body, whole

    def get(self, name, default=None):
        found = [value for key, value in self.fields if key == name.lower()]
        return found[0] if found else default

    def json(self):
        try:
            return json.loads(self.body.decode("utf-8"))
        except ValueError:
            return None

    def __repr__(self):
        return "Answer(%d, %r)" % (self.status, self.body[:300])


class Connection:
    def __init__(self, address, seconds=PATIENCE):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(seconds)
        self.socket.connect(address)
        self.rest = b""

    def send(self, data):
        """Sends all; what the other side does not take any more is dropped, as its answer tells why."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def more(self):
        """More bytes, or b"" at the end."""
        try:
            got = self.socket.recv(65536)
        except (ConnectionError, socket.timeout, TimeoutError):
            got = b""
        self.rest += got
        return got

    def upto(self, end):
        while end not in self.rest:
            if not self.more():
                return None
        found, self.rest = self.rest.split(end, 1)
        return found

    def exactly(self, n):
        parts, n_bytes = [self.rest], len(self.rest) # joined once: answers have many megabytes
        while n_bytes < n:
            self.rest = b""
            got = self.more()
            parts.append(got)
            n_bytes += len(got)
            if not got:
                break
        self.rest = b"".join(parts)
        if n_bytes < n:
            found, self.rest = self.rest, b""
            return found, False
        found, self.rest = self.rest[:n], self.rest[n:]
        return found, True

    def chunks(self):
        body = b""
        while True:
            size = self.upto(b"\r\n")
            if size is None:
                return body, False
            n = int(size.split(b";")[0], 16)
            part, whole = self.exactly(n)
            body += part
            if not whole:
                return body, False
            ended = self.upto(b"\r\n")
            if ended is None:
                return body, False
            if n == 0:
                return body, True

    def answer(self, method="GET", interim=False):
        """The next answer. Interim ones (100) are left out unless they are asked for."""
        while True:
            head = self.upto(b"\r\n\r\n")
            if head is None:
                return Answer(body=self.rest)
            lines = head.split(b"\r\n")
            match = re.match(rb"HTTP/1\.[01] (\d\d\d)(?: |$)", lines[0])
            if match is None:
                return Answer(status=-1, head=head)
            status = int(match.group(1))
            fields = [(k.strip().lower().decode("latin-1"), v.strip().decode("latin-1"))
                      for k, _, v in (line.partition(b":") for line in lines[1:])]
            if status == 100 and not interim:
                continue
            break
        found = Answer(status, head, fields)
        if method == "HEAD" or status in (100, 204, 304):
            found.whole = True
        elif "chunked" in (found.get("transfer-encoding") or ""):
            found.body, found.whole = self.chunks()
        elif found.get("content-length") is not None:
            found.body, found.whole = self.exactly(int(found.get("content-length")))
        else:
            while self.more():
                pass
            found.body, self.rest, found.whole = self.rest, b"", True
        return found

    def is_ended(self, seconds=PATIENCE):
        """Whether the other side ends the connection, sending nothing more."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(1) == b"" and not self.rest
        except ConnectionError:
            return True
        except (socket.timeout, TimeoutError):
            return False

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the connection by RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def request(method, path, body=None, fields=(), host="localhost", version="HTTP/1.1", type_="application/json"):
    """The bytes of a request. A body that is no bytes is written as JSON."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body, ensure_ascii=False).encode("utf-8")
    lines = ["%s %s %s" % (method, path, version)]
    names = [f.split(":")[0].lower() for f in fields]
    if host is not None and "host" not in names:
        lines.append("Host: " + host)
    if body is not None:
        if type_ is not None and "content-type" not in names:
            lines.append("Content-Type: " + type_)
        if "content-length" not in names and "transfer-encoding" not in names:
            lines.append("Content-Length: %d" % len(body))
    lines.extend(fields)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")


class Service:
    """`nomen serve` on a port of the system's choice, or at a Unix socket alone."""

    def __init__(self, program, *options, listen=None, env=None, command=None, pass_fds=(), ready=True):
        self.log_file = tempfile.TemporaryFile()
        self.options = list(options)
        listens = ["--listen", listen or "127.0.0.1:0"] if listen is not False else []
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("NOMEN_SERVE", "LISTEN_", "NOTIFY"))}
        environment.update(env or {})
        self.process = subprocess.Popen((command or [program]) + ["serve"] + listens + self.options, env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log_file,
                                        pass_fds=pass_fds)
        self.address = None
        if ready:
            self.wait_for_address()

    def log(self):
        # os.pread leaves the offset alone, which is the service's too.
        size = os.fstat(self.log_file.fileno()).st_size
        return os.pread(self.log_file.fileno(), size, 0).decode("utf-8", "replace")

    def wait_for_address(self):
        def look():
            match = re.search(r"listening on ([^\s\"]+)", self.log())
            return match or self.process.poll() is not None
        found = until(look)
        if not isinstance(found, re.Match):
            raise RuntimeError("the service did not start: " + self.log())
        name = found.group(1)
        if name.startswith("unix:"):
            self.address = name[5:]
        else:
            host, port = name.rsplit(":", 1)
            self.address = ("127.0.0.1" if host in ("0.0.0.0", "[::]") else host, int(port))

    def connect(self, seconds=PATIENCE):
        return Connection(self.address, seconds)

    def ask(self, method, path, body=None, fields=(), **more):
        """A request on a connection of its own."""
        with self.connect() as c:
            c.send(request(method, path, body, list(fields) + ["Connection: close"], **more))
            return c.answer(method)

    def files(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    def memory(self):
        """Bytes of the process in memory."""
        with open("/proc/%d/statm" % self.process.pid) as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=PATIENCE):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, name="stop"):
        """Ends the service gracefully; whether it ended well is a check."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        code = self.wait()
        if code is None:
            self.process.kill()
            self.process.wait()
        check(name + ": the service ends with 0", code == 0, "code %r; log: %s" % (code, self.log()[-1500:]))
        check(name + ": no sanitizer's report", "Sanitizer" not in self.log(), self.log()[-3000:])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log_file.close()


def is_readable(c, seconds):
    return bool(select.select([c.socket], [], [], seconds)[0])
