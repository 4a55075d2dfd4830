/* Files of other programs: each is known by its bytes, text that begins alike is none, and the answer is a command. */
#include "support.h"

#include "data/encoding.h"
#include "data/known.h"

#if NOMEN_HAVE_ZLIB
#include "archives.h"
#endif

#define BYTES(literal) literal, sizeof(literal) - 1

/* What is said about the bytes as a file "x", up to the command. */
static const char *say(const char *bytes, size_t n_bytes, char out[NOMEN_ERROR_SIZE]) {
    nomen_error err = {0};
    const nomen_known *known = nomen_known_find(bytes, n_bytes);
    if (known == NULL) { return "text"; }
    assert_int_equal(nomen_known_refuse(known, "x", NULL, &err), NOMEN_ERROR_UNSUPPORTED);
    char *command = strstr(err.message, " by: ");
    assert_non_null(command);
    assert_non_null(strstr(command, " x"));                    /* the file's name */
    assert_true(strlen(err.message) < NOMEN_ERROR_SIZE - 200); /* a long name has room */
    *command = '\0';
    memcpy(out, err.message, sizeof err.message);
    return out;
}

static void expect(const char *bytes, size_t n_bytes, const char *what) {
    char said[NOMEN_ERROR_SIZE], wanted[NOMEN_ERROR_SIZE];
    snprintf(wanted, sizeof wanted, "x: this is %s; convert it", what);
    const char *found = say(bytes, n_bytes, said);
    if (strncmp(found, wanted, strlen(wanted)) != 0) { fail_msg("%s, expected %s", found, wanted); }
}

