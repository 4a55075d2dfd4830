/* Handlers of requests with texts, without connections: answers byte for byte, and what is refused with which status. */
#include "base/json.h"
#include "base/mem.h"
#include "nomen/runtime.h"
#include "serve/handling.h"
#include "support/cmocka_all.h"

enum { POST = NOMEN_METHOD_POST };

#define GATES "bill gates lives in london"

static void expect(nomen_exchange *x, unsigned status, const char *part) {
    if (x->answer.status != status || strstr(handling_text(x), part) == NULL) {
        fail_msg("%u %s, not %u with %s", x->answer.status, handling_text(x), status, part);
    }
}

static void ask(const char *path, const char *body, unsigned status, const char *part) {
    nomen_exchange *x = handling_ask(POST, path, body);
    expect(x, status, part);
    handling_free(x);
}

static void ask_text(const char *path, const char *query, const char *body, unsigned status, const char *part) {
    nomen_exchange *x = handling_make(POST, path, body);
    x->sent = NOMEN_MEDIA_TEXT;
    x->query = nomen_mem_copy(query, strlen(query));
    handling_run(x);
    expect(x, status, part);
    handling_free(x);
}

/* ---- /tag ---- */

static nomen_status add_line(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    nomen_buffer *out = user;
    const nomen_tag_write_options write = {.size = sizeof write, .all_scores = tagged->probabilities != NULL};
    char *line = NULL;
    size_t n = 0;
    (void)index;
    nomen_status status = nomen_tagged_to_string(tagged, NOMEN_TAG_JSONL, &write, &line, &n, err);
    if (status == NOMEN_OK) { status = nomen_buffer_append(out, line, n, err); }
    nomen_free(line);
    return status;
}

/* The lines that `nomen tag --format jsonl` writes, without the end of the last. */
static char *lines_of(const nomen_text *texts, size_t n, const nomen_request *request) {
    nomen_served *served = nomen_models_find(handling_service.models, NULL);
    nomen_tagger *tagger = NULL;
    nomen_buffer out = {0};
    nomen_error err = {0};
    if (nomen_tagger_create(served->model, NULL, &tagger, &err) != NOMEN_OK ||
        nomen_tagger_run(tagger, texts, n, request, add_line, &out, &err) != NOMEN_OK) {
        fail_msg("%s", err.message);
    }
    nomen_tagger_free(tagger);
    nomen_served_drop(served);
    out.data[out.size - 1] = '\0';
    return nomen_buffer_release(&out);
}

static void same_bytes(const char *options, const nomen_request *request) {
    const nomen_text text = {.text = GATES, .n_bytes = sizeof GATES - 1};
    char body[300], *line = lines_of(&text, 1, request), *whole = NULL;
    size_t n = strlen(line) + 64;
    snprintf(body, sizeof body, "{\"text\": \"" GATES "\"%s}", options);
    nomen_exchange *x = handling_ask(POST, "/tag", body);
    whole = nomen_mem_new(n, 1);
    snprintf(whole, n, "{\"model\":\"tiny\",\"results\":[%s]}\n", line);
    assert_int_equal(x->answer.status, 200);
    assert_string_equal(handling_text(x), whole);
    handling_free(x);
    nomen_mem_free(whole);
    nomen_mem_free(line);
}

