"""Requests that mean harm, as bytes, and what may become of each: the table of hostile.py, and the seeds of fuzz.py.

A case: its name, its bytes, the statuses that its first answer may have (0: the connection ends without an answer), and what
else holds. Where libmicrohttpd answers by itself its versions differ (0.9.75 of Debian 12, 1.0.1 of Debian 13): such sets are
marked LIBRARY and hold what either does; what matters is that no such request is taken for another one (`answers`).
"""
import json

GOOD = b'{"text":"bill gates lives in london"}'
TAG = "POST /tag HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
LIBRARY = True

USER_KEY = "user-key-0123456789abcdef"
ADMIN_KEY = "admin-key-0123456789abcdef"


class Case:
    def __init__(self, name, data, allowed, answers=1, half=False, keyed=False, library=False, open_=None):
        self.name, self.allowed, self.answers, self.half = name, set(allowed), answers, half
        self.data = data.encode("latin-1") if isinstance(data, str) else data
        self.keyed, self.library = keyed, library
        self.open = open_  # whether the connection must stay (True), must end (False), or may do either


cases = []


def add(name, data, *allowed, **more):
    cases.append(Case(name, data, allowed, **more))


def text(body, path="/tag", fields="", method="POST"):
    """A request whose framing is right, and whose body may be anything."""
    if isinstance(body, str):
        body = body.encode("utf-8", "surrogatepass")
    head = "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n" % (
        method, path, fields, len(body))
    return head.encode("latin-1") + body


def get(path, fields="", host="localhost", version="HTTP/1.1", method="GET"):
    return "%s %s %s\r\n%s%s\r\n" % (method, path, version, "Host: %s\r\n" % host if host is not None else "", fields)


def head_with(fields, body=GOOD):
    return (TAG + fields + "\r\n").encode("latin-1") + body


# ---- where a message ends ----

CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD)
LENGTH = "Content-Length: %d\r\n" % len(GOOD)
CODING = "Transfer-Encoding: chunked\r\n"

add("CL.TE", head_with("Content-Length: %d\r\n" % len(CHUNKED) + CODING, CHUNKED + SMUGGLED), 400, open_=False)
add("TE.CL", head_with(CODING + "Content-Length: 4\r\n", CHUNKED + SMUGGLED), 400, open_=False)
add("CL.0 with chunks", head_with("Content-Length: 0\r\n" + CODING, b"0\r\n\r\n" + SMUGGLED), 400, open_=False)
for value in ["identity", "xchunked", "chunkedx", "chunked, identity", "identity, chunked", "gzip, chunked", "chunked, chunked",
              "chunked;q=1", "\"chunked\"", "chunked,", ",chunked", "chun ked", "cow", "", "chunked\x0b", "\x0bchunked", "chunked\xa0",
              "\x00chunked"]:
    add("Transfer-Encoding %r" % value, head_with("Transfer-Encoding: %s\r\n" % value, CHUNKED + SMUGGLED), 400, 411, 501, open_=False)
    add("length and Transfer-Encoding %r" % value, head_with(LENGTH + "Transfer-Encoding: %s\r\n" % value, GOOD + SMUGGLED), 400,
        501, open_=False)
for other in ["chunked", "identity", "x"]:
    add("TE.TE chunked and " + other, head_with(CODING + "Transfer-Encoding: %s\r\n" % other, CHUNKED + SMUGGLED), 400, open_=False)
    add("TE.TE %s and chunked" % other, head_with("Transfer-Encoding: %s\r\n" % other + CODING, CHUNKED + SMUGGLED), 400, open_=False)
add("tenc: space before the colon", head_with("Transfer-Encoding : chunked\r\n" + LENGTH, GOOD + SMUGGLED), 400, library=LIBRARY,
    open_=False)
add("tenc: tab before the colon", head_with("Transfer-Encoding\t: chunked\r\n" + LENGTH, GOOD + SMUGGLED), 400, library=LIBRARY,
    open_=False)
add("tenc: folded", head_with("Transfer-Encoding:\r\n chunked\r\n" + LENGTH, GOOD + SMUGGLED), 400, library=LIBRARY, open_=False)
add("tenc: folded name", head_with("Transfer-\r\n Encoding: chunked\r\n" + LENGTH, GOOD + SMUGGLED), 400, library=LIBRARY, open_=False)
add("tenc: in capitals", head_with("TRANSFER-ENCODING: CHUNKED\r\n", CHUNKED), 200)
add("tenc: tabs around", head_with("Transfer-Encoding:\tchunked\t\r\n", CHUNKED), 200, 400)
add("chunked in HTTP/1.0", head_with(CODING, CHUNKED).replace(b"HTTP/1.1", b"HTTP/1.0"), 400, open_=False)
add("chunked GET of HTTP/1.0", get("/health", CODING, version="HTTP/1.0").encode() + b"0\r\n\r\n", 400, open_=False)
add("length, then another", head_with(LENGTH + "Content-Length: 3\r\n", GOOD + SMUGGLED), 400, open_=False)
add("length, after another", head_with("Content-Length: 3\r\n" + LENGTH, GOOD + SMUGGLED), 400, open_=False)
add("length twice", head_with(LENGTH * 2), 400, open_=False)
add("length in another case, twice", head_with(LENGTH + LENGTH.upper()), 400, open_=False)
n = len(GOOD)
for value in ["+%d" % n, "-%d" % n, "-1", "0x%x" % n, "%d.0" % n, "%d " % n + "1", "%d,%d" % (n, n), "%d, %d" % (n, n), "%d;x" % n, "",
              "1e1", "\u00b2", "%d\x0b" % n, "%dx" % n, "x", "\"%d\"" % n, "_1", "1_0", "\x00%d" % n,
              "\u00a0%d" % n]:
    add("length %r" % value, head_with("Content-Length: %s\r\n" % value, GOOD + SMUGGLED), 400, 411, open_=False)
