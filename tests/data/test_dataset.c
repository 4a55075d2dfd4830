/* Datasets as other programs see them (nomen/dataset.h): what a file says, its parts, other formats, and what is refused. */
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "nomen/nomen.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"

static const char conll[] =
    "-DOCSTART- O\n\nJane B-per\nDoe I-per\nleft O\n\nNew B-geo\nYork I-geo\nand O\nParis B-geo\n\nthe O\n";

static nomen_dataset *parse(const char *text) {
    nomen_error err = {0};
    nomen_dataset *set = NULL;
    if (nomen_dataset_load_bytes(text, strlen(text), "words", NULL, &set, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return set;
}

static void assert_bytes(const char *bytes, size_t n_bytes, const char *expected) {
    assert_int_equal(n_bytes, strlen(expected));
    assert_memory_equal(bytes, expected, n_bytes);
}

static void test_sentences(void **state) {
    (void)state;
    nomen_dataset *set = parse(conll);
    nomen_dataset_info info = {.size = sizeof info};
    nomen_sentence_view s = {.size = sizeof s};
    nomen_dataset_get_info(set, &info);
    assert_string_equal(info.path, "words");
    assert_string_equal(info.encoding, "UTF-8");
    assert_int_equal(info.format, NOMEN_DATA_CONLL);
    assert_int_equal(info.scheme, NOMEN_SCHEME_IOB2);
    assert_true(info.n_sentences == 3 && info.n_words == 8 && info.n_tags == 5 && info.n_skipped == 0 && !info.has_unknown);
    assert_true(nomen_dataset_get_sentence(set, 1, &s));
    assert_bytes(s.text, s.n_bytes, "New York and Paris");
    assert_int_equal(s.n_words, 4);
    assert_bytes(s.text + s.words[1].start, s.words[1].end - s.words[1].start, "York");
    assert_string_equal(nomen_dataset_get_tag(set, (size_t)s.tags[1]), "I-geo");
    assert_true(s.line == 7 && s.name == NULL && !s.document_start);
    assert_string_equal(s.file, "words");
    assert_true(nomen_dataset_get_sentence(set, 0, &s) && s.document_start);
    assert_false(nomen_dataset_get_sentence(set, 3, &s));
    assert_null(nomen_dataset_get_tag(set, info.n_tags));
    nomen_dataset_free(set);
    nomen_dataset_free(NULL);
}

/* A program that was compiled when the structs were shorter: nothing after them is touched. */
static void test_older_caller(void **state) {
    (void)state;
    nomen_dataset *set = parse(conll);
    nomen_dataset_info info = {.size = offsetof(nomen_dataset_info, n_words)};
    info.n_words = 77;
    nomen_dataset_get_info(set, &info);
    assert_true(info.n_sentences == 3 && info.n_words == 77);
    nomen_dataset_free(set);
}

static void test_entities(void **state) {
    (void)state;
    nomen_error err = {0};
    nomen_dataset *set = parse(conll);
    nomen_gold_entity *entities = NULL;
    size_t n = 0;
    assert_int_equal(nomen_dataset_get_entities(set, 1, &entities, &n, &err), NOMEN_OK);
    assert_int_equal(n, 2);
    assert_string_equal(entities[0].type, "geo");
    assert_true(entities[0].span.start == 0 && entities[0].span.end == 8 && entities[1].span.start == 13);
    nomen_free(entities);
    entities = NULL;
    assert_int_equal(nomen_dataset_get_entities(set, 2, &entities, &n, &err), NOMEN_OK);
    assert_int_equal(n, 0);
    nomen_free(entities);
    assert_int_equal(nomen_dataset_get_entities(set, 3, &entities, &n, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message, "words has 3 sentences; number 3, counted from 0, is none of them");
    nomen_dataset_free(set);
}

static void test_split(void **state) {
    (void)state;
    static const unsigned percent[] = {34, 33, 33}, wrong[] = {50, 50, 1};
    nomen_error err = {0};
    nomen_dataset *set = parse(conll);
    for (int kind = NOMEN_SPLIT_TEXT; kind <= NOMEN_SPLIT_NUMPY; kind++) {
        size_t *order = NULL, n[3] = {0}, seen = 0;
        assert_int_equal(nomen_dataset_split(set, percent, (nomen_split_kind)kind, 42, &order, n, &err), NOMEN_OK);
        assert_int_equal(n[0] + n[1] + n[2], 3);
        for (size_t i = 0; i < 3; i++) { seen |= (size_t)1 << order[i]; }
        assert_int_equal(seen, 7);
        nomen_free(order);
    }
    size_t *order = NULL, n[3];
    assert_int_equal(nomen_dataset_split(set, wrong, NOMEN_SPLIT_TEXT, 1, &order, n, &err), NOMEN_ERROR_ARGUMENT);
    err = (nomen_error){0};
    assert_int_equal(nomen_dataset_split(set, percent, NOMEN_SPLIT_NUMPY, (uint64_t)1 << 32, &order, n, &err),
                     NOMEN_ERROR_ARGUMENT);
    assert_null(order);
    nomen_dataset_free(set);
}

static nomen_status append(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    return nomen_buffer_append(user, bytes, n_bytes, err);
}

static void test_write(void **state) {
    (void)state;
    nomen_error err = {0};
    nomen_dataset *set = parse(conll);
    nomen_buffer out = {0};
    nomen_conversion *conversion = NULL;
    const char *kind = NULL;
    char *json = NULL;
    size_t count = 0, n_bytes = 0;
    static const size_t some[] = {2, 0};
    nomen_convert_options options = {.size = sizeof options, .format = NOMEN_DATA_SEED_CSV, .sentences = some, .n_sentences = 2};
    assert_int_equal(nomen_dataset_write_parts(set, "memory", &options, append, &out, &conversion, &err), NOMEN_OK);
    assert_bytes(out.data, out.size, "text,labels\nthe,O\nJane Doe left,B-per I-per O\n");
    assert_int_equal(nomen_conversion_get_n_lost(conversion), 2); /* the boundaries before both */
    assert_true(nomen_conversion_get_note(conversion, 0, &kind, &count));
    assert_string_equal(kind, "documents");
    assert_int_equal(count, 2);
    assert_false(nomen_conversion_get_note(conversion, 1, &kind, &count));
    assert_int_equal(nomen_conversion_to_json(conversion, &json, &n_bytes, &err), NOMEN_OK);
    assert_string_equal(json, "{\"from\":\"conll\",\"to\":\"csv\",\"scheme\":\"IOB2\",\"sentences\":2,\"words\":4,\"spans\":0,"
                              "\"skipped\":0,\"read\":{},\"not_held\":{\"documents\":2}}\n");
    nomen_free(json);
    nomen_conversion_free(conversion);
    nomen_buffer_reset(&out);
    assert_int_equal(nomen_dataset_write_parts(set, "memory", NULL, append, &out, NULL, &err), NOMEN_OK); /* as it was read */
    nomen_dataset *again = parse(out.data);
    nomen_sentence_view a = {.size = sizeof a}, b = {.size = sizeof b};
    for (size_t i = 0; nomen_dataset_get_sentence(set, i, &a); i++) {
        assert_true(nomen_dataset_get_sentence(again, i, &b) && a.n_words == b.n_words);
        assert_memory_equal(a.tags, b.tags, a.n_words * sizeof *a.tags);
    }
    nomen_dataset_free(again);
    nomen_dataset_free(set);
    nomen_buffer_clear(&out);
}

static void test_save(void **state) {
    (void)state;
    nomen_error err = {0};
    nomen_dataset *set = parse(conll), *again = NULL;
    char root[64], path[192], pair[192];
    nomen_convert_options options = {.size = sizeof options};
    nomen_dataset_info info = {.size = sizeof info};
    assert_non_null(scratch_make(root));
    assert_non_null(scratch_path(root, "out.conll", path));
    assert_int_equal(nomen_dataset_save(set, path, NULL, NULL, &err), NOMEN_OK);
    assert_int_equal(nomen_dataset_load(path, NULL, &again, &err), NOMEN_OK);
    nomen_dataset_get_info(again, &info);
    assert_true(info.n_words == 8 && strcmp(info.path, path) == 0);
    nomen_dataset_free(again);
    assert_int_equal(nomen_dataset_save(set, path, NULL, NULL, &err), NOMEN_ERROR_EXISTS);
    assert_int_equal(err.remedy, NOMEN_REMEDY_OVERWRITE);
    err = (nomen_error){0};
    options.overwrite = true;
    assert_int_equal(nomen_dataset_save(set, path, &options, NULL, &err), NOMEN_OK);
    options.format = NOMEN_DATA_BRAT;
    assert_non_null(scratch_path(root, "brat", pair));
    assert_int_equal(nomen_dataset_save(set, pair, &options, NULL, &err), NOMEN_OK);
    assert_true(nomen_file_is_directory(pair));
    scratch_remove(root);
    nomen_dataset_free(set);
}

static void refuse(const nomen_dataset *set, nomen_convert_options options, const char *message) {
    nomen_error err = {0};
    nomen_buffer out = {0};
    nomen_conversion *conversion = NULL;
    assert_int_equal(nomen_dataset_write_parts(set, "memory", &options, append, &out, &conversion, &err), NOMEN_ERROR_ARGUMENT);
    if (strstr(err.message, message) == NULL) { fail_msg("%s", err.message); }
    assert_true(conversion == NULL && out.size == 0);
    nomen_buffer_clear(&out);
}

static void test_refused(void **state) {
    (void)state;
    static const size_t wrong[] = {3};
    nomen_error err = {0};
    nomen_dataset *set = NULL;
    const nomen_data_options unsized = {.max_rows = 1};
    assert_int_equal(nomen_dataset_load("/nowhere/at/all", NULL, &set, &err), NOMEN_ERROR_IO);
    err = (nomen_error){0};
    assert_int_equal(nomen_dataset_load_bytes(conll, sizeof conll - 1, "x", &unsized, &set, &err), NOMEN_ERROR_ARGUMENT);
    assert_int_not_equal(nomen_dataset_load_bytes("", 0, "x", NULL, &set, NULL), NOMEN_OK);
    assert_null(set);
    set = parse(conll);
    const nomen_convert_options start = {.size = sizeof start};
    nomen_convert_options o = start;
    o.format = NOMEN_DATA_BRAT;
    refuse(set, o, "several files");
    o.format = NOMEN_DATA_WEBANNO;
    refuse(set, o, "is read, but not written");
    o.format = (nomen_data_format)1000;
    refuse(set, o, "unknown data format 1000");
    o = start;
    o.scheme = (nomen_scheme)99;
    refuse(set, o, "unknown tag scheme 99");
    o = start;
    o.sentences = wrong;
    o.n_sentences = 1;
    refuse(set, o, "number 3");
    nomen_dataset_free(set);
}

static void test_notes_and_formats(void **state) {
    (void)state;
    static const char spans[] = "{\"text\":\"Jane left\",\"spans\":[{\"start\":0,\"end\":2,\"label\":\"per\"}]}\n";
    nomen_dataset *set = parse(spans);
    nomen_format_info info = {.size = sizeof info};
    nomen_data_format parsed;
    const char *kind = NULL;
    size_t count = 0;
    int n = 0;
    assert_true(nomen_dataset_get_note(set, 0, &kind, &count) && count == 1);
    assert_string_equal(kind, "misaligned");
    nomen_dataset_free(set);
    for (int f = NOMEN_DATA_AUTO + 1; nomen_format_get_info((nomen_data_format)f, &info); f++, n++) {
        assert_int_equal(nomen_format_parse(info.name, &parsed, NULL), NOMEN_OK);
        assert_int_equal(parsed, f);
        assert_true(info.has_files == (f == NOMEN_DATA_BRAT));
    }
    assert_int_equal(n, 20);
    assert_false(nomen_format_get_info(NOMEN_DATA_AUTO, &info));
    assert_int_equal(nomen_format_of_path("a/b.conll"), NOMEN_DATA_CONLL);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sentences), cmocka_unit_test(test_older_caller),
                                       cmocka_unit_test(test_entities),  cmocka_unit_test(test_split),
                                       cmocka_unit_test(test_write),     cmocka_unit_test(test_save),
                                       cmocka_unit_test(test_refused),   cmocka_unit_test(test_notes_and_formats)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
