/* Packed files: what is read, what is refused and how, damage at every place, and that no archive unpacks beyond its limit. */
#include "archives.h"

#include "base/rng.h"
#include "data/read.h"
#include "data/unpack.h"
#include "support/effort.h"

static const char csv[] = "text,labels\nAda lives in K\xc3\xb6ln,B-PER O O B-LOC\nno one,O O\nAda Ada,B-PER B-PER\n";

/* Unpacks a block of exactly that size, so that a step past it shows. */
static nomen_status unpack(const nomen_buffer *archive, size_t n_bytes, size_t most, nomen_unpacked *out, nomen_error *err) {
    static char *exact;
    free(exact);
    exact = malloc(n_bytes > 0 ? n_bytes : 1);
    assert_non_null(exact);
    if (n_bytes > 0) { memcpy(exact, archive->data, n_bytes); }
    *err = (nomen_error){0};
    nomen_status status = nomen_unpack(exact, n_bytes, "file", most, out, err);
    if (status != NOMEN_OK) {
        assert_int_equal(err->status, status);
        assert_true(strncmp(err->message, "file: ", 6) == 0 && strlen(err->message) > 20);
        assert_null(out->buffer.data);
    }
    return status;
}

/* Takes the archive. */
static void expect(nomen_buffer archive, const char *text, size_t n_text, const char *from, const char *member) {
    nomen_unpacked out = {0};
    nomen_error err;
    if (unpack(&archive, archive.size, 0, &out, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    assert_string_equal(out.from, from);
    assert_int_equal(out.n_bytes, n_text);
    assert_memory_equal(out.bytes, text, n_text);
    assert_int_equal(out.bytes[n_text], 0);
    if (member != NULL) { assert_string_equal(out.member.data, member); }
    nomen_unpacked_clear(&out);
    nomen_buffer_clear(&archive);
}

static void reject(nomen_buffer archive, size_t most, nomen_status status, const char *message) {
    nomen_unpacked out = {0};
    nomen_error err;
    assert_int_equal(unpack(&archive, archive.size, most, &out, &err), status);
    assert_string_equal(err.message, message);
    nomen_buffer_clear(&archive);
}

static void test_gzip(void **state) {
    (void)state;
    expect(gzip_text(csv), csv, strlen(csv), "gzip", NULL);
    expect(gzip_text(""), "", 0, "gzip", NULL);
    /* members one behind the other, as cat and bgzip make them, and zeros behind */
    nomen_buffer out = gzip_bytes(csv, 7);
    put_deflated(&out, "", 0, 31, NULL);
    put_deflated(&out, csv + 7, strlen(csv) - 7, 31, NULL);
    put_number(&out, 0, 8);
    put_number(&out, 0, 8);
    expect(out, csv, strlen(csv), "gzip", NULL);
    /* every field that a header can have */
    out = (nomen_buffer){0};
    gz_header header = {.text = 1,
                        .time = 1,
                        .os = 3,
                        .extra = (unsigned char *)(uintptr_t)"ab\2\0xy",
                        .extra_len = 6,
                        .name = (unsigned char *)(uintptr_t)"a.csv",
                        .comment = (unsigned char *)(uintptr_t)"none",
                        .hcrc = 1};
    put_deflated(&out, csv, strlen(csv), 31, &header);
    expect(out, csv, strlen(csv), "gzip", NULL);
}

static void test_bad_gzip(void **state) {
    (void)state;
    nomen_buffer out = gzip_text(csv);
    put(&out, "\0\0more", 6);
    reject(out, 0, NOMEN_ERROR_FORMAT,
           "file: the gzip data is followed by 6 bytes that are not gzip data; copy or download the file again");
    out = gzip_text(csv);
    out.data[out.size - 5] ^= 1;
    reject(out, 0, NOMEN_ERROR_FORMAT, "file: the gzip data is damaged (incorrect data check); copy or download the file again");
    out = gzip_text(csv);
    out.data[out.size - 1] ^= 1;
    reject(out, 0, NOMEN_ERROR_FORMAT,
           "file: the gzip data is damaged (incorrect length check); copy or download the file again");
    out = gzip_text(csv);
    out.size--;
    reject(out, 0, NOMEN_ERROR_FORMAT, "file: the gzip data is cut off: its end is missing; copy or download the file again");
    out = gzip_text("PAR1\x15\4 and so on PAR1");
    reject(out, 0, NOMEN_ERROR_UNSUPPORTED,
           "file: this contains a Parquet file (packed by gzip); unpack it and make its content readable (needs pyarrow) by: "
           "python3 -c "
           "\"import json,sys,pyarrow.parquet as p; [print(json.dumps(r,default=str)) for r in "
           "p.read_table(sys.argv[1]).to_pylist()]\" FILE > FILE.jsonl");
}

#if NOMEN_HAVE_LIBZIP
static void test_zip(void **state) {
    (void)state;
    size_t n = strlen(csv);
    expect(ZIP({IT("a.csv", csv), .method = 8}), csv, n, "zip", "a.csv");
    expect(ZIP({IT("a.csv", csv)}), csv, n, "zip", "a.csv");
    expect(ZIP({IT("a.csv", "")}), "", 0, "zip", "a.csv");
    expect(ZIP({IT("a.csv", csv), .method = 8, .flags = 8}), csv, n, "zip", "a.csv");
    expect(ZIP({IT("a.csv", csv), .method = 8, .zip64 = true}), csv, n, "zip", "a.csv");
    expect(ZIP({IT("data/", "")}, {IT("data/.DS_Store", "x")}, {IT("data/2024/../a.csv", csv), .method = 8},
               {IT("__MACOSX/", "")}, {IT("__MACOSX/data/._a.csv", "y"), .method = 8}, {IT(".DS_Store", "z")}),
           csv, n, "zip", "data/2024/../a.csv");
}

static void test_bad_zip(void **state) {
    (void)state;
    reject(ZIP({IT("train.csv", csv)}, {IT("dev.csv", csv)}), 0, NOMEN_ERROR_DATA,
           "file: the zip archive contains 2 files (train.csv, dev.csv), but one is expected; unpack it with unzip, and name one "
           "of them");
    reject(ZIP({IT("a\nb", "")}, {IT("c", "")}, {IT("d/e", "")}, {IT("f", "")}), 0, NOMEN_ERROR_DATA,
           "file: the zip archive contains 4 files (a\\nb, c, d/e, ...), but one is expected; unpack it with unzip, and name one "
           "of them");
    reject(ZIP({IT("__MACOSX/._a.csv", csv)}, {IT("a/", "")}), 0, NOMEN_ERROR_DATA, "file: the zip archive contains no file");
    nomen_buffer none = {0};
    put_end(&none, 0, 0, false);
    reject(none, 0, NOMEN_ERROR_DATA, "file: the zip archive contains no file");
    reject(ZIP({IT("a.csv", csv), .flags = 1}), 0, NOMEN_ERROR_UNSUPPORTED,
           "file: the zip archive is encrypted; unpack it with unzip, which asks for the password");
    reject(ZIP({IT("a.csv", csv), .method = 12}), 0, NOMEN_ERROR_UNSUPPORTED,
           "file: its file is compressed by method 12 (bzip2), but deflate is expected; unpack it with 7z, or pack it by zip");
    reject(ZIP({IT("a.csv", csv), .method = 77}), 0, NOMEN_ERROR_UNSUPPORTED,
           "file: its file is compressed by method 77 (an unknown one), but deflate is expected; unpack it with 7z, or pack it "
           "by zip");
    reject(ZIP({IT("a.csv", csv), .method = 8, .wrong_crc = true}), 0, NOMEN_ERROR_FORMAT,
           "file: the zip archive is damaged (CRC error); copy or download it again");
    nomen_buffer sheet = ZIP({IT("[Content_Types].xml", "")}, {IT("xl/workbook.xml", "")}, {IT("xl/sheet1.xml", "")});
    reject(sheet, 0, NOMEN_ERROR_UNSUPPORTED,
           "file: this is an Excel file (.xlsx); convert it (needs pandas openpyxl) by: python3 -c \"import sys,pandas; "
           "pandas.read_excel(sys.argv[1],dtype=str,na_filter=False).to_csv(sys.stdout,index=False)\" file > file.csv");
}

/* A size that is not so is never believed, and never allocated. */
static void test_lying_zip(void **state) {
    (void)state;
    static const int64_t lies[] = {1, -1, 1000, 0x7FFFFFFF, -(int64_t)sizeof csv + 1};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        for (unsigned method = 0; method <= 8; method += 8) {
            nomen_buffer zip = ZIP({IT("a.csv", csv), .method = method, .lie = lies[i]});
            nomen_unpacked out = {0};
            nomen_error err;
            assert_int_equal(unpack(&zip, zip.size, 0, &out, &err), NOMEN_ERROR_FORMAT);
            nomen_buffer_clear(&zip);
        }
    }
}
#endif

static void test_limits(void **state) {
    (void)state;
    nomen_unpacked out = {0};
    nomen_error err;
    size_t n = strlen(csv);
    nomen_buffer small[2] = {gzip_text(csv)};
    size_t n_small = 1;
#if NOMEN_HAVE_LIBZIP
    small[n_small++] = ZIP({IT("a.csv", csv), .method = 8});
#endif
    for (size_t i = 0; i < n_small; i++) {
        assert_int_equal(unpack(&small[i], small[i].size, n, &out, &err), NOMEN_OK);
        assert_in_range(out.buffer.capacity, n + 1, n + 2);
        nomen_unpacked_clear(&out);
        for (size_t most = 1; most < n; most += 7) {
            assert_int_equal(unpack(&small[i], small[i].size, most, &out, &err), NOMEN_ERROR_LIMIT);
        }
        assert_int_equal(unpack(&small[i], small[i].size, n - 1, &out, &err), NOMEN_ERROR_LIMIT);
        nomen_buffer_clear(&small[i]);
    }
    size_t limit = (size_t)64 << 20;
    char *zeros = calloc(limit + 1, 1);
    assert_non_null(zeros);
    nomen_buffer bomb = gzip_bytes(zeros, limit + 1);
    char message[200];
    snprintf(message, sizeof message,
             "file: these %zu bytes of gzip unpack to more than the limit of 64 MiB; if that is intended, raise the limit",
             bomb.size);
    assert_int_equal(unpack(&bomb, bomb.size, limit + 1, &out, &err), NOMEN_OK);
    assert_in_range(out.buffer.capacity, limit + 2, limit + 3);
    nomen_unpacked_clear(&out);
    reject(bomb, 0, NOMEN_ERROR_LIMIT, message);
    /* 400 kB that don't get smaller allow 80 MB */
    nomen_rng rng;
    nomen_rng_start(&rng, 1, 2, 3);
    for (size_t i = 0; i < 400000; i++) { zeros[i] = (char)nomen_rng_below(&rng, 256); }
    zeros[0] = 'a'; /* no magic */
    expect(gzip_bytes(zeros, limit + 1), zeros, limit + 1, "gzip", NULL);
    free(zeros);
}

/* All archives of the tests below. */
static size_t samples(nomen_buffer out[6]) {
    out[0] = gzip_text(csv);
    out[1] = gzip_bytes(csv, 20);
    put_deflated(&out[1], csv + 20, strlen(csv) - 20, 31, NULL);
#if NOMEN_HAVE_LIBZIP
    out[2] = ZIP({IT("a.csv", csv), .method = 8});
    out[3] = ZIP({IT("__MACOSX/._b", "x")}, {IT("b", csv)});
    out[4] = ZIP({IT("a.csv", csv), .method = 8, .zip64 = true});
    out[5] = ZIP({IT("a.csv", csv), .method = 8, .flags = 8});
    return 6;
#else
    return 2;
#endif
}

/* A cut file is an error wherever it is cut, but for one cut between two members of gzip. */
static void test_cut(void **state) {
    (void)state;
    nomen_buffer archives[6];
    size_t n_archives = samples(archives), n_whole = 0;
    for (size_t a = 0; a < n_archives; a++) {
        for (size_t n = 0; n < archives[a].size; n++) {
            nomen_unpacked out = {0};
            nomen_error err;
            if (unpack(&archives[a], n, 0, &out, &err) != NOMEN_OK) { continue; }
            n_whole += out.from != NULL;
            assert_true(out.from == NULL ? n < 4 : a == 1 && out.n_bytes == 20);
            nomen_unpacked_clear(&out);
        }
        nomen_buffer_clear(&archives[a]);
    }
    assert_int_equal(n_whole, 1);
}

/* One bit changed: an error, the same text, or no archive any more. */
static void test_changed(void **state) {
    (void)state;
    nomen_buffer archives[6];
    size_t n_archives = samples(archives), n_same = 0, n_refused = 0;
    for (size_t a = 0; a < n_archives; a++) {
        for (size_t bit = 0; bit < archives[a].size * 8; bit++) {
            nomen_unpacked out = {0};
            nomen_error err;
            archives[a].data[bit / 8] ^= (char)(1 << bit % 8);
            if (unpack(&archives[a], archives[a].size, 0, &out, &err) != NOMEN_OK) {
                n_refused++;
            } else if (out.from != NULL) {
                n_same++;
                assert_int_equal(out.n_bytes, strlen(csv));
                assert_memory_equal(out.bytes, csv, strlen(csv));
            }
            nomen_unpacked_clear(&out);
            archives[a].data[bit / 8] ^= (char)(1 << bit % 8);
        }
        nomen_buffer_clear(&archives[a]);
    }
    assert_true(n_same > 100 && n_refused > 1000);
}

/* Several changes, through the whole reading: an error with words, or a dataset. */
static void test_mutated(void **state) {
    (void)state;
    nomen_buffer archives[6];
    size_t n_archives = samples(archives);
    nomen_rng rng;
    nomen_rng_start(&rng, 9, 8, 7);
    nomen_set_log(take_log, NULL);
    for (size_t round = 0; round < effort(20000); round++) {
        const nomen_buffer *a = &archives[round % n_archives];
        size_t n = round % 3 == 0 ? nomen_rng_below(&rng, a->size + 1) : a->size;
        char *bytes = malloc(n > 0 ? n : 1);
        assert_non_null(bytes);
        memcpy(bytes, a->data, n);
        for (size_t i = nomen_rng_below(&rng, 6); n > 4 && i > 0; i--) {
            static const char usual[] = {0, 1, 'P', 'K', '/', (char)0xFF, (char)0x80, 8};
            bool any = nomen_rng_below(&rng, 2) == 0;
            bytes[4 + nomen_rng_below(&rng, n - 4)] = any ? (char)nomen_rng_below(&rng, 256) : usual[nomen_rng_below(&rng, 8)];
        }
        long live = nomen_mem_test_live();
        nomen_dataset set = {0};
        nomen_error err = {0};
        log_lines[0] = '\0';
        nomen_status status = nomen_dataset_parse(bytes, n, "file", NULL, &set, &err);
        assert_true(status == NOMEN_OK || (status != NOMEN_ERROR_MEMORY && strncmp(err.message, "file:", 5) == 0));
        nomen_dataset_clear(&set);
        assert_int_equal(nomen_mem_test_live(), live);
        free(bytes);
    }
    for (size_t a = 0; a < n_archives; a++) { nomen_buffer_clear(&archives[a]); }
}

static void test_memory(void **state) {
    (void)state;
    nomen_buffer archives[6];
    size_t n_archives = samples(archives);
    for (size_t a = 0; a < n_archives; a++) {
        long live = nomen_mem_test_live();
        nomen_status status = NOMEN_ERROR_MEMORY;
        for (long n = 0; status != NOMEN_OK; n++) {
            nomen_unpacked out = {0};
            nomen_error err = {0};
            assert_true(n < 50);
            nomen_mem_test_fail(n, 1);
            status = nomen_unpack(archives[a].data, archives[a].size, "file", 0, &out, &err);
            nomen_mem_test_fail(-1, 0);
            assert_true(status == NOMEN_OK || status == NOMEN_ERROR_MEMORY);
            nomen_unpacked_clear(&out);
            assert_int_equal(nomen_mem_test_live(), live);
        }
        nomen_buffer_clear(&archives[a]);
    }
}

static void refuse_bytes(const char *bytes, size_t n_bytes, nomen_status status, const char *message) {
    nomen_dataset set = {0};
    nomen_error err = {0};
    assert_int_equal(nomen_dataset_parse(bytes, n_bytes, "file", NULL, &set, &err), status);
    assert_string_equal(err.message, message);
}

static void test_dataset(void **state) {
    (void)state;
    nomen_buffer archive = gzip_text(csv);
    nomen_dataset set = parse_bytes(archive.data, archive.size, NULL);
    assert_string_equal(show(&set), "2: Ada/B-PER lives/O in/O K\xc3\xb6ln/B-LOC\n3: no/O one/O\n4: Ada/B-PER Ada/B-PER\n");
    assert_string_equal(log_lines, "info: file: unpacked from gzip, 78 bytes\n"
                                   "info: file: seed CSV, UTF-8, IOB2 tags: 3 sentences, 8 words, 3 different tags\n");
    nomen_dataset_clear(&set);
    nomen_error err = {0};
    nomen_data_options options = {.max_unpacked = 77};
    assert_int_equal(nomen_dataset_parse(archive.data, archive.size, "file", &options, &set, &err), NOMEN_ERROR_LIMIT);
    nomen_buffer_clear(&archive);
    archive = gzip_text("text,labels\nAda lives,O\n");
    refuse_bytes(
        archive.data, archive.size, NOMEN_ERROR_DATA,
        "file:2: 2 words but 1 label in 'Ada lives'; both are separated by spaces (U+0020), and each word needs one label");
    nomen_buffer_clear(&archive);
    archive = gzip_text("");
    refuse_bytes(archive.data, archive.size, NOMEN_ERROR_FORMAT, "file: the file is empty");
    nomen_buffer_clear(&archive);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gzip),    cmocka_unit_test(test_bad_gzip),
#if NOMEN_HAVE_LIBZIP
        cmocka_unit_test(test_zip),     cmocka_unit_test(test_bad_zip),  cmocka_unit_test(test_lying_zip),
#endif
        cmocka_unit_test(test_limits),  cmocka_unit_test(test_cut),      cmocka_unit_test(test_changed),
        cmocka_unit_test(test_mutated), cmocka_unit_test(test_memory),   cmocka_unit_test(test_dataset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
