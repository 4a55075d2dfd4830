/*
 * The CSV rows: libcsv on every line, and the shortcut for lines without quotes, must agree with a
 * reader written plainly from RFC 4180, on random files out of the bytes that matter.
 */
#include "support.h"
#include "support/effort.h"

#include "base/rng.h"
#include "data/csv.h"

/* Appends a row as text: its line, then each field in brackets. */
static void put_row(nomen_buffer *out, size_t line) {
    assert_int_equal(nomen_buffer_printf(out, NULL, "\n%zu:", line), NOMEN_OK);
}

static void put_field(nomen_buffer *out, const char *bytes, size_t n) {
    assert_int_equal(nomen_buffer_append_byte(out, '[', NULL), NOMEN_OK);
    assert_int_equal(nomen_buffer_append(out, bytes, n, NULL), NOMEN_OK);
    assert_int_equal(nomen_buffer_append_byte(out, ']', NULL), NOMEN_OK);
}

/* The rows up to the first broken quote, whose line is the last thing said. */
static void read_rows(const char *bytes, size_t n_bytes, bool no_shortcut, nomen_buffer *out) {
    nomen_csv csv;
    nomen_csv_open(&csv, bytes, n_bytes, ',');
    csv.no_shortcut = no_shortcut;
    nomen_buffer_reset(out);
    for (bool found = true; found;) {
        nomen_error err = {0};
        nomen_status status = nomen_csv_next(&csv, &found, &err);
        if (status == NOMEN_ERROR_DATA) {
            assert_int_equal(nomen_buffer_printf(out, NULL, "\nfault %zu", csv.fault_line), NOMEN_OK);
            break;
        }
        assert_int_equal(status, NOMEN_OK);
        if (!found) { break; }
        put_row(out, csv.row_line);
        for (size_t i = 0; i < csv.n_fields; i++) {
            size_t n;
            const char *field = nomen_csv_field(&csv, i, &n);
            put_field(out, field, n);
        }
    }
    nomen_csv_close(&csv);
}

static bool at_end(const char *bytes, size_t n_bytes, size_t at) {
    return at == n_bytes || bytes[at] == '\n' || bytes[at] == '\r';
}

static size_t line_of(const char *bytes, size_t at) {
    size_t line = 1;
    for (size_t i = 0; i < at; i++) { line += bytes[i] == '\n' || (bytes[i] == '\r' && bytes[i + 1] != '\n'); }
    return line;
}

/* One field from *at on. False at a broken quote, with its line. */
static bool plain_field(const char *bytes, size_t n_bytes, size_t *at, nomen_buffer *field, size_t *fault) {
    size_t i = *at, start = i;
    nomen_buffer_reset(field);
    assert_int_equal(nomen_buffer_append(field, "", 0, NULL), NOMEN_OK);
    if (i < n_bytes && bytes[i] == '"') {
        for (i++;; i++) {
            *fault = line_of(bytes, start);
            if (i == n_bytes) { return false; }
            if (bytes[i] == '"' && (i + 1 == n_bytes || bytes[i + 1] != '"')) { break; }
            i += bytes[i] == '"';
            assert_int_equal(nomen_buffer_append_byte(field, bytes[i], NULL), NOMEN_OK);
        }
        *at = i + 1;
        return at_end(bytes, n_bytes, *at) || bytes[*at] == ',';
    }
    for (; !at_end(bytes, n_bytes, i) && bytes[i] != ','; i++) {
        *fault = line_of(bytes, i);
        if (bytes[i] == '"') { return false; }
        assert_int_equal(nomen_buffer_append_byte(field, bytes[i], NULL), NOMEN_OK);
    }
    *at = i;
    return true;
}

static void read_plainly(const char *bytes, size_t n_bytes, nomen_buffer *out) {
    nomen_buffer field = {0}, row = {0};
    nomen_buffer_reset(out);
    for (size_t at = 0; at < n_bytes;) {
        if (at_end(bytes, n_bytes, at)) {
            at++;
            continue;
        }
        size_t fault = 0, row_at = at;
        nomen_buffer_reset(&row);
        for (bool more = true; more;) {
            if (!plain_field(bytes, n_bytes, &at, &field, &fault)) {
                assert_int_equal(nomen_buffer_printf(out, NULL, "\nfault %zu", fault), NOMEN_OK);
                goto done;
            }
            put_field(&row, field.data, field.size);
            more = at < n_bytes && bytes[at] == ',';
            at += more;
        }
        put_row(out, line_of(bytes, row_at));
        assert_int_equal(nomen_buffer_append(out, row.data, row.size, NULL), NOMEN_OK);
    }
done:
    nomen_buffer_clear(&field);
    nomen_buffer_clear(&row);
}

