/*
 * Redacted texts: nothing of an entity stays, the rest is as it was, and from pseudonyms there is a way back to every
 * byte, whatever the text: what looks like a pseudonym, letters and digits right beside one, bytes that are no UTF-8.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "support/cmocka_all.h"
#include "support/effort.h"
#include "support/scratch.h"
#include "tag/writers.h"

static char *labels[] = {(char[]){"O"},     (char[]){"B-per"},     (char[]){"I-per"}, (char[]){"B-super"},
                         (char[]){"B-PER"}, (char[]){"B-per_1"},   (char[]){"B-1st"}, (char[]){"B-\xc3\xa9t"},
                         (char[]){"B-"},    (char[]){"B-work/art"}};
enum { N_LABELS = sizeof labels / sizeof *labels };

static nomen_tagged make(const char *text, size_t n_bytes, nomen_entity *entities, size_t n) {
    return (nomen_tagged){.text = text,
                          .n_bytes = n_bytes,
                          .labels = labels,
                          .n_labels = N_LABELS,
                          .aggregation = NOMEN_AGGREGATE_FIRST,
                          .entities = {.items = entities, .n = n}};
}

static void check(const nomen_tagged *tagged, nomen_tag_write_options options, const char *want) {
    options.size = sizeof options;
    nomen_error err = {0};
    char *text = NULL;
    size_t n_bytes;
    if (nomen_tagged_to_string(tagged, NOMEN_TAG_REDACTED, &options, &text, &n_bytes, &err) != NOMEN_OK) {
        fail_msg("%s", err.message);
    }
    assert_string_equal(text, want);
    assert_int_equal(n_bytes, strlen(want));
    nomen_mem_free(text);
}

static void forms(void **state) {
    (void)state;
    char text[] = "Zo\xC3\xAB met Ann\nLee, Zo\xC3\xAB and Ann.";
    nomen_entity entities[] = {{.name = "per", .span = {0, 4}},
                               {.name = "super", .span = {9, 16}},
                               {.name = "per", .span = {18, 22}},
                               {.name = "1st", .span = {27, 30}}};
    nomen_tagged tagged = make(text, sizeof text - 1, entities, 4);
    check(&tagged, (nomen_tag_write_options){0}, "[PER] met [SUPER], [PER] and [1ST].\n");
    check(&tagged, (nomen_tag_write_options){.one_text = true}, "[PER] met [SUPER], [PER] and [1ST].");
    check(&tagged, (nomen_tag_write_options){.redaction = NOMEN_REDACT_MASK},
          "\xE2\x96\x88\xE2\x96\x88\xE2\x96\x88 met \xE2\x96\x88\xE2\x96\x88\xE2\x96\x88\n\xE2\x96\x88\xE2\x96\x88\xE2\x96\x88, "
          "\xE2\x96\x88\xE2\x96\x88\xE2\x96\x88 and \xE2\x96\x88\xE2\x96\x88\xE2\x96\x88.\n");
    check(&tagged, (nomen_tag_write_options){.redaction = NOMEN_REDACT_PSEUDONYM}, "PER_1 met SUPER_1, PER_1 and 1ST_1.\n");
    check(&tagged, (nomen_tag_write_options){.redaction = NOMEN_REDACT_PSEUDONYM, .types = "1st,super"},
          "Zo\xC3\xAB met SUPER_1, Zo\xC3\xAB and 1ST_1.\n");
    /* Overlapping, nested, out of order, past the end: nothing of any stays. */
    nomen_entity wild[] = {{.name = "per", .span = {9, 99}},
                           {.name = "super", .span = {5, 12}},
                           {.name = "per", .span = {5, 8}},
                           {.name = "per", .span = {6, 6}}};
    tagged = make(text, 12, wild, 4);
    check(&tagged, (nomen_tag_write_options){0}, "Zo\xC3\xAB [SUPER]\n");
    tagged = make(text, 15, wild, 4);
    check(&tagged, (nomen_tag_write_options){0}, "Zo\xC3\xAB [SUPER][PER]\n");
    tagged = make("", 0, NULL, 0);
    check(&tagged, (nomen_tag_write_options){0}, "\n");
}

