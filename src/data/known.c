/* Files of other programs; see the header. */
#include "data/known.h"

#include <string.h>

#include "base/buffer.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "data/zlib_memory.h"

struct nomen_known {
    const char *what;  /* with its article */
    const char *magic; /* n_magic bytes of it from byte `at` on; NULL where `member` decides */
    size_t n_magic, at;
    bool binary;         /* the magic could begin a text: bytes that no text has must follow it */
    const char *tail;    /* the file ends so, where the magic and all else is text */
    bool zlib;           /* it is a zlib stream, */
    const char *holds;   /* ... which holds this text in its first bytes; NULL for any */
    bool line;           /* a first line of the magic and one character more is no text either */
    const char *packing; /* nomen unpacks it: "zip" or "gzip" */
    const char *member;  /* of a zip: how the name of one of its members begins */
    const char *command; /* FILE stands for the file's name */
    const char *needs;   /* what pip or the system has to have for it; NULL for nothing unusual */
    const char *note;    /* what the result lacks, or what to beware of; NULL for nothing */
};

#define BYTES(literal) .magic = (literal), .n_magic = sizeof(literal) - 1
#define PYTHON(code, to) "python3 -c \"" code "\" FILE > FILE." to
#define RECORDS(modules, table) \
    PYTHON("import json,sys," modules "; [print(json.dumps(r,default=str)) for r in " table ".to_pylist()]", "jsonl")
#define SHEET \
    PYTHON("import sys,pandas; pandas.read_excel(sys.argv[1],dtype=str,na_filter=False).to_csv(sys.stdout,index=False)", "csv")
#define UNPICKLE \
    PYTHON("import json,sys,pandas; d=pandas.read_pickle(sys.argv[1]); d.to_csv(sys.stdout,index=False) if " \
           "hasattr(d,'to_csv') else print(json.dumps(d,default=lambda x:x.tolist()))", \
           "txt")
#define RUNS_CODE .note = "loading it can run code: do so only if you trust its source"
#define TEXT_ALONE .note = "this gives its text, without labels"
#define PICKLE .what = "a Python pickle", .command = UNPICKLE, .needs = "pandas", RUNS_CODE
#define PDF .line = true, .what = "a PDF", .command = "pdftotext -enc UTF-8 FILE FILE.txt", .needs = "poppler-utils", TEXT_ALONE