static void same_text(const nomen_buffer *a, const nomen_buffer *b, const char *file) {
    bool same = a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
    if (!same) { fail_msg("file <%s>: %s\n--- and ---%s", file, a->size ? a->data : "", b->size ? b->data : ""); }
}

static void test_random_files(void **state) {
    (void)state;
    static const char alphabet[] = "\"\"\"\",,,\n\n\r\r\nab c\"\"\n";
    nomen_buffer by_libcsv = {0}, by_shortcut = {0}, plainly = {0};
    nomen_rng rng;
    nomen_rng_start(&rng, 1, 99, 0);
    size_t n_faults = 0, n_rounds = effort(20000);
    for (size_t round = 0; round < n_rounds; round++) {
        char file[64] = {0};
        size_t n = (size_t)nomen_rng_below(&rng, sizeof file - 1) + 1;
        for (size_t i = 0; i < n; i++) { file[i] = alphabet[nomen_rng_below(&rng, sizeof alphabet - 1)]; }
        read_plainly(file, n, &plainly);
        read_rows(file, n, true, &by_libcsv);
        read_rows(file, n, false, &by_shortcut);
        same_text(&by_libcsv, &plainly, file);
        same_text(&by_shortcut, &plainly, file);
        n_faults += plainly.size > 0 && strstr(plainly.data, "fault") != NULL;
    }
    assert_in_range(n_faults, n_rounds / 10, n_rounds / 20 * 19); /* both kinds of file were really there */
    nomen_buffer_clear(&by_libcsv);
    nomen_buffer_clear(&by_shortcut);
    nomen_buffer_clear(&plainly);
}

/* A line of more than one feeding (1 MiB) stays one line, quoted or not. */
static void test_long_lines(void **state) {
    (void)state;
    nomen_buffer file = {0}, a = {0}, b = {0};
    for (int i = 0; i < 300000; i++) { assert_int_equal(nomen_buffer_append_text(&file, i % 3 ? "ab,c" : "abcd", NULL), 0); }
    assert_int_equal(nomen_buffer_append_text(&file, "\n\"", NULL), NOMEN_OK);
    for (int i = 0; i < 300000; i++) { assert_int_equal(nomen_buffer_append_text(&file, i % 3 ? "ab,\n" : "abcd", NULL), 0); }
    assert_int_equal(nomen_buffer_append_text(&file, "\",x\nlast,y\n", NULL), NOMEN_OK);
    read_rows(file.data, file.size, true, &a);
    read_rows(file.data, file.size, false, &b);
    same_text(&a, &b, "long lines");
    assert_non_null(strstr(a.data, "\n200003:[last][y]"));
    nomen_buffer_clear(&file);
    nomen_buffer_clear(&a);
    nomen_buffer_clear(&b);
}

/* A quote that never closes is given up after 64 MiB, on the line where it opened. */
static void test_field_limit(void **state) {
    (void)state;
    size_t n = NOMEN_CSV_LONGEST_FIELD + (4u << 20);
    char *file = nomen_mem_new(n + 1, 1);
    assert_non_null(file);
    for (size_t i = 0; i < n; i++) { file[i] = i % 64 == 63 ? '\n' : 'x'; }
    file[64] = '"';
    nomen_buffer out = {0};
    read_rows(file, n, false, &out);
    assert_non_null(strstr(out.data, "\nfault 2"));
    nomen_buffer_clear(&out);
    nomen_mem_free(file);
}

/* Behind a fault the reader goes on with the next line, and each line is looked at a few times at most. */
static void test_recovery(void **state) {
    (void)state;
    const char *file = "a,b\n\"c\nd,e\n\"f\"g\nh\"\ni,j\n\"k";
    nomen_csv csv;
    nomen_csv_open(&csv, file, strlen(file), ',');
    char seen[64] = "";
    for (bool found = true; found;) {
        nomen_status status = nomen_csv_next(&csv, &found, NULL);
        char step[24];
        snprintf(step, sizeof step, status == NOMEN_OK ? (found ? "row%zu " : "end") : "fault%zu ",
                 status == NOMEN_OK ? csv.row_line : csv.fault_line);
        strcat(seen, step);
        if (status != NOMEN_OK) { found = true; }
    }
    assert_string_equal(seen, "row1 fault2 row3 fault4 fault5 row6 fault7 end");
    nomen_csv_close(&csv);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_files),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_field_limit),
        cmocka_unit_test(test_recovery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
