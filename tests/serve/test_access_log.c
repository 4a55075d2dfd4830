/* The log's lines: one each, whatever is in them, in both forms; nothing that was not asked for. */
#include "support/cmocka_all.h"
#include "support/scratch.h"

#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <unistd.h>

#include "serve/access_log.h"

static char directory[64];

/* Sends standard error to a file until `restore`. */
static int saved;

static void capture(void) {
    char path[192];
    int file = open(scratch_path(directory, "log", path), O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
    assert_true(file >= 0);
    saved = dup(2);
    dup2(file, 2);
    close(file);
}

static char *restore(void) {
    char path[192];
    static char text[1 << 20];
    dup2(saved, 2);
    close(saved);
    FILE *file = fopen(scratch_path(directory, "log", path), "rb");
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static const nomen_access request = {.id = "r-1",
                                     .client = "127.0.0.1",
                                     .method = "POST",
                                     .path = "/tag",
                                     .key = "alice",
                                     .status = 200,
                                     .n_texts = 2,
                                     .bytes_in = 30,
                                     .bytes_out = 400,
                                     .seconds = 0.01234,
                                     .waited = 0.001,
                                     .model = "ner",
                                     .text = "a\nb\0c",
                                     .n_text = 5};

/* 2026-01-31T12:00:00.000Z, and a space. */
static const char *after_time(const char *line) {
    static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ ";
    for (size_t i = 0; form[i] != '\0'; i++) {
        if (form[i] == 'd') {
            assert_in_range(line[i], '0', '9');
        } else {
            assert_int_equal(line[i], form[i]);
        }
    }
    return line + sizeof form - 1;
}

static void a_request_as_text(void **state) {
    (void)state;
    nomen_settings settings = {0};
    capture();
    nomen_access_log(&settings, &request);
    assert_string_equal(after_time(restore()), "127.0.0.1 POST /tag 200 id=r-1 key=alice model=ner texts=2 in=30 out=400 "
                                               "seconds=0.0123 waited=0.0010\n");
    settings.log_text = true;
    nomen_access bare = request;
    bare.key = bare.model = "";
    bare.id = NULL;
    capture();
    nomen_access_log(&settings, &bare);
    assert_string_equal(after_time(restore()), "127.0.0.1 POST /tag 200 texts=2 in=30 out=400 seconds=0.0123 waited=0.0010 "
                                               "text=\"a\\nb\\x00c\"\n");
    settings.quiet = true;
    capture();
    nomen_access_log(&settings, &request);
    assert_string_equal(restore(), "");
}

/* Nobody can write a second line, move the cursor or turn the text around. */
static void a_line_can_not_be_forged(void **state) {
    (void)state;
    nomen_settings settings = {0};
    nomen_access evil = request;
    evil.path = "/a b\"\\\r\n2026 x\x1b[2J\x7f\xC2\x9B\xE2\x80\xAE\xE2\x80\xA8\xC3\xA4\xFF";
    evil.method = "";
    evil.model = "x\ty";
    capture();
    nomen_access_log(&settings, &evil);
    nomen_event_log(&settings, "warning", "model \"%s\" is %s", "a\nb", "\x1b[31mred\\");
    char *text = restore();
    assert_non_null(strstr(text, " \"\" \"/a b\\\"\\\\\\r\\n2026 x\\x1b[2J\\x7f\\x9b\\u202e\\u2028\xC3\xA4\\xff\" 200 "));
    assert_non_null(strstr(text, " model=\"x\\ty\" "));
    char *second = strchr(text, '\n') + 1;
    assert_true(strncmp(after_time(second), "warning: model \"a\\nb\" is \\x1b[31mred", 35) == 0);
    assert_ptr_equal(strchr(second, '\n'), second + strlen(second) - 1);
}

static void as_json(void **state) {
    (void)state;
    nomen_settings settings = {.log_form = NOMEN_LOG_JSON, .log_text = true};
    capture();
    nomen_access_log(&settings, &request);
    nomen_event_log(&settings, "info", "listening on \"%s\"\n", "x");
    char *text = restore(), *end = strchr(text, '\n');
    json_t *line = json_loadb(text, (size_t)(end - text), JSON_ALLOW_NUL, NULL);
    assert_non_null(line);
    assert_string_equal(json_string_value(json_object_get(line, "event")), "request");
    assert_string_equal(json_string_value(json_object_get(line, "id")), "r-1");
    assert_string_equal(json_string_value(json_object_get(line, "key")), "alice");
    assert_int_equal(json_integer_value(json_object_get(line, "status")), 200);
    assert_int_equal(json_integer_value(json_object_get(line, "bytes_out")), 400);
    assert_int_equal(json_string_length(json_object_get(line, "text")), 5);
    assert_true(json_number_value(json_object_get(line, "seconds")) == 0.0123);
    json_decref(line);
    line = json_loads(end + 1, 0, NULL);
    assert_non_null(line);
    assert_string_equal(json_string_value(json_object_get(line, "message")), "listening on \"x\"\n");
    assert_string_equal(json_string_value(json_object_get(line, "level")), "info");
    json_decref(line);
}

enum { N_THREADS = 4, N_LINES = 200 };

static void *log_many(void *user) {
    nomen_settings settings = {.log_text = true};
    nomen_access access = request;
    access.text = user;
    access.n_text = strlen(user);
    for (int i = 0; i < N_LINES; i++) { nomen_access_log(&settings, &access); }
    return NULL;
}

static void lines_of_threads_stay_whole(void **state) {
    (void)state;
    pthread_t threads[N_THREADS];
    char body[2000] = "";
    memset(body, 'x', sizeof body - 1);
    capture();
    for (int i = 0; i < N_THREADS; i++) { pthread_create(&threads[i], NULL, log_many, body); }
    for (int i = 0; i < N_THREADS; i++) { pthread_join(threads[i], NULL); }
    char path[192], line[4096];
    restore();
    FILE *file = fopen(scratch_path(directory, "log", path), "rb");
    int n = 0;
    for (; fgets(line, sizeof line, file) != NULL; n++) {
        after_time(line);
        assert_string_equal(line + strlen(line) - 4, "xx\"\n");
    }
    assert_int_equal(n, N_THREADS * N_LINES);
    fclose(file);
}

/* Where the reader of the log does not read, the service goes on. */
static void a_full_pipe_holds_nobody_up(void **state) {
    (void)state;
    nomen_settings settings = {0};
    int ends[2];
    char all[1 << 17];
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    saved = dup(2);
    dup2(ends[1], 2);
    for (int i = 0; i < 2000; i++) { nomen_access_log(&settings, &request); }
    ssize_t n = read(ends[0], all, sizeof all);
    nomen_event_log(&settings, "info", "again");
    ssize_t more = read(ends[0], all + n, sizeof all - (size_t)n - 1);
    dup2(saved, 2);
    close(saved);
    close(ends[0]);
    close(ends[1]);
    assert_true(n > 0 && more > 0);
    all[n + more] = '\0';
    char *last = strstr(all, "info: again\n");
    assert_non_null(last);
    assert_true(last - 25 == all || last[-26] == '\n'); /* a line of its own, behind one that lost its end */
}

static int set_up(void **state) {
    (void)state;
    return scratch_make(directory) != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(directory);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_as_text),           cmocka_unit_test(a_line_can_not_be_forged),    cmocka_unit_test(as_json),
        cmocka_unit_test(lines_of_threads_stay_whole), cmocka_unit_test(a_full_pipe_holds_nobody_up),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