static void test_known(void **state) {
    (void)state;
    expect(BYTES("PAR1\x15\4\x15\x10PAR1"), "a Parquet file");
    expect(BYTES("ARROW1\0\0\xff\xff\xff\xff"), "an Arrow file");
    expect(BYTES("FEA1\0\0\0\0"), "a Feather file");
    expect(BYTES("\xff\xff\xff\xff\xf8\0\0\0"), "an Arrow stream, as Hugging Face's datasets stores them");
    for (char protocol = 2; protocol <= 5; protocol++) {
        expect((const char[]){(char)0x80, protocol, (char)0x95, 0, '.'}, 5, "a Python pickle");
    }
    expect(BYTES("]q\0X\1\0\0\0aa."), "a Python pickle");
    expect(BYTES("}q\0."), "a Python pickle");
    expect(BYTES("(lp0\nVJane\np1\na."), "a Python pickle");
    expect(BYTES("(dp0\n."), "a Python pickle");
    expect(BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0"), "an old Excel or Word file (.xls, .doc)");
    expect(BYTES("PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                 "mimetypeapplication/vnd.oasis.opendocument.spreadsheet"),
           "an OpenDocument sheet (.ods)");
    expect(BYTES("%PDF-1.7\n%\xe2\xe3"), "a PDF");
    expect(BYTES("%PDF-2.0\n"), "a PDF");
    expect(BYTES("\x93NUMPY\1\0v\0"), "numpy's .npy");
    expect(BYTES("\x89HDF\r\n\x1a\n"), "an HDF5 file");
    expect(BYTES("SQLite format 3\0\x10"), "an SQLite database");
    expect(BYTES("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
           "a Git LFS pointer, as the file itself was not downloaded");
    expect(BYTES("PK\3\4"), "a zip archive");
    expect(BYTES("PK\5\6"), "a zip archive");
    expect(BYTES("\x1f\x8b\x08"), "gzip data");
    expect(BYTES("BZh91AY&SY\x93"), "bzip2 data");
    expect(BYTES("\xfd"
                 "7zXZ\0"),
           "xz data");
    expect(BYTES("\x28\xb5\x2f\xfd"), "zstd data");
    expect(BYTES("7z\xbc\xaf\x27\x1c"), "a 7z archive");
    expect(BYTES("Rar!\x1a\7\0"), "a RAR archive");
    char tar[512] = "data.csv";
    memcpy(tar + 257, "ustar", 5);
    expect(tar, sizeof tar, "a tar archive");
}

#if NOMEN_HAVE_ZLIB
static void test_zlib(void **state) {
    (void)state;
    nomen_buffer out = {0};
    put_deflated(&out,
                 BYTES("\x83\xa7version\xa3"
                       "0.1\xa5"
                       "attrs\x90\xa6tokens\xc4\0"),
                 15, NULL);
    expect(out.data, out.size, "spaCy's DocBin (.spacy)");
    nomen_buffer_clear(&out);
    put_deflated(&out, BYTES("text,labels\nattrs,O\n"), 15, NULL);
    expect(out.data, out.size, "a zlib stream");
    nomen_buffer_clear(&out);
    assert_string_equal(say(BYTES("x\x9cuvre\tO\n"), (char[NOMEN_ERROR_SIZE]){0}), "text"); /* cp1252 */
}
#endif

/* Texts that begin as such files do. Those that are taken for one nevertheless get a mark when nomen writes them. */
static void test_texts(void **state) {
    (void)state;
    static const char *const texts[] = {"PAR1\tO\n",
                                        "ARROW1 B-X\n",
                                        "FEA1\tO\n",
                                        "BZh\tO\n",
                                        "BZh91AY&SY O\n",
                                        "(lp0\n\nfoo\tO\n",
                                        "%PDF\tO\n",
                                        "%PDF- O\n",
                                        "SQLite format 3\n",
                                        "PK\n",
                                        "7z\tO\n",
                                        "Rar!\tO\n",
                                        "ustar",
                                        "version\tO\nhttps://git-lfs.github.com/spec/v1\tO\n",
                                        "]q\tO\n",
                                        "}q",
                                        "x",
                                        "HDF\n",
                                        ""};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_string_equal(say(texts[i], strlen(texts[i]), (char[NOMEN_ERROR_SIZE]){0}), "text");
        assert_null(nomen_known_by_line(texts[i], strlen(texts[i])));
    }
    assert_true(nomen_data_needs_mark(BYTES("(lp0\nVa")));
    assert_true(nomen_data_needs_mark(BYTES("%PDF-1.4 O\n")));
    assert_true(nomen_data_needs_mark(BYTES("PK\3\4")));
    assert_true(nomen_data_needs_mark(BYTES("PAR1\1\tO\n")));
    assert_false(nomen_data_needs_mark(BYTES("PAR1\tO\n")));
    /* a line of tag's input has to be no text by any reading */
    assert_null(nomen_known_by_line(BYTES("%PDF-1.4 is what it says")));
    assert_non_null(nomen_known_by_line(BYTES("%PDF-1.4")));
    assert_non_null(nomen_known_by_line(BYTES("PAR1\x15\4\xff")));
    assert_non_null(nomen_known_by_line(BYTES("\x1f\x8b\x08\0")));
    assert_non_null(nomen_known_by_line(BYTES("\x89HDF")));
}

static void refused_as(const char *name, const char *packed, const char *message) {
    nomen_error err = {0};
    nomen_known_refuse(nomen_known_find(BYTES("\x28\xb5\x2f\xfd")), name, packed, &err);
    assert_string_equal(err.message, message);
}

/* A name goes into the command only where a shell takes it for what it is. */
static void test_names(void **state) {
    (void)state;
    refused_as("a/b-1.csv.zst", NULL,
               "a/b-1.csv.zst: this is zstd data; convert it by: unzstd -c a/b-1.csv.zst > a/b-1.csv.zst.txt");
    refused_as("standard input", NULL, "standard input: this is zstd data; convert it by: unzstd -c FILE > FILE.txt");
    refused_as("a;b", NULL, "a;b: this is zstd data; convert it by: unzstd -c FILE > FILE.txt");
    refused_as("-x", NULL, "-x: this is zstd data; convert it by: unzstd -c FILE > FILE.txt");
    refused_as(
        "a", "gzip",
        "a: this contains zstd data (packed by gzip); unpack it and make its content readable by: unzstd -c FILE > FILE.txt");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
#if NOMEN_HAVE_ZLIB
        cmocka_unit_test(test_zlib),
#endif
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
