/* The formats: known texts to the byte, and texts that try to break them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "decode/tagged.h"
#include "support/scratch.h"
#include "tag/writers.h"

#define BAD "\xEF\xBF\xBD"

static char *names[] = {(char[]){"O"}, (char[]){"B-per"}, (char[]){"I-per"}, (char[]){"B-org"}};

/* "Zoë met <emoji>Ann": entities Zoë (per) and <emoji>Ann (org). */
static char TEXT[] = "Zo\xC3\xAB met \360\237\230\200Ann";
static nomen_entity ENTITIES[] = {{.label = 1, .name = "per", .score = 0.75F, .span = {0, 4}},
                                  {.label = 3, .name = "org", .score = 0.1F, .span = {9, 16}}};
static nomen_span WORDS[] = {{0, 4}, {5, 8}, {9, 16}};
static int32_t WORD_LABELS[] = {1, 0, 3};
static float PROBABILITIES[] = {0.125F, 0.75F, 0.125F, 0, 1, 0, 0, 0, NAN, NAN, NAN, NAN};

static nomen_tagged sample(void) {
    return (nomen_tagged){.text = TEXT,
                          .n_bytes = sizeof TEXT - 1,
                          .labels = names,
                          .n_labels = 4,
                          .aggregation = NOMEN_AGGREGATE_FIRST,
                          .entities = {.items = ENTITIES, .n = 2},
                          .words = WORDS,
                          .word_labels = WORD_LABELS,
                          .probabilities = PROBABILITIES,
                          .n_words = 3};
}

static void check(const nomen_tagged *tagged, nomen_tag_format format, nomen_tag_write_options options, const char *want) {
    options.size = sizeof options;
    char *text;
    size_t n_bytes;
    assert_int_equal(nomen_tagged_to_string(tagged, format, &options, &text, &n_bytes, NULL), NOMEN_OK);
    assert_string_equal(text, want);
    assert_int_equal(n_bytes, strlen(want));
    nomen_mem_free(text);
}

static void test_jsonl(void **state) {
    (void)state;
    nomen_tagged tagged = sample();
#define HEAD "{\"text\":\"Zo\xC3\xAB met \360\237\230\200Ann\",\"entities\":["
#define ENTITY(key, name, score, word, place) "{\"" key "\":\"" name "\",\"score\":" score ",\"word\":\"" word "\"," place "}"
#define ZOE(place) ENTITY("entity_group", "per", "0.75", "Zo\xC3\xAB", place)
#define ANN(place) ENTITY("entity_group", "org", "0.1", "\360\237\230\200Ann", place)
    check(&tagged, NOMEN_TAG_JSONL, (nomen_tag_write_options){0},
          HEAD ZOE("\"start\":0,\"end\":3") "," ANN("\"start\":8,\"end\":12") "]}\n");
    check(&tagged, NOMEN_TAG_JSONL, (nomen_tag_write_options){.offsets = NOMEN_OFFSET_UTF16},
          HEAD ZOE("\"start\":0,\"end\":3") "," ANN("\"start\":8,\"end\":13") "]}\n");
    check(&tagged, NOMEN_TAG_JSONL, (nomen_tag_write_options){.offsets = NOMEN_OFFSET_BYTE},
          HEAD ZOE("\"start\":0,\"end\":4") "," ANN("\"start\":9,\"end\":16") "]}\n");
    check(&tagged, NOMEN_TAG_JSONL, (nomen_tag_write_options){.all_scores = true},
          HEAD ZOE("\"start\":0,\"end\":3") "," ANN(
              "\"start\":8,\"end\":12") "],\"words\":["
                                        "{\"start\":0,\"end\":3,\"label\":\"B-per\",\"scores\":{\"O\":0.125,\"B-per\":0.75,\"I-"
                                        "per\":0.125,"
                                        "\"B-org\":0}},{\"start\":4,\"end\":7,\"label\":\"O\",\"scores\":{\"O\":1,\"B-per\":0,"
                                        "\"I-per\":0,"
                                        "\"B-org\":0}},{\"start\":8,\"end\":12,\"label\":\"B-org\",\"scores\":{\"O\":null,\"B-"
                                        "per\":null,"
                                        "\"I-per\":null,\"B-org\":null}}]}\n");
    nomen_entity piece = {.label = 1, .name = "B-per", .score = 0.75F, .span = {0, 4}, .index = 1};
    tagged.aggregation = NOMEN_AGGREGATE_NONE;
    tagged.entities = (nomen_entities){.items = &piece, .n = 1};
    check(&tagged, NOMEN_TAG_JSONL, (nomen_tag_write_options){0},
          HEAD "{\"entity\":\"B-per\",\"score\":0.75,\"index\":1,\"word\":\"Zo\xC3\xAB\",\"start\":0,\"end\":3}]}\n");
}