static void test_tag(void **state) {
    (void)state;
    same_bytes("", NULL);
    same_bytes(", \"all_scores\": true", &(nomen_request){.size = sizeof(nomen_request), .probabilities = true});
    same_bytes(", \"windows\": true, \"stride\": 3",
               &(nomen_request){.size = sizeof(nomen_request), .windows = true, .overlap_given = true, .overlap = 3});
    same_bytes(", \"aggregation\": \"none\"",
               &(nomen_request){.size = sizeof(nomen_request), .aggregation = NOMEN_AGGREGATE_NONE});
    same_bytes(
        ", \"decode\": \"viterbi\", \"types\": [\"per\"], \"threshold\": {\"per\": 0.1, \"geo\": 0.25}",
        &(nomen_request){
            .size = sizeof(nomen_request), .decoding = NOMEN_DECODE_VITERBI, .types = "per", .thresholds = "per=0.1,geo=0.25"});
    same_bytes(
        ", \"repair\": \"begin\", \"ignore_types\": [\"per\"], \"threshold\": 0.5, \"words\": \"whitespace\", \"timeout\": 5",
        &(nomen_request){.size = sizeof(nomen_request),
                         .repair = NOMEN_REPAIR_BEGIN,
                         .ignored_types = "per",
                         .thresholds = "0.5",
                         .word_unit = NOMEN_WORDS_WHITESPACE});
    same_bytes(", \"model\": null, \"types\": null, \"threshold\": null, \"timeout\": null, \"calibration\": false",
               &(nomen_request){.size = sizeof(nomen_request), .no_calibration = true});
}

static void test_texts(void **state) {
    (void)state;
    const nomen_span words[] = {{0, 4}, {5, 10}, {11, 16}, {17, 19}, {20, 26}};
    const nomen_text texts[] = {{.text = "london", .n_bytes = 6, .document_start = true},
                                {.text = GATES, .n_bytes = 26, .words = words, .n_words = 5, .document_start = true},
                                {.text = "a\0b", .n_bytes = 3, .document_start = true},
                                {.text = "", .n_bytes = 0, .document_start = true}};
    static const char body[] = "{\"texts\": [\"london\", {\"tokens\": [\"bill\", \"gates\", \"lives\", \"in\", \"london\"]}, "
                               "\"a\\u0000b\", {\"tokens\": []}]}";
    char *lines = lines_of(texts, 4, NULL);
    nomen_exchange *x = handling_make(POST, "/tag", body);
    x->accepted = NOMEN_MEDIA_LINES;
    handling_run(x);
    assert_true(x->streams);
    assert_string_equal(x->answer.type, NOMEN_TYPE_LINES);
    size_t n = strlen(lines);
    assert_int_equal(x->answer.body.size, n + 1);
    assert_memory_equal(x->answer.body.data, lines, n);
    handling_free(x);
    for (char *at = lines; *at != '\0'; at++) { *at = *at == '\n' ? ',' : *at; }
    ask("/tag", body, 200, lines);
    nomen_mem_free(lines);
    ask("/tag", "{\"texts\": []}", 200, "{\"model\":\"tiny\",\"results\":[]}\n");
    ask("/tag", "{\"text\": \"\"}", 200, "{\"model\":\"tiny\",\"results\":[{\"text\":\"\",\"entities\":[]}]}\n");
    x = handling_make(POST, "/tag", "{\"texts\": []}");
    x->accepted = NOMEN_MEDIA_LINES;
    handling_run(x);
    expect(x, 200, "");
    assert_int_equal(x->answer.body.size, 0);
    handling_free(x);
}

static void test_plain_text(void **state) {
    (void)state;
    ask_text("/tag", "", GATES, 200, "{\"model\":\"tiny\",\"results\":[{\"text\":\"" GATES "\",\"entities\":[{\"entity_group\":");
    ask_text("/tag", "", "\xEF\xBB\xBFlondon", 200, "{\"text\":\"london\"");
    ask_text("/tag", "aggregation=none&types=per,geo&threshold=0&stride=1&timeout=2.5", GATES, 200, "\"entity\":\"B-per\"");
    ask_text("/tag", "threshold=per%3D1%2Cgeo%3D1&all_scores=true&windows=1", GATES, 200, "\"entities\":[],\"words\":[{");
    ask_text("/tag", "model=nobody", GATES, 404, "no model is called \\\"nobody\\\"");
    ask_text("/tag", "modle=x", GATES, 422, "unknown parameter \\\"modle\\\" of the query; known are model, aggregation");
    ask_text("/tag", "stride=x", GATES, 422, "the query's \\\"stride\\\" is \\\"x\\\"; expected a number");
    ask_text("/tag", "stride=-1", GATES, 422, "\\\"stride\\\" is a negative number");
    ask_text("/tag", "windows=maybe", GATES, 422, "expected true or false");
    ask_text("/tag", "stride=1&stride=2", GATES, 422, "more than once");
    ask_text("/tag", "types=", GATES, 422, "\\\"types\\\"[0]");
    ask_text("/tag", "model=%ff", GATES, 422, "expected UTF-8");
    ask_text("/tag", "redact=mask", GATES, 422, "unknown parameter \\\"redact\\\"");
    ask_text("/tag", "", "\xff", 400, "byte 0 of the body is 0xFF");
    ask_text("/redact", "redact=mask&types=per", "bill", 200, "\"texts\":[\"\xE2\x96\x88");
}