/* The first row that fits counts. FORMATS.md lists them. */
static const nomen_known table[] = {
    {BYTES("PAR1"), .binary = true, .what = "a Parquet file", .needs = "pyarrow",
     .command = RECORDS("pyarrow.parquet as p", "p.read_table(sys.argv[1])")},
    {BYTES("ARROW1\0\0"), .what = "an Arrow file", .needs = "pyarrow",
     .command = RECORDS("pyarrow.feather as f", "f.read_table(sys.argv[1])")},
    {BYTES("FEA1"), .binary = true, .what = "a Feather file", .needs = "pyarrow",
     .command = RECORDS("pyarrow.feather as f", "f.read_table(sys.argv[1])")},
    {BYTES("\xff\xff\xff\xff"), .what = "an Arrow stream, as Hugging Face's datasets stores them", .needs = "pyarrow",
     .command = RECORDS("pyarrow as a", "a.ipc.open_stream(sys.argv[1]).read_all()")},
    {BYTES("x\x9c"), .zlib = true,
     .holds = "\xa5"
              "attrs",
     .what = "spaCy's DocBin (.spacy)", .needs = "spacy",
     .command = PYTHON("import json,sys; from spacy.tokens import DocBin; from spacy.vocab import Vocab; "
                       "[print(json.dumps({'text':d.text,'spans':[{'start':e.start_char,'end':e.end_char,'label':e.label_} "
                       "for e in d.ents]})) for d in DocBin().from_disk(sys.argv[1]).get_docs(Vocab())]",
                       "jsonl")},
    {BYTES("x\x9c"), .zlib = true, .what = "a zlib stream",
     .command = PYTHON("import sys,zlib; sys.stdout.buffer.write(zlib.decompress(open(sys.argv[1],'rb').read()))", "txt")},
    {BYTES("\x80\2"), PICKLE},
    {BYTES("\x80\3"), PICKLE},
    {BYTES("\x80\4\x95"), PICKLE},
    {BYTES("\x80\5\x95"), PICKLE},
    {BYTES("]q\0"), PICKLE},
    {BYTES("}q\0"), PICKLE},
    {BYTES("(lp0\n"), .tail = ".", PICKLE},
    {BYTES("(dp0\n"), .tail = ".", PICKLE},
    {.member = "xl/workbook", .what = "an Excel file (.xlsx)", .command = SHEET, .needs = "pandas openpyxl"},
    {.member = "word/document",
     .what = "a Word file (.docx)",
     .needs = "python-docx",
     TEXT_ALONE,
     .command = PYTHON("import sys,docx; [print(p.text) for p in docx.Document(sys.argv[1]).paragraphs]", "txt")},
    {BYTES("mimetypeapplication/vnd.oasis.opendocument.spreadsheet"), .at = 30, .what = "an OpenDocument sheet (.ods)",
     .command = SHEET, .needs = "pandas odfpy"},
    {BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), .what = "an old Excel or Word file (.xls, .doc)", .command = SHEET,
     .needs = "pandas xlrd"},
    {BYTES("%PDF-1."), PDF},
    {BYTES("%PDF-2."), PDF},
    {BYTES("\x93NUMPY"), .what = "numpy's .npy", .needs = "numpy", RUNS_CODE,
     .command = PYTHON("import json,sys,numpy; print(json.dumps(numpy.load(sys.argv[1],allow_pickle=True).tolist()))", "json")},
    {BYTES("\x89HDF"), .what = "an HDF5 file", .needs = "pandas tables",
     .command = PYTHON("import sys,pandas; pandas.read_hdf(sys.argv[1]).to_csv(sys.stdout,index=False)", "csv")},
    {BYTES("SQLite format 3\0"), .what = "an SQLite database",
     .command = "sqlite3 -header -csv FILE 'select * from TABLE' > FILE.csv", .note = "sqlite3 FILE .tables lists the tables"},
    {BYTES("version https://git-lfs.github.com/spec/"), .needs = "git-lfs", .command = "git lfs pull --include FILE",
     .what = "a Git LFS pointer, as the file itself was not downloaded"},
    {BYTES("ustar"), .at = 257, .binary = true, .what = "a tar archive", .command = "tar -xf FILE"},
    {BYTES("PK\3\4"), .packing = "zip", .what = "a zip archive", .command = "unzip FILE"},
    {BYTES("PK\5\6"), .packing = "zip", .what = "a zip archive", .command = "unzip FILE"},
    {BYTES("\x1f\x8b"), .packing = "gzip", .what = "gzip data", .command = "gunzip -c FILE > FILE.txt"},
    {BYTES("BZh"), .binary = true, .what = "bzip2 data", .command = "bunzip2 -c FILE > FILE.txt"},
    {BYTES("\xfd"
           "7zXZ"),
     .what = "xz data", .command = "unxz -c FILE > FILE.txt"},
    {BYTES("\x28\xb5\x2f\xfd"), .what = "zstd data", .command = "unzstd -c FILE > FILE.txt"},
    {BYTES("7z\xbc\xaf\x27\x1c"), .what = "a 7z archive", .command = "7z x FILE"},
    {BYTES("Rar!\x1a\7"), .what = "a RAR archive", .command = "unrar x FILE"},
};
/* Bytes that are looked at for what no text has: what binary files begin with has some, and text none at any length. */
enum { N_KNOWN = sizeof table / sizeof table[0], LOOK = 512 };

/* Whether a byte that no text has stands in the first few: a control character, or ill-formed UTF-8. */
static bool is_binary(const char *bytes, size_t n_bytes) {
    size_t end = n_bytes < LOOK ? n_bytes : LOOK;
    for (size_t i = 0; i < end;) {
        size_t n = nomen_utf8_length(bytes + i, n_bytes - i);
        unsigned char c = (unsigned char)bytes[i];
        if (n == 0 || (c < 0x20 && (c < '\t' || c > '\r'))) { return true; }
        i += n;
    }
    return false;
}

/* Whether the bytes are a zlib stream with such a text in its first bytes; taken to be one where zlib is missing. */
static bool is_zlib(const char *bytes, size_t n_bytes, const char *holds) {
#if NOMEN_HAVE_ZLIB
    unsigned char out[256];
    z_stream z = {NOMEN_ZLIB_MEMORY, .next_in = (const unsigned char *)bytes,
                  .avail_in = n_bytes < 65536 ? (unsigned)n_bytes : 65536, .next_out = out, .avail_out = sizeof out};
    if (inflateInit(&z) != Z_OK) { return false; }
    int result = inflate(&z, Z_SYNC_FLUSH);
    inflateEnd(&z);
    size_t n = sizeof out - z.avail_out;
    if (n == 0 || (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)) { return false; }
    return holds == NULL || memmem(out, n, holds, strlen(holds)) != NULL;
#else
    (void)bytes, (void)n_bytes, (void)holds;
    return true;
#endif
}