static void test_conll(void **state) {
    (void)state;
    nomen_tagged tagged = sample();
    check(&tagged, NOMEN_TAG_CONLL, (nomen_tag_write_options){0}, "Zo\xC3\xAB\tB-per\nmet\tO\n\360\237\230\200Ann\tB-org\n\n");
}

static void test_tables(void **state) {
    (void)state;
    nomen_tagged tagged = sample();
    check(&tagged, NOMEN_TAG_TSV, (nomen_tag_write_options){0},
          "text\tstart\tend\ttype\tscore\tword\n1\t0\t3\tper\t0.75\tZo\xC3\xAB\n"
          "1\t8\t12\torg\t0.1\t\360\237\230\200Ann\n");
    check(&tagged, NOMEN_TAG_CSV, (nomen_tag_write_options){.offsets = NOMEN_OFFSET_UTF16},
          "text,start,end,type,score,word\n1,0,3,per,0.75,Zo\xC3\xAB\n1,8,13,org,0.1,\360\237\230\200Ann\n");
    char text[] = "a\tb\r\n\"c\",\0\xFF";
    nomen_entity entities[] = {{.name = "p,q\t", .score = NAN, .span = {0, sizeof text - 1}}};
    tagged = (nomen_tagged){.text = text, .n_bytes = sizeof text - 1, .entities = {.items = entities, .n = 1}};
    check(&tagged, NOMEN_TAG_TSV, (nomen_tag_write_options){0},
          "text\tstart\tend\ttype\tscore\tword\n1\t0\t11\tp,q" BAD "\t\ta" BAD "b" BAD BAD "\"c\"," BAD BAD "\n");
    check(&tagged, NOMEN_TAG_CSV, (nomen_tag_write_options){0},
          "text,start,end,type,score,word\n1,0,11,\"p,q\t\",,\"a\tb\r\n\"\"c\"\"," BAD BAD "\"\n");
}

/* What stands between the tags of the page's body. */
static void body_is(const nomen_tagged *tagged, nomen_tag_write_options options, const char *want) {
    options.size = sizeof options;
    nomen_buffer out = {0};
    assert_int_equal(nomen_tagged_write(tagged, NOMEN_TAG_HTML, &options, &out, NULL), NOMEN_OK);
    const char *body = strstr(out.data, "<main>\n");
    assert_non_null(body);
    assert_string_equal(body, want);
    nomen_buffer_clear(&out);
}

#define PAGE(title, texts, legend) \
    "<main>\n<h1 dir=\"auto\">" title "</h1>\n<label class=\"switch\"><input type=\"checkbox\" id=\"scores\">" \
    "Show scores</label>\n" texts "<section class=\"legend\" aria-label=\"Legend\">\n<ul>\n" legend \
    "</p>\n</section>\n</main>\n</body>\n</html>\n"

