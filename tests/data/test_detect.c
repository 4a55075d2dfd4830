/*
 * Detection looks at the beginning of a file alone: behind the first two MiB of each file stand pages that can't be read, up
 * to a gigabyte. So its time does not depend on the size, and no clock is needed to show it.
 */
#include "support.h"

#include <sys/mman.h>

#include "data/detect.h"

static const size_t whole = (size_t)1 << 30, readable = (size_t)2 << 20;

static const struct {
    const char *head, *row; /* `%d` takes a running number */
    nomen_data_format format;
} files[] = {
    {"", "Ada%d\tB-PER\nleft\tO\n\n", NOMEN_DATA_CONLL},
    {"", "Ada%d NNP B-NP B-PER\nleft VBD B-VP O\n\n", NOMEN_DATA_CONLL},
    {"# text = a\n", "1\tAda%d\tB-PER\tO\n2\tleft\tO\tO\n\n", NOMEN_DATA_CONLL},
    {"text,labels\n", "Ada%d left,B-PER O\n", NOMEN_DATA_SEED_CSV},
    {"id;sentence;tags\n", "%d;\"['Ada', 'left']\";\"['B-PER', 'O']\"\n", NOMEN_DATA_SEED_CSV},
    {"Sentence #,Word,POS,Tag\n", "Sentence: %d,Ada,NNP,B-PER\n,left,VBD,O\n", NOMEN_DATA_LONG_CSV},
    {"word\ttag\n", "Ada%d\tB-PER\nleft\tO\n\n", NOMEN_DATA_LONG_CSV},
    {"", "Ada%d/B-PER left/O\n", NOMEN_DATA_SLASH},
    {"", "<per>Ada%d</per> left\n", NOMEN_DATA_INLINE},
    {"", "{\"tokens\": [\"Ada%d\", \"left\"], \"ner_tags\": [\"B-PER\", \"O\"]}\n", NOMEN_DATA_HF_JSONL},
    {"", "{\"text\": \"Ada%d left\", \"spans\": [{\"start\": 0, \"end\": 3, \"label\": \"PER\"}]}\n", NOMEN_DATA_JSONL},
    {"[", "{\"text\": \"Ada%d left\", \"entities\": [[0, 3, \"PER\"]]},\n", NOMEN_DATA_JSONL},
    {"#FORMAT=WebAnno TSV 3.3\n#T_SP=webanno.custom.NamedEntity|value\n\n\n", "#Text=Ada%d\n1-1\t0-4\tAda\tPER\t\n\n",
     NOMEN_DATA_WEBANNO},
    {"", "%d|t|Ada left\n%d|a|She did .\n\n", NOMEN_DATA_PUBTATOR},
};

static void test_bounds(void **state) {
    (void)state;
    char *bytes = mmap(NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED) {
        print_message("a gigabyte of addresses can't be had: skipped\n");
        skip();
    }
    assert_int_equal(mprotect(bytes, readable, PROT_READ | PROT_WRITE), 0);
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        char row[256];
        size_t at = (size_t)snprintf(bytes, 256, "%s", files[f].head);
        for (int i = 0; at < readable; i++) {
            size_t n = (size_t)snprintf(row, sizeof row, files[f].row, i, i);
            if (n > readable - at) { n = readable - at; }
            memcpy(bytes + at, row, n);
            at += n;
        }
        nomen_data_format format = NOMEN_DATA_AUTO;
        nomen_error err = {0};
        static const nomen_data_options options = {0};
        if (nomen_data_detect(bytes, whole, "file", &options, &format, &err) != NOMEN_OK) { fail_msg("%zu: %s", f, err.message); }
        assert_int_equal(format, files[f].format);
    }
    munmap(bytes, whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bounds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