static void refused(void **state) {
    (void)state;
    nomen_entity entity = {.name = "per", .span = {0, 1}};
    nomen_tagged tagged = make("ab", 2, &entity, 1);
    nomen_tag_write_options options = {.size = sizeof options, .types = "per,loc"};
    nomen_error err = {0};
    char *text;
    size_t n;
    assert_int_equal(nomen_tagged_to_string(&tagged, NOMEN_TAG_REDACTED, &options, &text, &n, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message, "unknown type \"loc\"; the model has per, super, PER, per_1, 1st, \xc3\xa9t, , work/art");
    tagged.aggregation = NOMEN_AGGREGATE_NONE;
    assert_int_equal(nomen_tagged_to_string(&tagged, NOMEN_TAG_REDACTED, NULL, &text, &n, NULL), NOMEN_ERROR_ARGUMENT);
    tagged.aggregation = NOMEN_AGGREGATE_FIRST;
    entity.name = "loc"; /* which would stay */
    assert_int_equal(nomen_tagged_to_string(&tagged, NOMEN_TAG_REDACTED, NULL, &text, &n, NULL), NOMEN_ERROR_ARGUMENT);
    options = (nomen_tag_write_options){.size = sizeof options, .map = "/nowhere/map"};
    assert_int_equal(nomen_tagged_to_string(&tagged, NOMEN_TAG_REDACTED, &options, &text, &n, NULL), NOMEN_ERROR_ARGUMENT);
    nomen_redaction redaction = NOMEN_REDACT_MASK;
    err = (nomen_error){0};
    assert_int_equal(nomen_redaction_parse("black", &redaction, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message, "unknown way to redact \"black\"; choose type, mask or pseudonym");
}

/* What stands beside a pseudonym is parted from it where it could be taken for a part of it. */
static void parted(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t start, end;
        const char *want;
    } cases[] = {
        {"a Jane b", 2, 6, "a PER_1 b\n"},
        {"Jane2", 0, 4, "PER_1~2\n"},
        {"xJanes", 1, 5, "xPER_1s\n"},
        {"SUJane", 2, 6, "SU~PER_1\n"},
        {"~Jane~", 1, 5, "~~PER_1~~\n"},
        {"Jane_2", 0, 4, "PER_1~_2\n"},
        {"PER_1", 0, 0, "PER_1\n"},
        {"PER_7", 0, 0, "PER_1\n"},
        {"PER_ 1ST", 0, 0, "PER_ 1ST\n"},
        {"(PER_007)Jane", 9, 13, "(PER_1)PER_2\n"},
        {"PER_4Jane", 5, 9, "PER_1~~PER_2\n"},
        {"\xc3\xa9Jane\xc3\xa9", 2, 6, "\xc3\xa9~PER_1~\xc3\xa9\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_entity entity = {.name = "per", .span = {cases[i].start, cases[i].end}};
        nomen_tagged tagged = make(cases[i].text, strlen(cases[i].text), &entity, 1);
        check(&tagged, (nomen_tag_write_options){.redaction = NOMEN_REDACT_PSEUDONYM}, cases[i].want);
    }
}

static const char *const pieces[] = {"a",           " ",
                                     "Jane",        "Zo\xC3\xAB",
                                     "PER_1",       "PER_",
                                     "SUPER_2",     "SU",
                                     "PER",         "_",
                                     "1",           "22",
                                     "~",           "~~",
                                     "PER_1_3",     "1ST_1",
                                     "\n",          "\r\n",
                                     "\xC3\x89T_1", "\xC3\xA9T_1",
                                     "\xC3\xA9",    "\xFF",
                                     "\xE2\x82",    "\1",
                                     "\2",          "\"",
                                     "\\",          "ENTITY_1",
                                     "WORK_ART_1",  "\xF0\x9F\x98\x80",
                                     "X",           "per_1",
                                     "[PER]",       ""};
enum { N_PIECES = sizeof pieces / sizeof *pieces };
static const char *const types[] = {"per", "super", "PER", "per_1", "1st", "\xc3\xa9t", "", "work/art"};

/* Random texts to pseudonyms and back by the map: the same bytes; and the same entity has the same pseudonym. */
static void way_back(void **state) {
    (void)state;
    char folder[64], map[192];
    nomen_rng rng;
    nomen_rng_start(&rng, 31, 3, 0);
    assert_non_null(scratch_make(folder));
    scratch_path(folder, "map", map);
    for (size_t round = effort(1500); round-- > 0;) {
        nomen_tag_write_options options = {.size = sizeof options,
                                           .redaction = NOMEN_REDACT_PSEUDONYM,
                                           .map = map,
                                           .overwrite_map = true,
                                           .types = nomen_rng_below(&rng, 3) == 0 ? "per,1st" : NULL};
        nomen_buffer original = {0}, redacted = {0}, out = {0};
        nomen_tagged_writer *writer;
        nomen_error err = {0};
        size_t n_restored = 0, n_unknown = 9;
        char *restored = NULL;
        options.one_text = nomen_rng_below(&rng, 3) == 0;
        assert_int_equal(nomen_tagged_writer_open(scratch_path(folder, "out", (char[192]){0}), true, NOMEN_TAG_REDACTED, &options,
                                                  &writer, &err),
                         NOMEN_OK);
        for (uint64_t texts = options.one_text ? 1 : nomen_rng_below(&rng, 3) + 1; texts-- > 0;) {
            nomen_buffer text = {0};
            nomen_entity entities[8];
            size_t n = 0;
            assert_int_equal(nomen_buffer_append(&text, "", 0, NULL), NOMEN_OK);
            for (uint64_t left = nomen_rng_below(&rng, 12); left-- > 0;) {
                size_t start = text.size;
                for (uint64_t k = nomen_rng_below(&rng, 3) + 1; k-- > 0;) {
                    const char *piece = pieces[nomen_rng_below(&rng, N_PIECES)];
                    assert_int_equal(nomen_buffer_append(&text, piece, *piece == '\0' ? 1 : strlen(piece), NULL), NOMEN_OK);
                }
                if (n < 8 && nomen_rng_below(&rng, 2) == 0) {
                    entities[n++] = (nomen_entity){.name = types[nomen_rng_below(&rng, 8)], .span = {start, text.size}};
                }
            }
            nomen_tagged tagged = make(text.data, text.size, entities, n);
            assert_int_equal(nomen_tagged_writer_add(writer, &tagged, &err), NOMEN_OK);
            assert_int_equal(nomen_buffer_append(&original, text.data, text.size, NULL), NOMEN_OK);
            if (!options.one_text) { assert_int_equal(nomen_buffer_append_byte(&original, '\n', NULL), NOMEN_OK); }
            nomen_buffer_clear(&text);
        }
        if (nomen_tagged_writer_finish(writer, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
        nomen_tagged_writer_free(writer);
        assert_int_equal(nomen_file_read(scratch_path(folder, "out", (char[192]){0}), &redacted, NULL), NOMEN_OK);
        if (nomen_restore(map, redacted.data, redacted.size, &restored, &n_restored, &n_unknown, &err) != NOMEN_OK) {
            fail_msg("%s", err.message);
        }
        if (n_restored != original.size || (n_restored > 0 && memcmp(restored, original.data, n_restored) != 0)) {
            fail_msg("'%s' became '%s' and then '%s'", original.data, redacted.data, restored);
        }
        assert_int_equal(n_unknown, 0);
        nomen_mem_free(restored);
        nomen_buffer_clear(&original);
        nomen_buffer_clear(&redacted);
        nomen_buffer_clear(&out);
    }
    scratch_remove(folder);
    assert_int_equal(nomen_mem_test_live(), 0);
}

static int mode_of(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0 ? (int)(info.st_mode & 07777) : -1;
}

/* The map is its owner's from the beginning, never a half one, and never in place of something unasked. */
static void map_file(void **state) {
    (void)state;
    char folder[64], map[192], target[192], link_path[192];
    nomen_entity entity = {.name = "per", .span = {0, 1}};
    nomen_tagged tagged = make("ab", 2, &entity, 1);
    nomen_tagged_writer *writer = NULL;
    nomen_buffer content = {0};
    nomen_error err = {0};
    char *text = NULL;
    size_t n;
    assert_non_null(scratch_make(folder));
    scratch_path(folder, "map", map);
    scratch_path(folder, "target", target);
    scratch_path(folder, "link", link_path);
    nomen_tag_write_options options = {.size = sizeof options, .redaction = NOMEN_REDACT_PSEUDONYM, .map = map};
    mode_t before = umask(0);
    assert_int_equal(nomen_tagged_to_string(&tagged, NOMEN_TAG_REDACTED, &options, &text, &n, &err), NOMEN_OK);
    umask(before);
    nomen_mem_free(text);
    assert_int_equal(mode_of(map), 0600);
    assert_int_equal(nomen_file_read(map, &content, NULL), NOMEN_OK);
    assert_string_equal(content.data,
                        "{\"format\":\"nomen pseudonyms\",\"version\":1,\n\"names\":[\"WORK_ART\",\"ENTITY\",\"SUPER\",\"PER_1\","
                        "\"PER\",\"1ST\",\"\xc3\xa9T\"],\n\"originals\":{\n\"PER_1\":\"a\"\n}}\n");
    assert_int_equal(nomen_tagged_to_string(&tagged, NOMEN_TAG_REDACTED, &options, &text, &n, &err), NOMEN_ERROR_EXISTS);
    /* A link, also one that leads nowhere, is something that stands there; overwriting replaces the link itself. */
    assert_int_equal(symlink(target, link_path), 0);
    options.map = link_path;
    err = (nomen_error){0};
    assert_int_equal(nomen_tagged_to_string(&tagged, NOMEN_TAG_REDACTED, &options, &text, &n, &err), NOMEN_ERROR_EXISTS);
    options.overwrite_map = true;
    assert_int_equal(nomen_tagged_to_string(&tagged, NOMEN_TAG_REDACTED, &options, &text, &n, NULL), NOMEN_OK);
    nomen_mem_free(text);
    assert_int_equal(mode_of(link_path), 0600);
    assert_int_equal(mode_of(target), -1);
    /* What comes to stand there meanwhile is not replaced either. */
    options = (nomen_tag_write_options){.size = sizeof options, .redaction = NOMEN_REDACT_PSEUDONYM, .map = target};
    assert_int_equal(
        nomen_tagged_writer_open(scratch_path(folder, "out", (char[192]){0}), true, NOMEN_TAG_REDACTED, &options, &writer, NULL),
        NOMEN_OK);
    assert_int_equal(mode_of(target), -1);
    assert_int_equal(nomen_file_write(target, "x", 1, NULL), NOMEN_OK);
    err = (nomen_error){0};
    assert_int_equal(nomen_tagged_writer_finish(writer, &err), NOMEN_ERROR_EXISTS);
    nomen_tagged_writer_free(writer);
    assert_false(nomen_file_exists(scratch_path(folder, "out", (char[192]){0})));
    nomen_buffer_clear(&content);
    assert_int_equal(nomen_file_read(target, &content, NULL), NOMEN_OK);
    assert_string_equal(content.data, "x");
    nomen_buffer_clear(&content);
    scratch_remove(folder);
}

static void damaged_maps(void **state) {
    (void)state;
    static const char *const maps[] = {
        "",
        "[]",
        "{",
        "{\"format\":\"nomen pseudonyms\",\"version\":2,\"names\":[],\"originals\":{}}",
        "{\"format\":\"nomen pseudonyms\",\"version\":1,\"names\":[\"\"],\"originals\":{}}",
        "{\"format\":\"nomen pseudonyms\",\"version\":1,\"names\":{},\"originals\":{}}",
        "{\"format\":\"nomen pseudonyms\",\"version\":1,\"names\":[\"PER\"],\"originals\":[]}",
        "{\"format\":\"nomen pseudonyms\",\"version\":1,\"names\":[\"PER\"],\"originals\":{\"PER_1\":7}}",
        "{\"format\":\"nomen pseudonyms\",\"version\":1,\"names\":[\"PER\"],\"originals\":{\"PER_1\":{\"hex\":\"0\"}}}",
        "{\"format\":\"nomen pseudonyms\",\"version\":1,\"names\":[\"PER\"],\"originals\":{\"PER_1\":{\"hex\":\"xx\"}}}",
        "{\"format\":\"nomen pseudonyms\",\"version\":1,\"names\":[\"PER\"],\"originals\":{\"PER_1\":\"a\",\"PER_1\":\"b\"}}",
        "{\"format\":\"nomen pseudonyms\",\"version\":1,\"names\":[\"PER\"],\"originals\":{\"PER_1\":\"a\"}} x",
    };
    char folder[64], map[192];
    assert_non_null(scratch_make(folder));
    scratch_path(folder, "map", map);
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        nomen_error err = {0};
        char *out = NULL;
        size_t n;
        assert_int_equal(nomen_file_write(map, maps[i], strlen(maps[i]), NULL), NOMEN_OK);
        nomen_status status = nomen_restore(map, "PER_1", 5, &out, &n, NULL, &err);
        assert_true(status == NOMEN_ERROR_FORMAT || status == NOMEN_ERROR_UNSUPPORTED);
        assert_non_null(strstr(err.message, map));
        assert_null(out);
    }
    scratch_remove(folder);
    assert_int_equal(nomen_mem_test_live(), 0);
}

static void allocation_failure(void **state) {
    (void)state;
    char folder[64], map[192];
    nomen_entity entities[] = {{.name = "per", .span = {0, 1}}, {.name = "super", .span = {1, 3}}};
    nomen_tagged tagged = make("a\0\xFF PER_1", 9, entities, 2);
    assert_non_null(scratch_make(folder));
    scratch_path(folder, "map", map);
    for (int back = 0; back < 2; back++) {
        long live = nomen_mem_test_live(), n = 0;
        nomen_status status = NOMEN_ERROR_MEMORY;
        for (; status != NOMEN_OK; n++) {
            nomen_tag_write_options options = {
                .size = sizeof options, .redaction = NOMEN_REDACT_PSEUDONYM, .map = map, .types = "per,super"};
            nomen_error err = {0};
            char *text = NULL;
            size_t n_bytes;
            nomen_mem_test_fail(n, 1);
            status = back ? nomen_restore(map, "PER_1 x~SUPER_1", 15, &text, &n_bytes, NULL, &err)
                          : nomen_tagged_to_string(&tagged, NOMEN_TAG_REDACTED, &options, &text, &n_bytes, &err);
            nomen_mem_test_fail(-1, 0);
            assert_true(status == NOMEN_OK || status == NOMEN_ERROR_MEMORY);
            assert_int_equal(err.status, status);
            if (status == NOMEN_OK && back) { assert_memory_equal(text, "a x\0\xFF", n_bytes); }
            if (!back) { assert_int_equal(nomen_file_exists(map), status == NOMEN_OK); } /* no half map */
            nomen_mem_free(text);
            assert_int_equal(nomen_mem_test_live(), live);
        }
        assert_true(n > 3);
    }
    scratch_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(refused),
        cmocka_unit_test(parted),
        cmocka_unit_test(way_back),
        cmocka_unit_test(map_file),
        cmocka_unit_test(damaged_maps),
        cmocka_unit_test(allocation_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