static void test_html(void **state) {
    (void)state;
    nomen_tagged tagged = sample();
    body_is(
        &tagged, (nomen_tag_write_options){0},
        PAGE(
            "Entities",
            "<div class=\"text\" id=\"t1\"><a href=\"#t1\">1</a><p dir=\"auto\"><mark class=\"t0\" title=\"per, score 0.7500, 0 "
            "to 3\">Zo\xC3\xAB<small>per<i>0.75</i></small></mark> met <mark class=\"t1 low\" title=\"org, score 0.1000, 8 to "
            "12\">"
            "\360\237\230\200Ann<small>org?<i>0.10</i></small></mark></p></div>\n",
            "<li class=\"t0\"><b>per</b><span>1</span></li>\n<li class=\"t1\"><b>org</b><span>1</span></li>\n</ul>\n<p>1 text, 2 "
            "entities. Outlined and with a question mark: 1 whose score is below 0.70."));
    /* What is hostile stands as text; an entity that overlaps the one before is not marked; a type that is no label's. */
    char text[] = "<b>\"x\"\r\n&amp;\0\xFF";
    nomen_entity entities[] = {{.name = "<i \"'>", .score = NAN, .span = {0, 6}},
                               {.name = "per", .score = 1, .span = {5, 9}},
                               {.name = "per", .score = 0.7F, .span = {8, 99}}};
    tagged.text = text;
    tagged.n_bytes = sizeof text - 1;
    tagged.entities = (nomen_entities){.items = entities, .n = 3};
    body_is(
        &tagged,
        (nomen_tag_write_options){.title = "</title><script>", .model = "<m>", .one_text = true, .offsets = NOMEN_OFFSET_BYTE},
        PAGE("&lt;/title&gt;&lt;script&gt;",
             "<div class=\"text\" id=\"t1\"><p dir=\"auto\"><mark class=\"t2 low\" title=\"&lt;i &quot;&#39;&gt;, score unknown, "
             "0 to "
             "6\">&lt;b&gt;&quot;x&quot;<small>&lt;i &quot;&#39;&gt;?<i>unknown</i></small></mark>\n<mark class=\"t0\" "
             "title=\"per, score "
             "0.7000, 8 to 15\">&amp;amp;\xE2\x90\x80" BAD "<small>per<i>0.70</i></small></mark></p></div>\n",
             "<li class=\"t0\"><b>per</b><span>1</span></li>\n<li class=\"t2\"><b>other "
             "types</b><span>1</span></li>\n</ul>\n<p>1 text, 2 "
             "entities, model: &lt;m&gt;. Outlined and with a question mark: 1 whose score is below 0.70."));
    /* With NONE a piece has its whole label, and its type's colour. */
    nomen_entity piece = {.label = 3, .name = "B-org", .score = 1, .span = {0, 1}};
    tagged = sample();
    tagged.aggregation = NOMEN_AGGREGATE_NONE;
    tagged.entities = (nomen_entities){.items = &piece, .n = 1};
    nomen_buffer out = {0};
    assert_int_equal(nomen_tagged_write(&tagged, NOMEN_TAG_HTML, NULL, &out, NULL), NOMEN_OK);
    assert_non_null(strstr(out.data, "<mark class=\"t1\" title=\"B-org, score 1.0000, 0 to 1\">Z<small>B-org<i>"));
    nomen_buffer_clear(&out);
}

static nomen_status append_part(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    return nomen_buffer_append(user, bytes, n_bytes, err);
}

static nomen_status no_room(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    (void)user, (void)bytes;
    return nomen_error_set(err, NOMEN_ERROR_IO, "no room for %zu bytes", n_bytes);
}