for value in ["18446744073709551615", "18446744073709551616", "18446744073709551653", "9223372036854775807", "9223372036854775808",
              "4294967296", "9" * 50, "1" + "0" * 300]:
    add("length of %s..." % value[:24], head_with("Content-Length: %s\r\n" % value, GOOD), 400, 413, open_=False)
# libmicrohttpd 0.9.75 ends a line at a NUL, as strings of C do. Proxies refuse such heads (RFC 9110, 5.5).
for name, field in [("length, a NUL", "Content-Length: %d\x00" % n), ("length, a NUL and more", "Content-Length: %d\x001" % n),
                    ("coding, a NUL", LENGTH + "X: y\r\nX-A: a\x00Transfer-Encoding: chunked")]:
    add(name, head_with(field + "\r\n", GOOD), 200, 400, library=LIBRARY)
add("length with zeros before it", head_with("Content-Length: 0000%d\r\n" % n), 200, 400)
add("length with spaces around it", head_with("Content-Length:   %d  \r\n" % n), 200, 400, library=LIBRARY)
add("length with a space before the colon", head_with("Content-Length : %d\r\n" % n, GOOD + SMUGGLED), 400, 411, library=LIBRARY,
    open_=False)
add("length folded", head_with("Content-Length:\r\n %d\r\n" % n, GOOD + SMUGGLED), 400, library=LIBRARY)
add("no length", head_with("", b""), 411)
add("length on a GET, a request as body", get("/health", "Content-Length: %d\r\n" % len(SMUGGLED)).encode() + SMUGGLED, 200, 400, 411)
add("length shorter than the body", head_with("Content-Length: 5\r\n", GOOD), 400, answers=2, open_=False)
add("length longer than the body", head_with("Content-Length: 500\r\n", GOOD), 0, 400, 408, half=True)

# ---- chunks ----


def chunks(name, body, *allowed, **more):
    add("chunks: " + name, head_with(CODING, body), *allowed, **more)


n16 = b"%x" % n
chunks("one", CHUNKED, 200)
chunks("of a byte each", b"".join(b"1\r\n%c\r\n" % c for c in GOOD) + b"0\r\n\r\n", 200)
# 1.0.1 takes the LF that ends a line with an extension for the first byte of what follows. The chunk does not end where its size
# says then: the request is refused and its connection ended. Who sends texts to a service sends no extensions.
chunks("an extension", n16 + b";a=b\r\n" + GOOD + b"\r\n0;last\r\n\r\n", 200, 400, library=LIBRARY)
chunks("a quoted extension", n16 + b";a=\"b;c\"\r\n" + GOOD + b"\r\n0\r\n\r\n", 200, 400)
chunks("an extension with a line end", n16 + b";a=\"\n\"\r\n" + GOOD + b"\r\n0\r\n\r\n" + SMUGGLED, 400, library=LIBRARY, open_=False)
chunks("an extension of 60,000 bytes", n16 + b";" + b"a" * 60000 + b"\r\n" + GOOD + b"\r\n0\r\n\r\n", 0, 200, 400, 408, 413,
       431, library=LIBRARY, answers=2)
chunks("a space before the extension", n16 + b" ;a\r\n" + GOOD + b"\r\n0\r\n\r\n", 200, 400, library=LIBRARY)
chunks("capital digits", (b"%X" % n) + b"\r\n" + GOOD + b"\r\n0\r\n\r\n", 200)
chunks("zeros before the size", b"0000" + n16 + b"\r\n" + GOOD + b"\r\n0\r\n\r\n", 200, 400)
chunks("forty zeros before the size", b"0" * 40 + n16 + b"\r\n" + GOOD + b"\r\n0\r\n\r\n", 200, 400, 413, library=LIBRARY)
chunks("more zeros at the end", n16 + b"\r\n" + GOOD + b"\r\n0000\r\n\r\n", 200)
for size in [b"0x" + n16, b"+" + n16, b"-" + n16, b" " + n16, b"\t" + n16, b"", b"g", n16 + b"g", b"x", b"\x00", n16 + b"\x00",
             b"FFFFFFFFFFFFFFFF", b"FFFFFFFFFFFFFFFFF", b"10000000000000000" + n16, b"8000000000000000", b"7FFFFFFFFFFFFFFF",
             b"-1", b"1e1", b"%d." % n, b"\xef\xbb\xbf" + n16, b"FFFFFFFF", b"1" * 3000]:
    chunks("size %r" % size[:24], size + b"\r\n" + GOOD + b"\r\n0\r\n\r\n" + SMUGGLED, 0, 400, 408, 413, library=LIBRARY,
           open_=False)
