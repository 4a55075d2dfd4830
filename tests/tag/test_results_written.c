/* Results of a call in the writers' form: what they write is what they write of the text itself. */
#include "base/mem.h"
#include "nomen/tagger.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"
#include "support/tiny_model.h"

static char root[64], directory[192];

static const char *const sentences[] = {"bill gates lives in london", "",
                                        "caf\xc3\xa9 anna \xf0\x9f\x98\x80 met \xff bill in london", "the"};
enum { N = 4 };

static nomen_text texts[N];

static int set_up(void **state) {
    (void)state;
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    if (scratch_make(root) == NULL) { return -1; }
    for (size_t i = 0; i < N; i++) { texts[i] = (nomen_text){.text = sentences[i], .n_bytes = strlen(sentences[i])}; }
    texts[1].text = NULL; /* an empty one may be */
    return tiny_model_write(scratch_path(root, "model", directory), &spec, &err) == NOMEN_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(root);
    return 0;
}

static nomen_tagger *make_tagger(void) {
    nomen_model *model = NULL;
    nomen_tagger *tagger = NULL;
    nomen_error err = {0};
    if (nomen_model_load(directory, NULL, &model, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    assert_int_equal(nomen_tagger_create(model, NULL, &tagger, NULL), NOMEN_OK);
    nomen_model_release(model);
    return tagger;
}

typedef struct written {
    nomen_tag_format format;
    nomen_tag_write_options options;
    char *lines[N];
} written;

static nomen_status write_one(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    written *w = user;
    return nomen_tagged_to_string(tagged, w->format, &w->options, &w->lines[index], NULL, err);
}

static void same(nomen_tagger *tagger, nomen_request request, nomen_tag_format format) {
    written streamed = {.format = format, .options = {.size = sizeof streamed.options}};
    nomen_results *results = NULL;
    nomen_tagged tagged = {0};
    nomen_error err = {0};
    request.size = sizeof request;
    streamed.options.all_scores = request.probabilities && format == NOMEN_TAG_JSONL;
    assert_int_equal(nomen_tagger_run(tagger, texts, N, &request, write_one, &streamed, &err), NOMEN_OK);
    assert_int_equal(nomen_tag(tagger, texts, N, &request, &results, &err), NOMEN_OK);
    for (size_t k = N; k > 0; k--) { /* one after another into the same, the longer before the shorter */
        char *line = NULL;
        assert_int_equal(nomen_results_to_tagged(results, k - 1, &texts[k - 1], &tagged, &err), NOMEN_OK);
        assert_int_equal(nomen_tagged_to_string(&tagged, format, &streamed.options, &line, NULL, &err), NOMEN_OK);
        assert_string_equal(line, streamed.lines[k - 1]);
        nomen_mem_free(line);
        nomen_mem_free(streamed.lines[k - 1]);
    }
    nomen_tagged_clear(&tagged);
    nomen_results_free(results);
}

static void as_texts_are(void **state) {
    (void)state;
    nomen_tagger *tagger = make_tagger();
    same(tagger, (nomen_request){0}, NOMEN_TAG_JSONL);
    same(tagger, (nomen_request){.aggregation = NOMEN_AGGREGATE_NONE}, NOMEN_TAG_JSONL);
    same(tagger, (nomen_request){.aggregation = NOMEN_AGGREGATE_SIMPLE, .windows = true}, NOMEN_TAG_JSONL);
    same(tagger, (nomen_request){.probabilities = true, .windows = true}, NOMEN_TAG_JSONL);
    same(tagger, (nomen_request){.words = true}, NOMEN_TAG_CONLL);
    same(tagger, (nomen_request){.words = true}, NOMEN_TAG_PRODIGY);
    same(tagger, (nomen_request){0}, NOMEN_TAG_REDACTED);
    nomen_tagger_free(tagger);
}

/* A thing filled from results with probabilities has none of them left when it is filled from others. */
static void filled_again(void **state) {
    (void)state;
    nomen_tagger *tagger = make_tagger();
    nomen_request request = {.size = sizeof request, .probabilities = true};
    nomen_results *with = NULL, *without = NULL;
    nomen_tagged tagged = {0};
    assert_int_equal(nomen_tag(tagger, texts, N, &request, &with, NULL), NOMEN_OK);
    assert_int_equal(nomen_tag(tagger, texts, N, NULL, &without, NULL), NOMEN_OK);
    assert_int_equal(nomen_results_to_tagged(with, 0, &texts[0], &tagged, NULL), NOMEN_OK);
    assert_non_null(tagged.probabilities);
    assert_int_equal(nomen_results_to_tagged(without, 0, &texts[0], &tagged, NULL), NOMEN_OK);
    assert_null(tagged.probabilities);
    assert_int_equal(tagged.n_words, 0);
    nomen_tagged_clear(&tagged);
    nomen_results_free(with);
    nomen_results_free(without);
    nomen_tagger_free(tagger);
}

static void refused(void **state) {
    (void)state;
    nomen_tagger *tagger = make_tagger();
    nomen_results *results = NULL;
    nomen_tagged tagged = {0};
    nomen_error err = {0};
    assert_int_equal(nomen_tag(tagger, texts, N, NULL, &results, &err), NOMEN_OK);
    assert_int_equal(nomen_results_to_tagged(results, N, &texts[0], &tagged, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message, "there is no text 4 among the results of 4");
    err = (nomen_error){0};
    nomen_text other = {.text = "bill", .n_bytes = 4};
    assert_int_equal(nomen_results_to_tagged(results, 0, &other, &tagged, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message, "the results go beyond the text's 4 bytes; give the text that was tagged");
    nomen_tagged_clear(&tagged);
    nomen_results_free(results);
    nomen_tagger_free(tagger);
}

/* The map of pseudonyms in memory is the one that a file gets, and leads back. */
static nomen_status add_to(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    (void)index;
    return nomen_tagged_writer_add(user, tagged, err);
}

static nomen_status keep(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    (void)err;
    strncat(user, bytes, n_bytes);
    return NOMEN_OK;
}

static void map_in_memory(void **state) {
    (void)state;
    nomen_tagger *tagger = make_tagger();
    nomen_tag_write_options options = {.size = sizeof options, .redaction = NOMEN_REDACT_PSEUDONYM, .one_text = true};
    nomen_tagged_writer *writer = NULL;
    nomen_error err = {0};
    char out[512] = "", *map = NULL, *text = NULL;
    size_t n_map = 0, n_text = 0, n_unknown = 9;
    assert_int_equal(nomen_tagged_writer_create(NOMEN_TAG_REDACTED, &options, keep, out, &writer, &err), NOMEN_OK);
    assert_int_equal(nomen_tagger_run(tagger, texts, 1, NULL, add_to, writer, &err), NOMEN_OK);
    assert_int_equal(nomen_tagged_writer_get_map(writer, &map, &n_map, &err), NOMEN_OK);
    assert_int_equal(nomen_tagged_writer_finish(writer, &err), NOMEN_OK);
    assert_string_not_equal(out, sentences[0]);
    assert_int_equal(nomen_restore_text(map, n_map, out, strlen(out), &text, &n_text, &n_unknown, &err), NOMEN_OK);
    assert_string_equal(text, sentences[0]);
    assert_int_equal(n_text, strlen(sentences[0]));
    assert_int_equal(n_unknown, 0);
    nomen_mem_free(text);
    nomen_tagged_writer_free(writer);
    assert_int_equal(nomen_restore_text(map, n_map - 4, out, strlen(out), &text, NULL, NULL, &err), NOMEN_ERROR_FORMAT);
    assert_memory_equal(err.message, "the map:", 8);
    nomen_mem_free(map);
    options.redaction = NOMEN_REDACT_TYPE;
    assert_int_equal(nomen_tagged_writer_create(NOMEN_TAG_REDACTED, &options, keep, out, &writer, NULL), NOMEN_OK);
    assert_int_equal(nomen_tagged_writer_get_map(writer, &map, NULL, NULL), NOMEN_ERROR_ARGUMENT);
    nomen_tagged_writer_free(writer);
    assert_int_equal(nomen_tagged_writer_create(NOMEN_TAG_JSONL, NULL, keep, out, &writer, NULL), NOMEN_OK);
    assert_int_equal(nomen_tagged_writer_get_map(writer, &map, NULL, NULL), NOMEN_ERROR_ARGUMENT);
    nomen_tagged_writer_free(writer);
    nomen_tagger_free(tagger);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_texts_are),
        cmocka_unit_test(filled_again),
        cmocka_unit_test(refused),
        cmocka_unit_test(map_in_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