/* A document of several texts, by parts and to a file; one that fails leaves none. */
static void test_document(void **state) {
    (void)state;
    nomen_tagged tagged = sample();
    nomen_tagged_writer *writer = NULL;
    nomen_buffer out = {0}, again = {0};
    nomen_error err = {0};
    char folder[64], path[192];
    assert_non_null(scratch_make(folder));
    scratch_path(folder, "out.csv", path);

    assert_int_equal(nomen_tagged_writer_create(NOMEN_TAG_CSV, NULL, append_part, &out, &writer, NULL), NOMEN_OK);
    for (int i = 0; i < 3000; i++) { assert_int_equal(nomen_tagged_writer_add(writer, &tagged, NULL), NOMEN_OK); }
    assert_true(out.size > 60000); /* handed over meanwhile */
    assert_int_equal(nomen_tagged_writer_finish(writer, NULL), NOMEN_OK);
    nomen_tagged_writer_free(writer);
    assert_int_equal(strncmp(out.data, "text,start,end,type,score,word\n1,0,3,", 37), 0);
    assert_null(strstr(out.data + 10, "text,"));
    assert_non_null(strstr(out.data, "\n3000,0,3,per,0.75,Zo"));

    assert_int_equal(nomen_tagged_writer_open(path, false, NOMEN_TAG_CSV, NULL, &writer, NULL), NOMEN_OK);
    for (int i = 0; i < 3000; i++) { assert_int_equal(nomen_tagged_writer_add(writer, &tagged, NULL), NOMEN_OK); }
    assert_false(nomen_file_exists(path));
    assert_int_equal(nomen_tagged_writer_finish(writer, NULL), NOMEN_OK);
    nomen_tagged_writer_free(writer);
    assert_int_equal(nomen_file_read(path, &again, NULL), NOMEN_OK);
    assert_int_equal(again.size, out.size);
    assert_memory_equal(again.data, out.data, out.size);

    assert_int_equal(nomen_tagged_writer_open(path, false, NOMEN_TAG_CSV, NULL, &writer, &err), NOMEN_ERROR_EXISTS);
    assert_int_equal(err.remedy, NOMEN_REMEDY_OVERWRITE);
    assert_int_equal(nomen_tagged_writer_open(path, true, NOMEN_TAG_TEXT, NULL, &writer, NULL), NOMEN_OK);
    nomen_tagged_writer_free(writer); /* given up */
    nomen_buffer_reset(&again);
    assert_int_equal(nomen_file_read(path, &again, NULL), NOMEN_OK);
    assert_int_equal(again.size, out.size);

    err = (nomen_error){0};
    assert_int_equal(nomen_tagged_writer_create(NOMEN_TAG_TSV, NULL, no_room, NULL, &writer, NULL), NOMEN_OK);
    assert_int_equal(nomen_tagged_writer_finish(writer, &err), NOMEN_ERROR_IO); /* a table of no texts has its header */
    assert_string_equal(err.message, "no room for 31 bytes");
    nomen_tagged_writer_free(writer);
    nomen_buffer_clear(&out);
    nomen_buffer_clear(&again);
    scratch_remove(folder);
}

static void test_text(void **state) {
    (void)state;
    nomen_tagged tagged = sample();
#define LIST "  per  0.7500     0     3  Zo\xC3\xAB\n  org  0.1000     8    12  \360\237\230\200Ann\n"
    check(&tagged, NOMEN_TAG_TEXT, (nomen_tag_write_options){0}, "[Zo\xC3\xAB|per] met [\360\237\230\200Ann|org]\n" LIST "\n");
    check(&tagged, NOMEN_TAG_TEXT, (nomen_tag_write_options){.all_scores = true},
          "[Zo\xC3\xAB|per] met [\360\237\230\200Ann|org]\n" LIST "  word  label  O       B-per   I-per   B-org \n"
          "  Zo\xC3\xAB   B-per  0.1250  0.7500  0.1250  0.0000\n"
          "  met   O      1.0000  0.0000  0.0000  0.0000\n"
          "  \360\237\230\200Ann  B-org  nan     nan     nan     nan   \n\n");
    check(&tagged, NOMEN_TAG_TEXT, (nomen_tag_write_options){.color = true},
          "\x1b[1;34mZo\xC3\xAB\x1b[0m\x1b[34m per\x1b[0m met \x1b[1;32m\360\237\230\200Ann\x1b[0m\x1b[32m org\x1b[0m\n"
          "  \x1b[34mper\x1b[0m  0.7500     0     3  Zo\xC3\xAB\n"
          "  \x1b[32morg\x1b[0m  0.1000     8    12  \360\237\230\200Ann\n\n");
}