chunks("LF after the size", n16 + b"\n" + GOOD + b"\r\n0\r\n\r\n", 200, 400, library=LIBRARY)
chunks("CR after the size", n16 + b"\r" + GOOD + b"\r\n0\r\n\r\n", 0, 400, library=LIBRARY, half=True)
chunks("LF after the data", n16 + b"\r\n" + GOOD + b"\n0\r\n\r\n", 200, 400, library=LIBRARY)
chunks("nothing after the data", n16 + b"\r\n" + GOOD + b"0\r\n\r\n" + SMUGGLED, 400, library=LIBRARY, open_=False)
chunks("CR alone after the data", n16 + b"\r\n" + GOOD + b"\r0\r\n\r\n" + SMUGGLED, 400, library=LIBRARY, open_=False)
chunks("letters after the data", n16 + b"\r\n" + GOOD + b"xx\r\n0\r\n\r\n" + SMUGGLED, 400, library=LIBRARY, open_=False)
chunks("less data than said", b"ff\r\n" + GOOD + b"\r\n0\r\n\r\n", 0, 400, 408, half=True)
chunks("no last chunk", n16 + b"\r\n" + GOOD + b"\r\n", 0, 400, 408, half=True)
chunks("no end of the trailer", n16 + b"\r\n" + GOOD + b"\r\n0\r\n", 0, 200, 400, 408, half=True)
chunks("nothing", b"0\r\n\r\n", 400, 411)
for trailer in ["Content-Length: 3", "Transfer-Encoding: chunked", "Host: evil.example", "Authorization: Bearer x", "X: " + "a" * 200,
                "Trailer", ": x", " folded: x", "X : y", "X\x00: y", "Content-Type: text/plain"]:
    chunks("trailer %r" % trailer[:30], n16 + b"\r\n" + GOOD + b"\r\n0\r\n" + trailer.encode("latin-1") + b"\r\n\r\n", 200, 400,
           library=LIBRARY)
chunks("a trailer of 60,000 bytes", n16 + b"\r\n" + GOOD + b"\r\n0\r\nX: " + b"a" * 60000 + b"\r\n\r\n", 0, 200, 400, 413, 431,
       library=LIBRARY)
chunks("10,000 trailers", n16 + b"\r\n" + GOOD + b"\r\n0\r\n" + b"X: a\r\n" * 10000 + b"\r\n", 0, 200, 400, 413, 431, library=LIBRARY)

# ---- lines of the head ----

