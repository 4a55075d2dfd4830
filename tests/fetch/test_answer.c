/* Headers as servers send them, good and bad; where redirects may lead, and whose token is shown to whom. */
#include "base/mem.h"
#include "fetch/answer.h"
#include "fetch/files.h"
#include "fetch/partial.h"
#include "fetch/url.h"
#include "support/cmocka_all.h"

static void read_lines(nomen_hub_answer *answer, const char *text) {
    nomen_hub_answer_reset(answer);
    while (*text != '\0') {
        const char *end = strchr(text, '\n') + 1;
        assert_int_equal(nomen_hub_answer_add_line(answer, text, (size_t)(end - text), NULL), NOMEN_OK);
        text = end;
    }
}

static void the_first_answer_speaks_of_the_file(void **state) {
    (void)state;
    nomen_hub_answer answer = {0};
    char hash[128];
    read_lines(&answer, "HTTP/1.1 302 Found\r\nx-repo-commit: c1\r\nX-Linked-ETag: \"abc\"\r\nX-Linked-Size: 77\r\n"
                        "Content-Length: 5\r\nETag: \"redirect\"\r\nLocation: https://x/y\r\n\r\n");
    assert_string_equal(answer.location, "https://x/y");
    read_lines(&answer, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nX-Repo-Commit: c1\r\nX-Linked-Etag: \"abc\"\r\n"
                        "X-Linked-Size:77\r\nLocation: a\r\n\r\nHTTP/2 200\r\nX-Repo-Commit: c2\r\nX-Linked-Etag: \"other\"\r\n"
                        "X-Linked-Size: 1\r\nETag: W/\"storage\"\r\nContent-Length: 99\r\n\r\n");
    answer.code = 200;
    assert_null(answer.location);
    assert_string_equal(answer.commit, "c1");
    nomen_hub_answer_get_hash(&answer, hash);
    assert_string_equal(hash, "abc");
    assert_int_equal(nomen_hub_answer_get_size(&answer), 77);
    read_lines(&answer, "HTTP/1.1 200 OK\r\nETag: W/\"weak\"\r\nContent-Length: 12\r\n\r\n");
    answer.code = 200;
    nomen_hub_answer_get_hash(&answer, hash);
    assert_string_equal(hash, "weak");
    assert_int_equal(nomen_hub_answer_get_size(&answer), 12);
    read_lines(&answer, "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 12\r\nContent-Encoding: gzip\r\n\r\n");
    answer.code = 200;
    assert_true(answer.encoded);
    assert_int_equal(nomen_hub_answer_get_size(&answer), -1);
    nomen_hub_answer_reset(&answer);
}

static void odd_headers(void **state) {
    (void)state;
    nomen_hub_answer answer = {0};
    char line[20000], hash[128];
    read_lines(&answer, "HTTP/1.1 206 x\r\nContent-Range: bytes 5-9/10\r\nRateLimit: \"api\";r=0;t=55\r\nno colon\r\n: empty\r\n"
                        "Content-Length: 99999999999999999999\r\nX-Linked-Size: -5\r\nX-Error-Message: a\033[31mb\x01 c\r\n");
    assert_int_equal(answer.range_start, 5);
    assert_int_equal(answer.wait, 55);
    assert_int_equal(answer.size, -1);
    assert_int_equal(answer.linked_size, -1);
    assert_string_equal(answer.error_text, "a[31mb c");
    read_lines(&answer,
               "HTTP/1.1 206 x\r\nContent-Range: bytes */10\r\nRateLimit: x\r\nContent-Encoding: identity\r\nETag: \"\r\n");
    assert_int_equal(answer.range_start, -1);
    assert_int_equal(answer.wait, -1);
    assert_false(answer.encoded);
    nomen_hub_answer_get_hash(&answer, hash);
    assert_string_equal(hash, "\"");
    memset(line, 'x', sizeof line);
    memcpy(line, "Location: ", 10);
    assert_int_equal(nomen_hub_answer_add_line(&answer, line, sizeof line, NULL), NOMEN_ERROR_LIMIT);
    memcpy(line, "ETag:     ", 10);
    assert_int_equal(nomen_hub_answer_add_line(&answer, line, sizeof line, NULL), NOMEN_OK);
    assert_string_equal(answer.etag, "");
    nomen_hub_answer_reset(&answer);
}