/* Control sequences, line breaks, NULs and ill-formed bytes in the text, and spans that leave it. */
static void test_hostile(void **state) {
    (void)state;
    char text[] = "a\x1b[2J\tb\nc\xC2\x9B\xF0\x9F\x98"
                  "d\0e";
    nomen_span words[] = {{0, 8}, {8, 99}, {50, 60}, {7, 3}};
    int32_t labels[] = {1, 0, 0, 0};
    nomen_entity entities[] = {{.label = 1, .name = "per", .score = NAN, .span = {0, 8}},
                               {.label = 1, .name = "per", .score = 1, .span = {2, 900}},
                               {.label = 1, .name = "per", .score = 1, .span = {800, 900}}};
    nomen_tagged tagged = {.text = text,
                           .n_bytes = sizeof text - 1,
                           .labels = names,
                           .n_labels = 4,
                           .aggregation = NOMEN_AGGREGATE_SIMPLE,
                           .entities = {.items = entities, .n = 3},
                           .words = words,
                           .word_labels = labels,
                           .probabilities = (float[16]){0},
                           .n_words = 4};
    check(&tagged, NOMEN_TAG_CONLL, (nomen_tag_write_options){0},
          "a\x1b[2J" BAD "b" BAD "\tB-per\nc\xC2\x9B" BAD "d" BAD "e\tO\n\tO\n\tO\n\n");
    check(&tagged, NOMEN_TAG_TEXT, (nomen_tag_write_options){0},
          "[a" BAD "[2J\tb\n|per]c" BAD BAD "d" BAD "e\n"
          "  per  nan     0     8  a" BAD "[2J b \n"
          "  per  1.0000     2    14  [2J b c" BAD BAD "d" BAD "e\n"
          "  per  1.0000    14    14  \n\n");

    nomen_buffer out = {0};
    json_t *json = NULL;
    nomen_error err = {0};
    nomen_tag_write_options options = {.size = sizeof options, .all_scores = true};
    assert_int_equal(nomen_tagged_write(&tagged, NOMEN_TAG_JSONL, &options, &out, &err), NOMEN_OK);
    assert_true(strchr(out.data, '\n') == out.data + out.size - 1);
    /* jansson takes a NUL in a string only by a flag that nomen_json_parse leaves off. */
    json = json_loadb(out.data, out.size, JSON_ALLOW_NUL, NULL);
    assert_non_null(json);
    const json_t *second = json_array_get(json_object_get(json, "entities"), 1);
    assert_int_equal(json_integer_value(json_object_get(second, "end")), 14);
    assert_true(json_is_null(json_object_get(json_array_get(json_object_get(json, "entities"), 0), "score")));
    json_decref(json);
    nomen_buffer_clear(&out);
}

static void test_empty(void **state) {
    (void)state;
    nomen_tagged tagged = {0};
    nomen_tag_write_options all = {.size = sizeof all, .all_scores = true, .color = true};
    check(&tagged, NOMEN_TAG_TEXT, all, "\n\n");
    check(&tagged, NOMEN_TAG_JSONL, all, "{\"text\":\"\",\"entities\":[],\"words\":[]}\n");
    check(&tagged, NOMEN_TAG_CONLL, all, "\n");
    check(&tagged, NOMEN_TAG_TSV, all, "text\tstart\tend\ttype\tscore\tword\n");
    nomen_tagged_clear(&tagged);
}