for name, field, allowed in [
        ("folded", "X-A: a\r\n b", (200, 400)),
        ("folded by a tab", "X-A: a\r\n\tb", (200, 400)),
        ("ends in LF", "X-A: a\nX-B: b", (200, 400)),
        ("a NUL in a value", "X-A: a\x00b", (200, 400)),
        ("a NUL in a name", "X\x00A: b", (200, 400)),
        ("a NUL alone", "\x00", (200, 400)),
        ("no colon", "nothing", (400,)),
        ("no name", ": value", (200, 400)),
        ("a space in the name", "X A: b", (200, 400)),
        ("a space before the colon", "X-A : b", (200, 400)),
        ("control characters", "X-A: \x01\x02\x7f", (200, 400)),
        ("bytes above ASCII", "X-A: \xe9\xff", (200, 400)),
        ("bytes above ASCII in the name", "X\xe9: a", (200, 400)),
        ("brackets in the name", "X(a)[b]: c", (200, 400)),
        ("very many colons", ":" * 100, (200, 400)),
        ("a request", "GET /smuggled HTTP/1.1", (400, 200)),
        ("an escape", "X-A: %0d%0aSet-Cookie: a", (200,)),
        ("a format", "X-A: %s%n%s%n", (200,)),
        ("Connection of everything", "Connection: close, keep-alive, upgrade, Host, Content-Length", (200,)),
        ("Upgrade", "Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", (200,)),
        ("websocket", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA", (200,)),
        ("Expect of something", "Expect: something", (200, 417)),
        ("Range", "Range: bytes=0-1", (200,)),
        ("Range of many", "Range: bytes=" + ",".join("%d-" % i for i in range(100)), (200,)),
        ("overriding the method", "X-HTTP-Method-Override: DELETE", (200,)),
        ("an id with a line end's escape", "X-Request-Id: a%0d%0ab", (200,)),
        ("an id of 60 characters and more", "X-Request-Id: " + "a" * 500, (200,)),
        ("two ids", "X-Request-Id: a\r\nX-Request-Id: b", (200,)),
        ("a hundred cookies", "\r\n".join("Cookie: a%d=b" % i for i in range(100)), (200,)),
        ("a cookie that is none", "Cookie: ;;;==\"", (200, 400))]:
    add("field: " + name, get("/health", field + "\r\n"), *allowed, library=LIBRARY)
    cases[-1].answers = 1
add("a CR alone before a length", head_with("X-A: a\rContent-Length: %d\r\n" % n, GOOD + SMUGGLED), 200, 400, 411, answers=2,
    library=LIBRARY)
add("a LF alone before a second length", head_with(LENGTH + "X-A: a\nContent-Length: 3\r\n", GOOD + SMUGGLED), 400, open_=False,
    library=LIBRARY)
add("a LF alone before a coding", head_with(LENGTH + "X-A: a\nTransfer-Encoding: chunked\r\n", GOOD + SMUGGLED), 400, open_=False,
    library=LIBRARY)
add("a head that ends in LF LF", get("/health").replace("\r\n", "\n"), 200, 400, library=LIBRARY)
add("a head that ends in CR CR", get("/health").replace("\r\n", "\r"), 0, 200, 400, 408, half=True, library=LIBRARY)
add("white space before the first field", "GET /health HTTP/1.1\r\n Host: localhost\r\nHost: localhost\r\n\r\n", 200, 400, library=LIBRARY)
for k in (1, 3, 10, 500):
    add("%d empty lines first" % k, "\r\n" * k + get("/health"), 200, 400, 0, library=LIBRARY)
add("only empty lines", "\r\n" * 2000, 0, 400, 408, half=True, library=LIBRARY)
add("a field of 100,000 bytes", get("/health", "X-A: " + "a" * 100000 + "\r\n"), 431, 413, 400, library=LIBRARY, open_=False)
add("10,000 fields", get("/health", "X-A: a\r\n" * 10000), 431, 413, 400, library=LIBRARY, open_=False)
add("a name of 100,000 bytes", get("/health", "X" * 100000 + ": a\r\n"), 431, 413, 400, library=LIBRARY, open_=False)
add("a target of 100,000 bytes", get("/" + "a" * 100000), 414, 431, 400, library=LIBRARY, open_=False)
add("a query of 100,000 bytes", get("/health?" + "a" * 100000), 414, 431, 400, library=LIBRARY, open_=False)
add("a query of 10,000 parameters", get("/health?" + "a&" * 10000), 0, 200, 408, 414, 431, 400, library=LIBRARY)
add("a method of 100,000 bytes", get("/health", method="A" * 100000), 414, 431, 400, 0, library=LIBRARY, open_=False)
add("100,000 bytes without a line end", "A" * 100000, 414, 431, 400, 0, library=LIBRARY, half=True)
add("a host of 10,000 bytes", get("/info", host="a" * 10000), 403)
add("a path of 8,000 bytes", get("/" + "%41" * 2600), 404)
add("bytes of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 2, 0, 400, half=True, library=LIBRARY)
add("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 505, 0, library=LIBRARY, open_=False)
add("zeros", b"\x00" * 5000, 0, 400, 408, 414, 431, half=True, library=LIBRARY)
add("all bytes", bytes(range(256)) * 4, 0, 400, half=True, library=LIBRARY)
add("a line end in a line of SSH", "SSH-2.0-OpenSSH_9.2\r\n", 0, 400, 505, half=True, library=LIBRARY)

# ---- request lines ----

for version in ["HTTP/0.9", "HTTP/2.0", "HTTP/3.0", "HTTP/2", "HTTP/1", "HTTP/11", "HTTP/1.10", "HTTP/01.1", "HTTP/1.1x", "http/1.1",
                "HTTP /1.1", "HTTP/ 1.1", "HTTP/1,1", "HTTP/x.y", "HTTP/-1.1", "HTTP/1.", "HTTPS/1.1", "ICY", "HTTP/9.9", "HTTP/1.1\x00",
                "HTTP/4294967297.1"]:
    add("version %r" % version, get("/health", version=version), 400, 505, 0, library=LIBRARY, open_=False)
add("HTTP/1.2", get("/health", version="HTTP/1.2"), 200, 505, library=LIBRARY)
add("HTTP/1.9 and chunks", head_with(CODING, CHUNKED).replace(b"HTTP/1.1", b"HTTP/1.9"), 400, 505)
add("no version", "GET /health\r\n\r\n", 0, 400, 505, half=True, library=LIBRARY)
add("no target", "GET\r\n\r\n", 0, 400, 505, half=True, library=LIBRARY)
add("no target, a version", "GET HTTP/1.1\r\nHost: localhost\r\n\r\n", 0, 400, 505, library=LIBRARY)
add("no method", " /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, 404, 501, 0, library=LIBRARY)
add("two spaces", "GET  /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 200, 400, library=LIBRARY)
add("tabs", "GET\t/health\tHTTP/1.1\r\nHost: localhost\r\n\r\n", 200, 400, 505, 0, library=LIBRARY)
add("a space in the target", "GET /hea lth HTTP/1.1\r\nHost: localhost\r\n\r\n", 0, 400, 404, 505, library=LIBRARY)
add("a version and more", "GET /health HTTP/1.1 x\r\nHost: localhost\r\n\r\n", 400, 404, 505, library=LIBRARY)
add("a space at the end", "GET /health HTTP/1.1 \r\nHost: localhost\r\n\r\n", 200, 400, 505, 404, library=LIBRARY)
add("a CR in the line", "GET /health\r HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, 404, 505, 0, library=LIBRARY)
for method in ["TRACE", "PATCH", "get", "Post", "A" * 200, "M-SEARCH", "PROPFIND", "<script>", "G\xcbT", "BREW", "GETGET",
               "POST/tag", "*", "DEBUG", "TRACK"]:
    add("method %r" % method[:20], get("/health", method=method), 400, 405, 501, 0)
add("CONNECT", get("localhost:22", method="CONNECT"), 400, 405, 501)
add("CONNECT of a path", get("/health", method="CONNECT"), 400, 405, 501)
add("PUT", text(GOOD, method="PUT"), 405)
add("DELETE of /tag", get("/tag", method="DELETE"), 405)
add("GET of /tag", get("/tag"), 405)
add("HEAD of /tag", get("/tag", method="HEAD"), 405)
add("POST of /health", text("{}", path="/health"), 405)
add("OPTIONS of all", get("*", method="OPTIONS"), 200, 204, 400)
add("OPTIONS of nothing", get("/nothing", method="OPTIONS"), 204, 404)
for path, allowed in [("health", (400, 404, 505)), ("//health", (404,)), ("/./health", (404,)), ("/x/../health", (404,)),
                      ("/%2e%2e/health", (404,)), ("/health/", (404,)), ("/health%2f", (404,)), ("/%68ealth", (200,)),
                      ("/health%00", (400,)), ("/health%00.html", (400,)), ("/%", (400,)), ("/%z", (400,)), ("/%zz", (400,)), ("/%4", (400,)),
                      ("/%FF%FE", (404,)), ("/\xff\xfe", (404, 400)), ("/%c0%ae%c0%ae/", (404,)), ("/health%20", (404,)), ("/HEALTH", (404,)),
                      ("/health;a=b", (404,)), ("/health?%zz", (200, 400)), ("/health?", (200,)), ("/health??a", (200,)),
                      ("/health#fragment", (404, 400)), ("/..\\..\\", (404,)), ("/models/../../etc/passwd", (405, 404)),
                      ("/etc/passwd", (404,)), ("/tag%0d%0aX:%20y", (404,)), ("/%0d%0aSet-Cookie:%20a", (404,)), ("/%22%3e%3cscript%3e", (404,)),
                      ("/%e2%80%ae", (404,)), ("/%1b[2J", (404,)), ("/*", (404,)), ("*", (400, 404)), ("http://", (400,)),
                      ("http://localhost", (400, 405, 200)), ("http://localhost/health", (200,)), ("HTTP://LOCALHOST/health", (200,)),
                      ("https://localhost/health", (400,)), ("ftp://localhost/health", (400,)), ("http://localhost:1/%zz", (400,)),
                      ("http:///health", (400, 403)), ("file:///etc/passwd", (400,)), ("javascript:alert(1)", (400,)), ("?", (400,)), ("#", (400,))]:
    add("target %r" % path, get(path), *allowed)
add("an absolute target of a foreign host", get("http://evil.example/info"), 403)
add("an absolute target of a user at a foreign host", get("http://localhost@evil.example/info"), 403, 400)
add("an absolute target of a foreign host, posted", text(GOOD, path="http://evil.example/tag"), 403)
add("an absolute target of a foreign host, Host too", get("http://evil.example/info", host="evil.example"), 403)
add("an absolute target, a foreign Host", get("http://localhost/info", host="evil.example"), 403)

# ---- who is asked ----

add("no Host", get("/info", host=None), 400, library=LIBRARY)
add("no Host, HTTP/1.0", get("/info", host=None, version="HTTP/1.0"), 200)
add("no Host, HTTP/1.0, a body", (TAG + LENGTH + "\r\n").replace("Host: localhost\r\n", "").replace("1.1", "1.0").encode() + GOOD, 200)
add("two Hosts", get("/info", "Host: localhost\r\n"), 400, open_=False)
add("two Hosts, one foreign", get("/info", "Host: evil.example\r\n"), 400, open_=False)
add("a foreign Host first", "GET /info HTTP/1.1\r\nHost: evil.example\r\nhost: localhost\r\n\r\n", 400, open_=False)
add("Host with a space before the colon", "GET /info HTTP/1.1\r\nHost : evil.example\r\nHost: localhost\r\n\r\n", 400, library=LIBRARY,
    open_=False)
for host in ["", "evil.example", "evil.example:8080", "localhost.evil.example", "localhost.", "127.0.0.1.nip.io", "evil.example#localhost",
             "localhost@evil.example", "evil.example@localhost", "localhost,evil.example", "localhost evil.example", "localhost/evil", "[::1",
             "[::1]evil", "[::1]]", "]", "[]", "[", ":", ":8080", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.1x", "local\x00host",
             "localhost\\evil", "\"localhost\"", "http://localhost", "localhost:8080:1", "*", "%6cocalhost", "localhos", "localhostt",
             "\xe9vil", "a" * 300, "::1", "fe80::1%eth0", "-", "_"]:
    allowed = (403, 400) if host != "::1" else (200, 403)
    add("Host %r" % host[:30], get("/info", host=host), *allowed)
    add("Host %r, posted" % host[:30], head_with(LENGTH).replace(b"localhost", host.encode("latin-1"), 1), *allowed)
for host in ["LOCALHOST", "localhost:1", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:99999", "10.1.2.3"]:
    add("Host %r" % host, get("/info", host=host), 200)
add("a foreign Host at /health", get("/health", host="evil.example"), 200)
add("a foreign Host at the page", get("/", host="evil.example"), 403)

# ---- who may ask ----

for value in ["", "Bearer", "Bearer ", "Bearer x", USER_KEY, "Basic " + USER_KEY, "Bearer " + USER_KEY[:-1], "Bearer " + USER_KEY + "x",
              "Bearer " + USER_KEY.upper(), "Bearer \"%s\"" % USER_KEY, "Bearer " + USER_KEY + "," + ADMIN_KEY, "Bearer" + USER_KEY,
              "Bearer " + "x" * 5000, "Token " + USER_KEY, "Bearer %s%s" % (USER_KEY[:8], " " + USER_KEY[8:]), "Bearer \x01"]:
    add("key %r" % value[:40], get("/info", "Authorization: %s\r\n" % value), 401, 400, keyed=True)
add("no key", get("/info"), 401, keyed=True)
add("no key, posted", text(GOOD), 401, keyed=True)
add("no key, nothing there", get("/nothing"), 401, keyed=True)
add("no key at /admin", get("/admin/models"), 401, keyed=True)
add("no key, an unknown method", get("/tag", method="BREW"), 401, keyed=True)
add("no key needed", get("/health"), 200, keyed=True)
add("a key in the query", get("/info?key=%s&access_token=%s" % (USER_KEY, USER_KEY)), 401, keyed=True)
add("a key in a cookie", get("/info", "Cookie: key=%s\r\n" % USER_KEY), 401, keyed=True)
add("two keys", get("/info", "Authorization: Bearer %s\r\n" % USER_KEY * 2), 400, keyed=True, open_=False)
add("a user's key", get("/info", "Authorization: Bearer %s\r\n" % USER_KEY), 200, keyed=True)
add("a user's key in another case of Bearer", get("/info", "authorization: bearer %s\r\n" % USER_KEY), 200, keyed=True)
add("a user's key at /admin", get("/admin/models", "Authorization: Bearer %s\r\n" % USER_KEY), 403, keyed=True)
ADMIN = "Authorization: Bearer %s\r\n" % ADMIN_KEY
add("an admin's key", get("/admin/models", ADMIN), 200, keyed=True)
for origin in ["http://evil.example", "null", "https://localhost.evil.example", "file://", "http://localhost:1", "localhost", "", "x",
               "http://evil.example, http://localhost"]:
    add("/admin from the origin %r" % origin, get("/admin/models", ADMIN + "Origin: %s\r\n" % origin), 403, keyed=True)
    add("/admin, posted from the origin %r" % origin, text("{}", path="/admin/reload", fields=ADMIN + "Origin: %s\r\n" % origin), 403,
        keyed=True)
add("/admin from two origins", get("/admin/models", ADMIN + "Origin: http://localhost\r\nOrigin: http://evil.example\r\n"), 400, keyed=True)
add("/admin from its own origin", get("/admin/models", ADMIN + "Origin: http://localhost\r\n"), 200, keyed=True)
for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "application/octet-stream",
             "application/jsonx", "application/x-ndjson", "text/plain;application/json", "*/*", "application/*", ""]:
    data = text("{}", path="/admin/reload", fields=ADMIN).replace(b"application/json", kind.encode(), 1)
    add("/admin with a body of %r" % kind, data, 415, keyed=True)
add("/admin with a body of no type", text("{}", path="/admin/reload", fields=ADMIN).replace(b"Content-Type: application/json\r\n", b""), 415,
    keyed=True)
for name in ["../tiny", "..", ".", "%2e%2e", "%2e%2e%2ftiny", "a/../b", "/etc", "//", "a//b", "a/b/c", "-x", ".hidden", "a b", "a%00b", "a" * 97,
             "x" * 3000, "a%0ab", "%FF", "~root", "a;b", "a|b", "$(id)", "a\\b", "CON:"]:
    for method in ["POST", "DELETE"]:
        add("/admin: %s of the name %r" % (method, name[:24]), text("{}", path="/admin/models/" + name, fields=ADMIN, method=method), 400, 404,
            422, 409, *([0] if name == "a b" else []), keyed=True, library=name == "a b")
for directory in ["../outside", "/etc", "..", ".", "", "a/../../outside", "link", "link/", "./link", "missing", "x\u0000y", "a" * 5000, "file",
                  "loop", "tiny/../../outside", "//", "tiny/config.json"]:
    add("/admin: the directory %r" % directory[:24], text(json.dumps({"directory": directory}), path="/admin/models/new", fields=ADMIN), 404,
        422, keyed=True)
for body in ['{"directory": 1}', '{"directory": []}', '{"int8": 1}', '{"int8": "yes"}', '{"force": true}', "[]", "1", "null", '""', "{", "",
             '{"directory": "a", "directory": "b"}']:
    add("/admin: the body %r" % body, text(body, path="/admin/models/new", fields=ADMIN), 400, 404, 422, keyed=True)
for body in ['{"model": 1}', '{"model": ""}', '{"model": "none"}', '{"model": "../x"}', '{"models": []}', "[", '{"model": "%s"}' % ("x" * 200)]:
    add("/admin/reload: the body %r" % body[:30], text(body, path="/admin/reload", fields=ADMIN), 400, 404, 422, keyed=True)
add("/admin: the default model unloaded", get("/admin/models/tiny", ADMIN, method="DELETE"), 409, keyed=True)
for path, method in [("/admin/models", "GET"), ("/admin/models/x", "POST"), ("/admin/reload", "POST"), ("/admin/models/x", "DELETE"),
                     ("/admin", "GET"), ("/admin/", "GET"), ("/admin/nothing", "GET"), ("/admin/models", "PUT"), ("/admin/reload", "GET"),
                     ("/admin/models/x", "OPTIONS")]:
    add("/admin without keys: %s %s" % (method, path), text("{}", path=path, method=method, fields=ADMIN), 404)

# ---- bodies ----

for name, body in [("empty", ""), ("spaces", " \r\n\t "), ("NUL", "\x00"), ("a mark alone", "\ufeff"), ("text", "bill gates"), ("open", "{"),
                   ("closed", "}"), ("a comma", "{,}"), ("a last comma", '{"text":"a",}'), ("single quotes", "{'text':'a'}"),
                   ("no quotes", "{text:1}"), ("a comment", '{"text":"a"}//x'), ("twice", '{"text":"a"}{"text":"a"}'), ("more", '{"text":"a"}x'),
                   ("NaN", '{"text":"a","threshold":NaN}'), ("Infinity", '{"text":"a","timeout":Infinity}'), ("a plus", '{"text":"a","stride":+1}'),
                   ("a zero first", '{"text":"a","stride":01}'), ("hexadecimal", '{"text":"a","stride":0x1}'), ("a dot last", '{"text":"a","timeout":1.}'),
                   ("a line end in a string", '{"text":"a\nb"}'), ("a control character", '{"text":"a\x01b"}'), ("a bad escape", '{"text":"\\x41"}'),
                   ("a short escape", '{"text":"\\u12"}'), ("a lone high surrogate", '{"text":"\\ud800"}'), ("a lone low surrogate", '{"text":"\\udc00"}'),
                   ("two high surrogates", '{"text":"\\ud800\\ud800"}'), ("a surrogate and a letter", '{"text":"\\ud800x"}'),
                   ("surrogates the wrong way", '{"text":"\\udc00\\ud800"}'), ("a surrogate as bytes", '{"text":"\ud800"}'),
                   ("text twice", '{"text":"a","text":"b"}'), ("an option twice", '{"text":"a","types":["per"],"types":["geo"]}'),
                   ("a key twice, escaped", '{"text":"a","\\u0074ext":"b"}'), ("1e999", '{"text":"a","timeout":1e999}'),
                   ("-1e999", '{"text":"a","timeout":-1e999}'), ("400 digits", '{"text":"a","stride":%s}' % ("9" * 400)),
                   ("400 digits of a time", '{"text":"a","timeout":%s}' % ("9" * 400))]:
    allowed = (400, 422) if name in ("text",) else (400,)
    add("body: " + name, text(body), *allowed)
for i in range(1, len(GOOD) - 1, 4):
    add("body: cut after %d bytes" % i, text(GOOD[:i]), 400)
for bad in [b"\xff", b"\xfe", b"\x80", b"\xbf", b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf",
            b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xe2\x82", b"\xf0\x9f\x98", b"\xc3", b"\xc3\x28", b"\xf8\x88\x80\x80\x80"]:
    add("body: no UTF-8 %s" % bad.hex(), text(b'{"text":"a' + bad + b'"}'), 400)
    add("text: no UTF-8 %s" % bad.hex(), text(b"a" + bad).replace(b"application/json", b"text/plain"), 400)
for depth in (33, 100, 2000, 20000):
    add("body: %d lists" % depth, text('{"text":' + "[" * depth + "]" * depth + "}"), 400, 413)
    add("body: %d open lists" % depth, text("[" * depth), 400, 413)
    add("body: %d objects" % depth, text('{"a":' * depth + "1" + "}" * depth), 400, 413)
    add("body: %d of both" % depth, text('[{"a":' * depth), 400, 413)
    add("inputs: %d lists" % depth, text('{"inputs":' + "[" * depth + "]" * depth + "}", path="/"), 400, 413)
add("body: 30 lists", text('{"text":' + "[" * 30 + "]" * 30 + "}"), 422)
for body in ["[]", "null", "true", "1", "-1.5", '"text"', '[{"text":"a"}]', "{}", '{"text":"a","texts":["a"]}', '{"Text":"a"}', '{"text ":"a"}',
             '{"text":"a","__proto__":{}}', '{"text":"a","":1}', '{"text":"a","%s":1}' % ("k" * 5000), '{"text":"a","a\\nb":1}',
             '{"text":"a","%n%s":1}']:
    add("body: %s" % body[:40], text(body), 400, 422)
add("body: a NUL in a key", text('{"text":"a","a\\u0000b":1}'), 400, 422)

VALUES = ["null", "true", "1", "-1", "1.5", "1e30", '""', '"x"', '"a\\u0000b"', "[]", "[1]", '["x"]', "[null]", "{}", '{"x":1}', '"%s"' % ("x" * 300)]
OPTIONS = {"model": [404, 422], "aggregation": [422], "words": [422], "decode": [422], "repair": [422], "threshold": [422], "calibration": [422],
           "types": [422], "ignore_types": [422], "offsets": [422], "all_scores": [422], "windows": [422], "stride": [422], "timeout": [422, 503],
           "redact": [422]}
FITS = {"model": ["null", '""'], "threshold": ["null", "1", '""', "{}"], "calibration": ["null", "true"], "types": ["null", '["x"]'],
        "ignore_types": ["null", "[]", '["x"]'], "all_scores": ["null", "true"], "windows": ["null", "true"], "stride": ["null", "1"],
        "timeout": ["null", "1", "1.5", "1e30"]}
for key, allowed in OPTIONS.items():
    for value in VALUES:
        fits = [200] if value in FITS.get(key, ["null"]) else []
        add("option %s: %s" % (key, value[:24]), text('{"text":"bill gates","%s":%s}' % (key, value)), *(allowed + fits))
        add("option %s of /redact: %s" % (key, value[:24]), text('{"text":"bill gates","%s":%s}' % (key, value), path="/redact"),
            *(allowed + fits))
for value in VALUES:
    fits = [200] if value in ('""', '"x"', '"%s"' % ("x" * 300), '"a\\u0000b"') else []
    lists = [200] if value in ("[]", '["x"]') else []
    for path in ["/tag", "/redact", "/tokenize"]:
        add("text of %s: %s" % (path, value[:24]), text('{"text":%s}' % value, path=path), 422, *fits)
        add("texts of %s: %s" % (path, value[:24]), text('{"texts":%s}' % value, path=path), 422, *lists)
    add("tokens: " + value[:24], text('{"text":{"tokens":%s}}' % value), 422, *lists)
    add("inputs: " + value[:24], text('{"inputs":%s}' % value, path="/"), 422, *(fits + lists))
    add("parameters: " + value[:24], text('{"inputs":"a","parameters":%s}' % value, path="/"), 422, *([200] if value in ("null", "{}") else []))
    add("options of HF: " + value[:24], text('{"inputs":"a","options":%s}' % value, path="/"), 200, 422)
    for key in ["aggregation_strategy", "ignore_labels", "stride"]:
        add("parameter %s: %s" % (key, value[:24]), text('{"inputs":"a","parameters":{"%s":%s}}' % (key, value), path="/"), 422,
            *([200] if value in ("null", "1") else []))
    add("map: " + value[:24], text('{"text":"a","map":%s}' % value, path="/restore"), 422, *([200] if value == "{}" else []))
    add("a map's value: " + value[:24], text('{"text":"PER_1","map":{"PER_1":%s}}' % value, path="/restore"), 200, 422)
    add("ids: " + value[:24], text('{"ids":%s}' % value, path="/decode"), 422, *([200] if value in ("[]", "[1]") else []))
    add("ids in a list: " + value[:24], text('{"ids":[%s]}' % value, path="/decode"), 422, *([200] if value in ("[]", "[1]", "1") else []))
    for path, key in [("/tokenize", "special_tokens"), ("/tokenize", "unit"), ("/decode", "skip_special_tokens"), ("/tokenize", "model")]:
        body = '{"text":"a","%s":%s}' if path == "/tokenize" else '{"ids":[1],"%s":%s}'
        good = ("null", "true") if "special" in key else ("null", '""') if key == "model" else ("null",)
        add("%s of %s: %s" % (key, path, value[:24]), text(body % (key, value), path=path), 422, 404, *([200] if value in good else []))
for ids in ["[99999999]", "[-1]", "[1e3]", "[2147483648]", "[9223372036854775807]", "[9223372036854775808]", "[[1],2]", "[1,[2]]", "[[[1]]]"]:
    add("ids %s" % ids, text('{"ids":%s}' % ids, path="/decode"), 422, 400)
for threshold in ["-0.5", "2", "1e308", "-1", '"nan"', '"inf"', '"per=2"', '"per"', '"per="', '"=0.5"', '"per=0.5,"', '",,"', '"none=0.5"', '{"per":null}',
                  '{"none":0.5}', '{"per":"0.5"}', '{"a,b":0.5}', '{"per":-1}', '"0,5"']:
    add("threshold %s" % threshold, text('{"text":"bill gates","threshold":%s}' % threshold), 422)
for stride in ["1000000000", "9223372036854775807", "64", "62", "-9223372036854775808"]:
    add("stride %s" % stride, text('{"text":"bill gates","stride":%s}' % stride), 422)
for timeout in ["0", "-1", "-0.0"]:
    add("timeout %s" % timeout, text('{"text":"bill gates","timeout":%s}' % timeout), 422, 503)
for query in ["a=b", "model=none", "threshold=x", "types=", "types=,", "windows=yes", "stride=-1", "stride=1e99", "timeout=nan", "timeout=-1", "model=%zz",
              "model=%00", "model=%FF", "types=%FF", "windows=1&windows=1", "text=x", "=x", "&&", "%6dodel=none", "windows", "offsets=pixel"]:
    add("query %r" % query, text(b"bill gates", path="/tag?" + query).replace(b"application/json", b"text/plain"), 200 if query == "&&" else 422,
        400, 404)
add("a query beside JSON", text(GOOD, path="/tag?threshold=0.5"), 422)
for kind in ["application/xml", "text/html", "image/png", "multipart/form-data", "application/json; charset=latin1", "text/plain; charset=utf-16",
             "json", "application", "/", ";", "text/plain; charset=\"", "application/x-ndjson"]:
    add("type %r" % kind, text(GOOD).replace(b"application/json", kind.encode("latin-1"), 1), 415, *([200] if kind[-1] == '"' else []))
for accept in ["", "*", "text/html", "application/x-ndjson;q=0", ",,,", "a/b," * 500, "application/json;q=1.0.0", "\x01"]:
    add("Accept %r" % accept[:24], text(GOOD, fields="Accept: %s\r\n" % accept), 200, 400)
add("two types", text(GOOD, fields="Content-Type: text/plain\r\n"), 400, open_=False)

# ---- too much (hostile.py sets small limits) ----

add("a body over the limit", text(b'{"text":"' + b"a" * 300000 + b'"}'), 413, 0)
add("a body over the limit, announced only", TAG + "Content-Length: 300000\r\n\r\n", 413, open_=False)
add("a body over the limit, expecting 100", TAG + "Content-Length: 300000\r\nExpect: 100-continue\r\n\r\n", 413, open_=False)
add("a body over the limit, in chunks", head_with(CODING, b"ffff\r\n" + b"a" * 65535 + b"\r\n" + (b"ffff\r\n" + b"a" * 65535 + b"\r\n") * 4),
    413, 0)
add("a text over the limit", text(b'{"text":"' + b"a" * 60000 + b'"}'), 413)
add("words over the limit", text(json.dumps({"text": {"tokens": ["a"] * 30000}})), 413)
add("too many texts", text(json.dumps({"texts": ["a"] * 101})), 413)
add("too many inputs", text(json.dumps({"inputs": ["a"] * 101}), path="/"), 413)
add("as many texts as there may be", text(json.dumps({"texts": ["a"] * 100})), 200)
MAP = '{"format":"nomen pseudonyms","version":1,"names":["PER"],"originals":{"PER_1":"%s"}}'
add("a map that multiplies", text('{"text":"%s","map":%s}' % ("PER_1 " * 7500, MAP % ("y" * 100000)), path="/restore"), 413)
add("a map that multiplies a little", text('{"text":"%s","map":%s}' % ("PER_1 " * 200, MAP % ("y" * 10000)), path="/restore"), 200)
add("very many values", text("[" + "1," * 120000 + "1]"), 413, 0)
add("very many keys", text("{" + ",".join('"k%d":1' % i for i in range(9000)) + "}"), 413, 422)
add("a very long key", text('{"%s":1}' % ("k" * 100000)), 422)
add("a number of 100,000 digits", text('{"text":"a","stride":%s}' % ("1" * 100000)), 400, 422)
add("100,000 spaces", text(" " * 100000 + GOOD.decode()), 200)

# ---- several at once ----

G, P = get("/health").encode(), text(GOOD)
add("two good ones", G + P, 200, answers=2)
add("twenty good ones", (G + P) * 10, 200, answers=20)
add("good, then two lengths", P + head_with(LENGTH * 2), 200, answers=2, open_=False)
add("good, then both", P + head_with(LENGTH + CODING) + SMUGGLED, 200, answers=2, open_=False)
add("two lengths, then good", head_with(LENGTH * 2) + P, 400, answers=1, open_=False)
add("good, then garbage", P + b"\x00\x01\x02\r\n\r\n", 200, answers=2)
add("unknown, then good", text("{}", path="/nothing") + P, 404, answers=2)
add("bad JSON, then good", text("{") + P, 400, answers=2)
add("good, then half of one", P + P[:-5], 200, answers=1, half=True)
add("HTTP/1.0, then good", get("/health", version="HTTP/1.0").encode() + P, 200, answers=1, open_=False)
add("closing, then good", get("/health", "Connection: close\r\n").encode() + P, 200, answers=1, open_=False)
add("HEAD, then good", get("/health", method="HEAD").encode() + G, 200, answers=2)