static void test_refused(void **state) {
    (void)state;
    static const struct {
        const char *body;
        unsigned status;
        const char *part;
    } cases[] = {
        {"{}", 422, "there is no text; expected \\\"text\\\""},
        {"{\"text\": \"a\", \"texts\": []}", 422, "both"},
        {"{\"text\": 1}", 422, "\\\"text\\\" is a whole number; expected a string or {\\\"tokens\\\": [...]}"},
        {"{\"text\": [\"a\"]}", 422, "\\\"text\\\" is a list"},
        {"{\"texts\": \"a\"}", 422, "\\\"texts\\\" is a string; expected a list of texts"},
        {"{\"texts\": [\"a\", null]}", 422, "\\\"texts\\\"[1] is null"},
        {"{\"texts\": [{\"tokens\": \"a\"}]}", 422, "\\\"texts\\\"[0] is an object; expected"},
        {"{\"texts\": [{\"tokens\": [], \"x\": 1}]}", 422, "no other key"},
        {"{\"texts\": [{\"tokens\": [\"a\", 1]}]}", 422, "\\\"texts\\\"[0]: \\\"tokens\\\"[1] is a whole number"},
        {"{\"text\": \"a\", \"agregation\": \"none\"}", 422, "unknown key \\\"agregation\\\"; known are text, texts, model"},
        {"{\"text\": \"a\", \"aggregation\": \"most\"}", 422, "\\\"most\\\"; choose none, simple, first, average or max"},
        {"{\"text\": \"a\", \"aggregation\": 1}", 422, "\\\"aggregation\\\" is a whole number; expected a string"},
        {"{\"text\": \"a\", \"threshold\": 2}", 422, "expected a number from 0 to 1"},
        {"{\"text\": \"a\", \"threshold\": {\"per\": \"x\"}}", 422, "\\\"per\\\", which is a string"},
        {"{\"text\": \"a\", \"threshold\": {\"nix\": 0.5}}", 422, "no such type"},
        {"{\"text\": \"a\", \"threshold\": [1]}", 422, "\\\"threshold\\\" is a list"},
        {"{\"text\": \"a\", \"types\": []}", 422, "\\\"types\\\" is empty"},
        {"{\"text\": \"a\", \"types\": [\"nix\"]}", 422, "nix"},
        {"{\"text\": \"a\", \"types\": \"per\"}", 422, "expected a list of strings"},
        {"{\"text\": \"a\", \"stride\": 1000}", 422, "the overlap 1000"},
        {"{\"text\": \"a\", \"stride\": 1.5}", 422, "expected a whole number of 0 or more"},
        {"{\"text\": \"a\", \"timeout\": 0}", 422, "\\\"timeout\\\" is 0; expected seconds"},
        {"{\"text\": \"a\", \"offsets\": \"char\"}", 422, "codepoint"},
        {"{\"text\": \"a\", \"model\": \"other\"}", 404, "no model is called \\\"other\\\""},
        {"{\"text\": \"a\", \"model\": 1}", 422, "\\\"model\\\" is a whole number"},
        {"{\"text\": \"a\"", 400, "not valid JSON"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) { ask("/tag", cases[i].body, cases[i].status, cases[i].part); }
    nomen_exchange *x = handling_make(POST, "/tag", "{\"text\": \"a\"}");
    x->query = nomen_mem_copy("windows=1", 9);
    handling_run(x);
    expect(x, 422, "the query \\\"windows=1\\\" has no effect beside a JSON body");
    handling_free(x);
}

static void test_limits(void **state) {
    (void)state;
    handling_settings.max_inputs = 2;
    handling_settings.max_text = 5;
    ask("/tag", "{\"texts\": [\"a\", \"b\", \"c\"]}", 413, "\\\"texts\\\" has 3 texts, and at most 2");
    ask("/tag", "{\"texts\": [\"a\", \"123456\"]}", 413, "\\\"texts\\\"[1] has 6 bytes, and a text has at most 5");
    ask("/tag", "{\"texts\": [{\"tokens\": [\"123\", \"45\"]}]}", 413, "\\\"texts\\\"[0] has 6 bytes");
    ask("/tag", "{\"texts\": [\"a\", \"12345\"]}", 200, "12345");
    ask("/", "{\"inputs\": [\"a\", \"b\", \"c\"]}", 413, "\\\"inputs\\\" has 3 texts");
    ask_text("/tag", "", "123456", 413, "the text has 6 bytes");
    handling_settings.max_inputs = 100;
    handling_settings.max_text = 0;
}

/* ---- Hugging Face's interface ---- */

static void test_hf(void **state) {
    (void)state;
    ask("/", "{\"inputs\": \"" GATES "\"}", 200, "[{\"entity_group\":\"per\",\"score\":0.");
    ask("/", "{\"inputs\": \"" GATES "\"}", 200, "\"word\":\"london\",\"start\":20,\"end\":26}]\n");
    ask("/models/tiny", "{\"inputs\": [\"" GATES "\", \"\"]}", 200, "\"end\":26}],[]]\n");
    ask("/", "{\"inputs\": []}", 200, "[]\n");
    ask("/", "{\"inputs\": \"\", \"parameters\": null, \"options\": {\"wait_for_model\": true}}", 200, "[]\n");
    ask("/", "{\"inputs\": [\"\"]}", 200, "[[]]\n");
    ask("/", "{\"inputs\": \"" GATES "\", \"parameters\": {\"aggregation_strategy\": \"none\", \"stride\": 2}}", 200,
        "[{\"entity\":\"B-per\",\"score\":0.");
    ask("/", "{\"inputs\": \"" GATES "\", \"parameters\": {\"ignore_labels\": [\"O\", \"per\"]}}", 200,
        "[{\"entity_group\":\"geo\"");
    ask("/",
        "{\"inputs\": \"" GATES
        "\", \"parameters\": {\"aggregation_strategy\": \"none\", \"ignore_labels\": [\"O\", \"B-per\"]}}",
        200, "[{\"entity\":\"I-per\"");
    ask("/", "{\"inputs\": \"\xC3\xA4 london\", \"parameters\": {\"aggregation_strategy\": null, \"ignore_labels\": null}}", 200,
        "\"word\":\"london\",\"start\":2,\"end\":8}]\n");
    ask("/", "{\"inputs\": 1}", 422, "\\\"inputs\\\" is a whole number; expected a string, or a list of strings");
    ask("/", "{}", 422, "\\\"inputs\\\" is missing");
    ask("/", "{\"inputs\": [\"a\", 1]}", 422, "\\\"inputs\\\"[1] is a whole number; expected a string");
    ask("/", "{\"inputs\": [{\"tokens\": []}]}", 422, "\\\"inputs\\\"[0] is an object; expected a string");
    ask("/", "{\"inputs\": \"a\", \"parameters\": []}", 422, "\\\"parameters\\\" is a list");
    ask("/", "{\"inputs\": \"a\", \"parameters\": {\"top_k\": 1}}", 422,
        "unknown key \\\"top_k\\\" in \\\"parameters\\\"; known are");
    ask("/", "{\"inputs\": \"a\", \"parameters\": {\"ignore_labels\": []}}", 422, "without \\\"O\\\"");
    ask("/", "{\"inputs\": \"a\", \"parameters\": {\"ignore_labels\": \"O\"}}", 422, "a list of strings");
    ask("/", "{\"inputs\": \"a\", \"parameters\": {\"aggregation_strategy\": \"most\"}}", 422, "choose");
    ask("/", "{\"inputs\": \"a\", \"stream\": false}", 422, "unknown key \\\"stream\\\"; known are inputs, parameters, options");
    ask("/models/nobody", "{\"inputs\": \"a\"}", 404, "no model is called");
    ask("/models/org/nobody", "{\"inputs\": \"a\"}", 404, "\\\"org/nobody\\\"");
}

/* ---- /redact, /restore ---- */

static void test_redact(void **state) {
    (void)state;
    ask("/redact", "{\"texts\": [\"" GATES "\", \"london\"]}", 200,
        "{\"model\":\"tiny\",\"texts\":[\"[PER] lives in [GEO]\",\"[GEO]\"]}\n");
    ask("/redact", "{\"text\": \"london\", \"redact\": \"mask\"}", 200,
        "[\"\xE2\x96\x88\xE2\x96\x88\xE2\x96\x88\xE2\x96\x88\xE2\x96\x88\xE2\x96\x88\"]");
    ask("/redact", "{\"texts\": [\"" GATES "\", \"in london\"], \"redact\": \"pseudonym\"}", 200,
        "\"texts\":[\"PER_1 lives in GEO_1\",\"in GEO_1\"],\"map\":{");
    ask("/redact", "{\"texts\": [], \"redact\": \"pseudonym\"}", 200, "\"texts\":[],\"map\":{");
    ask("/redact", "{\"text\": \"a\", \"aggregation\": \"none\"}", 422, "unlabelled parts");
    ask("/redact", "{\"text\": \"a\", \"redact\": \"all\"}", 422, "type, mask or pseudonym");
    ask("/redact", "{\"text\": \"a\", \"windows\": true}", 422, "unknown key \\\"windows\\\"");
}

/* What /redact took out, /restore puts back, be it text by text or all together. */
static void test_restore(void **state) {
    (void)state;
    static const char *const texts[] = {"[\"" GATES "\",\"gates~PER_1 in london\",\"\"]", "[\"" GATES "\",\"a\\u0000b london\"]"};
    for (size_t i = 0; i < 2; i++) {
        char body[1000];
        json_t *answer = NULL;
        nomen_buffer restore = {0};
        snprintf(body, sizeof body, "{\"texts\": %s, \"redact\": \"pseudonym\"}", texts[i]);
        nomen_exchange *x = handling_ask(POST, "/redact", body);
        assert_int_equal(x->answer.status, 200);
        assert_int_equal(nomen_json_parse_line(x->answer.body.data, x->answer.body.size, "answer", &answer, NULL), NOMEN_OK);
        json_object_del(answer, "model");
        assert_int_equal(nomen_json_append(answer, false, &restore, NULL), NOMEN_OK);
        snprintf(body, sizeof body, "{\"texts\":%s,\"unknown\":0}\n", texts[i]);
        ask("/restore", restore.data, 200, body);
        json_decref(answer);
        nomen_buffer_clear(&restore);
        handling_free(x);
    }
    static const char map[] = "\"map\": {\"format\": \"nomen pseudonyms\", \"version\": 1, \"names\": [\"PER\"], \"originals\": "
                              "{\"PER_1\": \"bill\"}}";
    char body[500];
    snprintf(body, sizeof body, "{\"text\": \"PER_1 and PER_2\", %s}", map);
    ask("/restore", body, 200, "{\"texts\":[\"bill and PER_2\"],\"unknown\":1}\n");
    snprintf(body, sizeof body, "{\"texts\": [\"PER_1\", \"PER_2\", \"PER_3\"], %s}", map);
    ask("/restore", body, 200, "{\"texts\":[\"bill\",\"PER_2\",\"PER_3\"],\"unknown\":2}\n");
    snprintf(body, sizeof body, "{\"texts\": [], %s}", map);
    ask("/restore", body, 200, "{\"texts\":[],\"unknown\":0}\n");
    ask("/restore", "{\"texts\": [], \"map\": {}}", 422, "nomen pseudonyms");
    ask("/restore", "{\"text\": \"\", \"map\": {\"originals\": {\"PER_1\": null}}}", 422,
        "the original of \\\"PER_1\\\" is null");
    ask("/restore", "{\"text\": \"a\", \"map\": {}}", 422, "nomen pseudonyms");
    ask("/restore", "{\"text\": \"a\"}", 422, "\\\"map\\\" is missing");
    ask("/restore", "{\"text\": {\"tokens\": []}, \"map\": {}}", 422, "\\\"text\\\" is an object; expected a string");
}

/* ---- tokens ---- */

static void test_tokens(void **state) {
    (void)state;
    nomen_exchange *x =
        handling_ask(POST, "/tokenize", "{\"texts\": [\"\xC3\xA4 london\", {\"tokens\": [\"bill\", \"gates\"]}]}");
    expect(x, 200, "\"tokens\":[\"[CLS]\",");
    expect(x, 200, "\"offsets\":[[0,0],[0,1],[2,8],[0,0]],\"word_ids\":[null,0,1,null]}");
    expect(x, 200, "\"offsets\":[[0,0],[0,4],[5,10],[0,0]],\"word_ids\":[null,0,1,null]}]}\n");
    json_t *answer = NULL;
    nomen_buffer body = {0};
    assert_int_equal(nomen_json_parse_line(x->answer.body.data, x->answer.body.size, "answer", &answer, NULL), NOMEN_OK);
    assert_int_equal(nomen_buffer_append_text(&body, "{\"ids\":[", NULL), NOMEN_OK);
    assert_int_equal(
        nomen_json_append(json_object_get(json_array_get(json_object_get(answer, "results"), 1), "ids"), false, &body, NULL),
        NOMEN_OK);
    assert_int_equal(nomen_buffer_append_text(&body, "]}", NULL), NOMEN_OK);
    ask("/decode", body.data, 200, "{\"texts\":[\"bill gates\"]}\n");
    json_decref(answer);
    nomen_buffer_clear(&body);
    handling_free(x);
    ask("/tokenize", "{\"text\": \"\xC3\xA4 london\", \"special_tokens\": false, \"unit\": \"byte\"}", 200,
        "\"offsets\":[[0,2],[3,9]]");
    ask("/tokenize", "{\"texts\": []}", 200, "{\"model\":\"tiny\",\"results\":[]}\n");
    ask("/tokenize", "{\"text\": \"a\", \"model\": \"x\"}", 404, "no model");
    ask("/tokenize", "{\"text\": \"a\", \"offsets\": \"byte\"}", 422, "unknown key");
    ask("/decode", "{\"ids\": []}", 200, "{\"texts\":[\"\"]}\n");
    ask("/decode", "{\"ids\": [1.0, 2e0]}", 200, "{\"texts\":[\"");
    ask("/decode", "{\"ids\": [1.5]}", 422, "\\\"ids\\\"[0] is a number with decimals");
    ask("/decode", "{\"ids\": [1e300]}", 422, "\\\"ids\\\"[0] is a number with decimals, or a very large one");
    ask("/decode", "{\"ids\": [-1]}", 422, "\\\"ids\\\"[0] is -1; the model's ids are 0 to ");
    ask("/decode", "{\"ids\": [[0], [0, 9999999999]]}", 422, "\\\"ids\\\"[1][1] is 9999999999");
    ask("/decode", "{\"ids\": [[0], 0]}", 422, "\\\"ids\\\"[1] is a whole number; expected a list");
    ask("/decode", "{\"ids\": [0, \"a\"]}", 422, "\\\"ids\\\"[1] is a string; expected an id");
    ask("/decode", "{\"ids\": \"1\"}", 422, "\\\"ids\\\" is a string");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tag),     cmocka_unit_test(test_texts),   cmocka_unit_test(test_plain_text),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_limits),  cmocka_unit_test(test_hf),
        cmocka_unit_test(test_redact),  cmocka_unit_test(test_restore), cmocka_unit_test(test_tokens)};
    return cmocka_run_group_tests(tests, handling_start, handling_end);
}