/* `whole`: the bytes are those of the whole file. */
static bool fits(const nomen_known *row, const char *bytes, size_t n_bytes, bool whole) {
    if (row->magic == NULL || n_bytes < row->at + row->n_magic) { return false; }
    if (memcmp(bytes + row->at, row->magic, row->n_magic) != 0) { return false; }
    size_t n_tail = row->tail != NULL && whole ? strlen(row->tail) : 0;
    if (n_bytes < n_tail || (n_tail > 0 && memcmp(bytes + n_bytes - n_tail, row->tail, n_tail) != 0)) { return false; }
    return (!row->binary || is_binary(bytes, n_bytes)) && (!row->zlib || is_zlib(bytes, n_bytes, row->holds));
}

static const nomen_known *find(const char *bytes, size_t n_bytes, bool whole) {
    for (size_t i = 0; i < N_KNOWN; i++) {
        if (fits(&table[i], bytes, n_bytes, whole)) { return &table[i]; }
    }
    return NULL;
}

const nomen_known *nomen_known_find(const char *bytes, size_t n_bytes) {
    return find(bytes, n_bytes, true);
}

bool nomen_known_begins(const char *bytes, size_t n_bytes) {
    return find(bytes, n_bytes, false) != NULL;
}

const nomen_known *nomen_known_by_line(const char *line, size_t n_bytes) {
    const nomen_known *known = find(line, n_bytes, false);
    bool bare = known != NULL && known->line && n_bytes == known->n_magic + 1;
    return bare || is_binary(line, n_bytes) ? known : NULL;
}

const char *nomen_known_packing(const nomen_known *known) {
    return known->packing;
}

const nomen_known *nomen_known_by_member(const char *member) {
    for (size_t i = 0; i < N_KNOWN; i++) {
        const char *begin = table[i].member;
        if (begin != NULL && strncmp(member, begin, strlen(begin)) == 0) { return &table[i]; }
    }
    return NULL;
}

/* The file's name as a shell takes it without quotes; where it would not, FILE, for the reader to put it in. */
static const char *plain_name(const char *name) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/+=@,-";
    size_t n = strlen(name);
    return n > 0 && n <= 100 && name[0] != '-' && strspn(name, plain) == n ? name : "FILE";
}

static nomen_status append_command(nomen_buffer *out, const char *command, const char *name, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (const char *at; (at = strstr(command, "FILE")) != NULL; command = at + 4) {
        NOMEN_TRY(nomen_buffer_append(out, command, (size_t)(at - command), err));
        NOMEN_TRY(nomen_buffer_append_text(out, name, err));
    }
    status = nomen_buffer_append_text(out, command, err);
done:
    return status;
}

/* " (needs THIS; beware of THAT)", or nothing. */
static nomen_status append_remarks(nomen_buffer *out, const nomen_known *known, nomen_error *err) {
    const char *needs = known->needs, *note = known->note;
    if (needs == NULL && note == NULL) { return NOMEN_OK; }
    return nomen_buffer_printf(out, err, " (%s%s%s%s)", needs != NULL ? "needs " : "", needs != NULL ? needs : "",
                               needs != NULL && note != NULL ? "; " : "", note != NULL ? note : "");
}

nomen_status nomen_known_refuse(const nomen_known *known, const char *name, const char *packed, nomen_error *err) {
    nomen_buffer how = {0};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(&how, packed != NULL ? "unpack it and make its content readable" : "convert it", err));
    NOMEN_TRY(append_remarks(&how, known, err));
    NOMEN_TRY(nomen_buffer_append_text(&how, " by: ", err));
    NOMEN_TRY(append_command(&how, known->command, packed != NULL ? "FILE" : plain_name(name), err));
    status = packed == NULL ? nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: this is %s; %s", name, known->what, how.data)
                            : nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: this contains %s (packed by %s); %s", name,
                                              known->what, packed, how.data);
done:
    nomen_buffer_clear(&how);
    return status;
}