static void test_formats(void **state) {
    (void)state;
    nomen_tag_format format = NOMEN_TAG_TEXT;
    nomen_tagged tagged = sample();
    nomen_buffer out = {0};
    nomen_error err = {0};
    assert_int_equal(nomen_tag_format_parse("conll", &format, &err), NOMEN_OK);
    assert_int_equal(format, NOMEN_TAG_CONLL);
    assert_int_equal(nomen_tag_format_parse("xml", &format, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message,
                        "unknown format \"xml\"; choose text, jsonl, conll, tsv, csv, doccano, prodigy, spacy, label-studio, "
                        "brat, html or redacted");
    assert_int_equal(nomen_tagged_write(&tagged, (nomen_tag_format)99, NULL, &out, NULL), NOMEN_ERROR_ARGUMENT);
    assert_int_equal(nomen_tagged_write(&tagged, NOMEN_TAG_CONLL, NULL, &out, NULL), NOMEN_OK);
    nomen_buffer_clear(&out);
}

static void test_units(void **state) {
    (void)state;
    nomen_offset_unit unit = NOMEN_OFFSET_BYTE;
    nomen_error err = {0};
    assert_int_equal(nomen_offset_unit_parse("utf16", &unit, NULL), NOMEN_OK);
    assert_int_equal(unit, NOMEN_OFFSET_UTF16);
    assert_int_equal(nomen_offset_unit_parse("runes", &unit, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message, "unknown unit of offsets \"runes\"; choose codepoint, byte or utf16");
    assert_int_equal(unit, NOMEN_OFFSET_UTF16);
}

static void test_allocation_failure(void **state) {
    (void)state;
    nomen_tagged tagged = sample();
    nomen_tag_write_options options = {.size = sizeof options, .all_scores = true};
    for (int format = NOMEN_TAG_TEXT; format < NOMEN_TAG_N_FORMATS; format++) {
        if (format == NOMEN_TAG_BRAT) { continue; } /* by path, below */
        long live = nomen_mem_test_live(), n = 0;
        nomen_status status = NOMEN_ERROR_MEMORY;
        for (; status != NOMEN_OK; n++) {
            nomen_error err = {0};
            char *text = NULL;
            size_t n_bytes;
            nomen_mem_test_fail(n, 1);
            status = nomen_tagged_to_string(&tagged, (nomen_tag_format)format, &options, &text, &n_bytes, &err);
            nomen_mem_test_fail(-1, 0);
            nomen_mem_free(text);
            assert_int_equal(nomen_mem_test_live(), live);
            assert_int_equal(err.status, status);
            assert_true(status == NOMEN_OK || status == NOMEN_ERROR_MEMORY);
        }
        assert_true(n > 1);
    }
}

/* Every request of a writer to a file failing, of three texts: the file, or the directory, is whole or not there. */
static void test_files_allocation_failure(void **state) {
    (void)state;
    nomen_tagged tagged = sample();
    tagged.n_bytes--; /* cut inside "Ann"; and a text with ill-formed bytes: */
    nomen_tagged odd = tagged;
    odd.text = "a\xFF"
               "b";
    odd.n_bytes = 3;
    odd.n_words = 0;
    odd.entities = (nomen_entities){.items = (nomen_entity[]){{.name = "per", .span = {1, 3}}}, .n = 1};
    char folder[64], path[192];
    assert_non_null(scratch_make(folder));
    scratch_path(folder, "out", path);
    for (int format = NOMEN_TAG_TEXT; format < NOMEN_TAG_N_FORMATS; format++) {
        long live = nomen_mem_test_live(), n = 0;
        nomen_status status = NOMEN_ERROR_MEMORY;
        for (; status != NOMEN_OK; n++) {
            nomen_error err = {0};
            nomen_tagged_writer *writer = NULL;
            nomen_mem_test_fail(n, 1);
            status = nomen_tagged_writer_open(path, true, (nomen_tag_format)format, NULL, &writer, &err);
            if (status == NOMEN_OK) { status = nomen_tagged_writer_name_next(writer, "a", &err); }
            if (status == NOMEN_OK) { status = nomen_tagged_writer_add(writer, &tagged, &err); }
            if (status == NOMEN_OK) { status = nomen_tagged_writer_add(writer, &odd, &err); }
            if (status == NOMEN_OK) { status = nomen_tagged_writer_finish(writer, &err); }
            nomen_tagged_writer_free(writer);
            nomen_mem_test_fail(-1, 0);
            assert_int_equal(nomen_mem_test_live(), live);
            assert_int_equal(err.status, status);
            assert_true(status == NOMEN_OK || status == NOMEN_ERROR_MEMORY);
            assert_int_equal(nomen_file_exists(path), status == NOMEN_OK);
        }
        assert_true(n > 1);
        scratch_remove(path);
    }
    scratch_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jsonl),
        cmocka_unit_test(test_conll),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_document),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_allocation_failure),
        cmocka_unit_test(test_files_allocation_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