static void hashes(void **state) {
    (void)state;
    char text[130] = "";
    for (size_t n = 0; n < 129; n++) {
        assert_int_equal(nomen_partial_is_hash(text), n == 40 || n == 64);
        text[n] = "0af9"[n % 4];
    }
    text[40] = '\0';
    assert_true(nomen_partial_is_hash(text));
    for (const char *bad = "G/.\\ A"; *bad != '\0'; bad++) {
        text[7] = *bad;
        assert_false(nomen_partial_is_hash(text));
    }
}

static void follows(const char *from, const char *location, const char *expected) {
    char *to = NULL;
    nomen_status status = nomen_url_follow(from, location, &to, NULL);
    assert_int_equal(status, expected != NULL ? NOMEN_OK : NOMEN_ERROR_IO);
    if (expected != NULL) { assert_string_equal(to, expected); }
    nomen_mem_free(to);
}

static void redirects(void **state) {
    (void)state;
    follows("https://hub/a/b", "/c?d=e", "https://hub/c?d=e");
    follows("https://hub/a/b", "c", "https://hub/a/c");
    follows("https://hub/a", "//other/x", "https://other/x");
    follows("http://hub/a", "https://other/x?sig=a%2Fb%3D", "https://other/x?sig=a%2Fb%3D");
    follows("http://hub/a", "http://other/x", "http://other/x");
    follows("https://hub/a", "http://hub/a", NULL);
    follows("https://hub/a", "HTTP://other/x", NULL);
    follows("http://hub/a", "file:///etc/passwd", NULL);
    follows("http://hub/a", "ftp://x/y", NULL);
    follows("http://hub/a", "javascript:x", NULL);
    follows("http://hub/a", "http://user:password@hub/", NULL);
    follows("http://hub/a", "http://user@hub/", NULL);
}

static void origins(void **state) {
    (void)state;
    assert_true(nomen_url_is_same_origin("https://hub/a", "https://HUB:443/b?c"));
    assert_true(nomen_url_is_same_origin("http://hub:80/a", "http://hub"));
    assert_false(nomen_url_is_same_origin("https://hub/a", "http://hub/a"));
    assert_false(nomen_url_is_same_origin("https://hub/a", "https://hub:8443/a"));
    assert_false(nomen_url_is_same_origin("https://hub/a", "https://hub.evil/a"));
    assert_false(nomen_url_is_same_origin("https://hub/a", "https://evil/hub"));
    assert_false(nomen_url_is_same_origin("https://hub/a", "https://hub@evil/a"));
    assert_false(nomen_url_is_same_origin("https://hub/a", "x"));
}

static void endpoints(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "hub",
                                      "ftp://hub",
                                      "file:///x",
                                      "https://",
                                      "https://hub?x",
                                      "https://hub#x",
                                      "https://user@hub",
                                      "https://user:password@hub",
                                      "https://h b"};
    char *out = NULL;
    assert_int_equal(nomen_url_check_endpoint("https://hub/mirror///", &out, NULL), NOMEN_OK);
    assert_string_equal(out, "https://hub/mirror");
    nomen_mem_free(out);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        nomen_error err = {0};
        if (nomen_url_check_endpoint(bad[i], &out, &err) != NOMEN_ERROR_ARGUMENT) { fail_msg("%s was taken", bad[i]); }
        assert_null(strstr(err.message, "password@"));
    }
}

static void parts(void **state) {
    (void)state;
    nomen_buffer url = {0};
    assert_int_equal(nomen_url_append_part(&url, "refs/pr/1 %?#\xC3\xA9-._~", NULL), NOMEN_OK);
    assert_string_equal(url.data, "refs%2Fpr%2F1%20%25%3F%23%C3%A9-._~");
    nomen_buffer_clear(&url);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_answer_speaks_of_the_file),
        cmocka_unit_test(odd_headers),
        cmocka_unit_test(hashes),
        cmocka_unit_test(redirects),
        cmocka_unit_test(origins),
        cmocka_unit_test(endpoints),
        cmocka_unit_test(parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
