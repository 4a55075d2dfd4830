/*
 * Damaged files and failing allocations. Mutations of a small file of each format must end in success
 * with arrays that hang together, or in an error with a message; nothing may leak. Run under the
 * address sanitizer this also shows that no byte outside is touched.
 */
#include "support.h"

#include "base/rng.h"
#include "data/formats.h"
#include "data/labels.h"
#include "data/read.h"
#include "data/split.h"

static const char seed_file[] = "id,text,labels\r\n1,Jane Doe left,B-per I-per O\r\n2,\"say \"\"hi\"\" , Bob\",O O O "
                                "B-per\r\n3,\"two\nlines caf\xc3\xa9\",O B-geo\r\n4,None,O\r\n";
static const char long_file[] = "Sentence #,Word,POS,Tag\r\nS: 1,Jane,NNP,B-per\r\n,Doe,NNP,I-per\r\n,\",\",\",\",O\r\nS: "
                                "2,\"\"\"\",``,O\r\n,\xc3\xa9,NN,B-geo\r\n,\xc2\x91,NN,O\r\n";
static const char conll_file[] = "-DOCSTART- -X- O O\n\nEU NNP B-NP I-ORG\nrejects VBZ B-VP O\nGerman JJ B-NP "
                                 "I-MISC\n\nPeter NNP B-NP I-PER\nBlackburn NNP I-NP I-PER\n";

static const char hf_file[] = "{\"tokens\": [\"Jane\", \"Doe\", \"caf\\u00e9\"], \"ner_tags\": [\"B-per\", \"E-per\", \"O\"]}\n"
                              "{\"id\": 7, \"tokens\": [\"a\\\"b\"], \"labels\": [\"S-geo\"]}\n";
static const char jsonl_file[] = "{\"text\": \"Jane left Paris.\", \"spans\": [{\"start\": 0, \"end\": 4, \"label\": \"per\"}, "
                                 "{\"start\": 10, \"end\": 14, \"label\": \"geo\", \"text\": \"Paris\"}]}\n"
                                 "{\"text\": \"\\ud83d\\ude00 x\", \"entities\": [[2, 3, \"a b\"], [0, 3, \"c\"]]}\n";
static const char doccano_file[] = "{\"id\": 1, \"text\": \"Jane left\", \"label\": [[0, 4, \"per\"], [5, 8, \"x\"]]}\n"
                                   "{\"text\": \"Jane\", \"entities\": [{\"id\": 1, \"label\": \"per\", \"start_offset\": 0, "
                                   "\"end_offset\": 4}], \"relations\": [{}]}\n";
static const char prodigy_file[] =
    "{\"text\": \"Jane left\", \"tokens\": [{\"text\": \"Jane\", \"start\": 0, \"end\": 4, \"id\": 0}], "
    "\"spans\": [{\"start\": 0, \"end\": 4, \"token_start\": 0, \"token_end\": 0, \"label\": \"per\"}], "
    "\"answer\": \"accept\"}\n{\"text\": \"no\", \"answer\": \"reject\"}\n";
static const char spacy_file[] =
    "[[\"Jane left\", {\"entities\": [[0, 4, \"per\"]]}],\n {\"id\": 0, \"paragraphs\": [{\"raw\": "
    "\"New York is\", \"sentences\": [{\"tokens\": [{\"orth\": \"New\", \"ner\": \"B-geo\"}, {\"orth\": "
    "\"York\", \"ner\": \"L-geo\"}, {\"orth\": \"is\", \"ner\": \"O\"}]}]}]}]\n";
static const char studio_file[] =
    "[{\"id\": 1, \"data\": {\"text\": \"Jane left\"}, \"annotations\": [{\"result\": [{\"value\": "
    "{\"start\": 0, \"end\": 4, \"text\": \"Jane\", \"labels\": [\"per\"]}}, {\"value\": {\"choices\": "
    "[]}}]}, {\"ground_truth\": true, \"result\": []}]},\n{\"text\": \"x\", \"label\": [{\"start\": 0, "
    "\"end\": 1, \"labels\": [\"a\", \"b\"]}]}]\n";
static const char inline_file[] = "<per>Jane <a>Doe</a></per> left &lt;x&gt; &#10;\nA < b <c> </d> caf\xc3\xa9 <e>&amp;</e>\n";
static const char slash_file[] =
    "-DOCSTART-|X|O\nMira|NNP|B-PER Falk|NNP|I-PER sleeps|VBZ|O\n\nin|IN|O caf\xc3\xa9|NN|B-LOC 1|2|CD|O\n";

static const char webanno_file[] =
    "#FORMAT=WebAnno TSV 3.3\n#T_SP=x.NamedEntity|identifier|value\n#T_RL=x.Tie|kind|BT_x\n\n\n#Sentence.id=a\n"
    "#Text=So Jane Doe\n1-1\t0-2\tSo\t_\t_\t_\t_\t\n1-2\t3-7\tJane\t*[1]\tper[1]\t"
    "_\t_\t\n1-3\t8-11\tDoe\t*[1]|*[2]\tper[1]|a\\|b[2]\tk\t1-2\t\n\n#Text=a\\tb\n#Text=Rome\n2-1\t12-15\ta\\tb\t_"
    "\t_\t_\t_\t\n2-2\t16-20\tRome\t_\t_\t_\t_\t\n2-2.1\t16-18\tRo\t*\tgeo\t_\t_\t\n";
static const char pubtator_file[] =
    "1|t|Jane So left\n1|a|In Rome.\n1\t0\t4\tJane\tper\tC-1|C-2\n1\t16\t20\tRome\tgeo\n1\tCID\tC-1\tC-2\n"
    "\n2|t|Oslo\n2\t0\t4\tOslo\tgeo\n";
static const char lists_file[] =
    "id;Sentence;Tags\n1;\"['Jane', \"\"O'Neil\"\"]\";\"['B-per' 'I-per']\"\n2;\"[\"\"caf\\u00e9\"\"]\";[O]\n";
static const char tokens_file[] =
    "token\ttag\tlemma\nJane\tB-per\tjane\n\"\"\"\"\tO\t\"\n\t\t\n\"a b\"\tO\tx\n\nOslo\tB-geo\toslo\n";
static const char numbered_file[] =
    "#\thttp://example.org\t[2019]\n1\tJane\tB-PER\tO\n2\tleft\tO\tO\n\n1\tOslo\tB-LOC\tB-ORG\n2\tSt\tI-LOC\tO\n";
static const char stars_file[] =
    "#begin document (a/b); part 0\na/b 0 0 Jane NNP * - - - X (PER* -\na/b 0 1 Doe NNP * - - - X *) -\na/b 0 2 , , * "
    "- - - X * -\n\na/b 0 0 Oslo NNP * - - - X (GPE) -\na/b 0 1 is NN * - - - X * -\n#end document\n";

static const char gliner_file[] =
    "[{\"tokenized_text\": [\"Jane\", \"Doe\", \"left\"], \"ner\": [[0, 1, \"per\"], [1, 1, \"x\"]]},\n"
    "{\"tokenized_text\": [\"caf\\u00e9\"], \"ner\": [], \"relations\": [1]}]\n";
static const char spert_file[] =
    "[{\"tokens\": [\"Jane\", \"Doe\", \"left\"], \"entities\": [{\"type\": \"per\", \"start\": 0, \"end\": 2, "
    "\"text\": \"Jane Doe\"}], \"relations\": []}]\n";
static const char dataturks_file[] =
    "{\"content\": \"Jane left\", \"annotation\": [{\"label\": [\"per\"], \"points\": [{\"start\": 0, \"end\": "
    "3, \"text\": \"Jane\"}]}], \"extras\": null}\n{\"content\": \"x\", \"annotation\": null}\n";
static const char ai4privacy_file[] =
    "{\"source_text\": \"\\ud83d\\ude00 Jane left\", \"privacy_mask\": [{\"value\": \"Jane\", \"start\": 3, "
    "\"end\": 7, \"label\": \"NAME\"}]}\n{\"source_text\": \"Ann\", \"privacy_mask\": "
    "\"[{\\\"value\\\": \\\"Ann\\\", \\\"start\\\": 0, \\\"end\\\": 3, \\\"label\\\": \\\"NAME\\\"}]\"}\n";
static const char first_file[] =
    "{\"text\": \"Jane left\", \"annotations\": [{\"label\": 7, \"start_offset\": 0, \"end_offset\": 4}]}\n";

static const struct {
    nomen_data_format format;
    const char *text;
} files[] = {
    {NOMEN_DATA_SEED_CSV, lists_file},    {NOMEN_DATA_LONG_CSV, tokens_file},     {NOMEN_DATA_CONLL, numbered_file},
    {NOMEN_DATA_CONLL, stars_file},       {NOMEN_DATA_SEED_CSV, seed_file},       {NOMEN_DATA_LONG_CSV, long_file},
    {NOMEN_DATA_CONLL, conll_file},       {NOMEN_DATA_HF_JSONL, hf_file},         {NOMEN_DATA_JSONL, jsonl_file},
    {NOMEN_DATA_DOCCANO, doccano_file},   {NOMEN_DATA_PRODIGY, prodigy_file},     {NOMEN_DATA_LABEL_STUDIO, studio_file},
    {NOMEN_DATA_SPACY, spacy_file},       {NOMEN_DATA_INLINE, inline_file},       {NOMEN_DATA_WEBANNO, webanno_file},
    {NOMEN_DATA_PUBTATOR, pubtator_file}, {NOMEN_DATA_SLASH, slash_file},         {NOMEN_DATA_GLINER, gliner_file},
    {NOMEN_DATA_SPERT, spert_file},       {NOMEN_DATA_DATATURKS, dataturks_file}, {NOMEN_DATA_AI4PRIVACY, ai4privacy_file},
};
enum { N_FILES = sizeof files / sizeof *files };

enum { N_MUTATIONS = 1500, LARGEST = 1024 };

/* Changes a few bytes: replaced, removed, inserted, copied from elsewhere, cut off. */
static size_t mutate(nomen_rng *rng, char *bytes, size_t n) {
    static const char special[] = "\"\",\n\r\t \0\x80\xff\xc3OBI-#{}[]:<>&;|\\_*.";
    size_t n_changes = (size_t)nomen_rng_below(rng, 4) + 1;
    for (size_t change = 0; change < n_changes && n > 0; change++) {
        size_t at = (size_t)nomen_rng_below(rng, n), from = (size_t)nomen_rng_below(rng, n);
        size_t length = (size_t)nomen_rng_below(rng, 20) + 1;
        char byte = special[nomen_rng_below(rng, sizeof special - 1)];
        if (length > n - at) { length = n - at; }
        switch (nomen_rng_below(rng, 6)) {
        case 0: bytes[at] = byte; break;
        case 1: bytes[at] = (char)nomen_rng_below(rng, 256); break;
        case 2:
            memmove(bytes + at, bytes + at + length, n - at - length);
            n -= length;
            break;
        case 3:
            if (n == LARGEST) { break; }
            memmove(bytes + at + 1, bytes + at, n - at);
            bytes[at] = byte;
            n++;
            break;
        case 4: memmove(bytes + at, bytes + (from + length <= n ? from : 0), length); break;
        default: n = nomen_rng_below(rng, 4) == 0 ? at : n; break;
        }
    }
    return n;
}

/* Success or an error with a message; a block of exactly n bytes, so that reading past it shows. */
static bool try_parse(const char *bytes, size_t n, const nomen_data_options *options) {
    nomen_dataset set = {0};
    nomen_error err = {0};
    long live = nomen_mem_test_live();
    char *exact = malloc(n > 0 ? n : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, n);
    nomen_status status = nomen_dataset_parse(exact, n, "file", options, &set, &err);
    free(exact);
    if (status == NOMEN_OK) {
        check_shape(&set);
        nomen_dataset_clear(&set);
    } else {
        assert_int_equal(err.status, status);
        assert_true(strncmp(err.message, "file", 4) == 0 && strlen(err.message) > 10);
    }
    assert_int_equal(nomen_mem_test_live(), live);
    return status == NOMEN_OK;
}

static void test_mutations(void **state) {
    (void)state;
    nomen_rng rng;
    nomen_rng_start(&rng, 3, 98, 0);
    const char *wanted = getenv("NOMEN_LONG");
    size_t n_rounds = wanted != NULL && wanted[0] == '1' ? (size_t)N_MUTATIONS * 100 : N_MUTATIONS;
    for (size_t file = 0; file < N_FILES; file++) {
        size_t n_good = 0;
        for (size_t round = 0; round < n_rounds; round++) {
            char bytes[LARGEST];
            size_t n = strlen(files[file].text);
            memcpy(bytes, files[file].text, n);
            n = mutate(&rng, bytes, n);
            static const char *const encodings[] = {NULL, NULL, "latin-1", "utf-8"};
            nomen_data_options options = {.format = round % 3 == 0 ? files[file].format : NOMEN_DATA_AUTO,
                                          .skip_bad = round % 2 == 0,
                                          .encoding = encodings[round / 2 % 4],
                                          .words = round % 5 == 0 ? NOMEN_WORDS_WHITESPACE : NOMEN_WORDS_AUTO,
                                          .misaligned = (nomen_misaligned)(round % 4)};
            n_good += try_parse(bytes, n, &options);
        }
        assert_in_range(n_good, n_rounds / 20, n_rounds - n_rounds / 20);
    }
}

/* The same for brat's pair of files. */
static void test_brat_mutations(void **state) {
    (void)state;
    static const char text[] = "Jane Doe left\nNew York caf\xc3\xa9.\n";
    static const char annotations[] = "T1\tper 0 8\tJane Doe\nT2\tgeo 14 17;18 22\tNew York\nR1\tx Arg1:T1 Arg2:T2\nT3\tx 0 "
                                      "4;9 13\tJane left\n";
    static const char *const paths[2] = {NOMEN_BINARY_DIR "/mutated.txt", NOMEN_BINARY_DIR "/mutated.ann"};
    nomen_rng rng;
    nomen_rng_start(&rng, 4, 98, 0);
    size_t n_good = 0;
    for (size_t round = 0; round < 600; round++) {
        for (size_t i = 0; i < 2; i++) {
            char bytes[LARGEST];
            size_t n = i == 0 ? sizeof text - 1 : sizeof annotations - 1;
            memcpy(bytes, i == 0 ? text : annotations, n);
            if (round % 2 == i || round % 5 == 0) { n = mutate(&rng, bytes, n); }
            FILE *file = fopen(paths[i], "wb");
            assert_non_null(file);
            assert_int_equal(fwrite(bytes, 1, n, file), n);
            assert_int_equal(fclose(file), 0);
        }
        nomen_dataset set = {0};
        nomen_error err = {0};
        nomen_data_options options = {.skip_bad = round % 2 == 0, .misaligned = (nomen_misaligned)(round % 4)};
        if (nomen_dataset_read(paths[round % 2], &options, &set, &err) == NOMEN_OK) {
            check_shape(&set);
            n_good++;
        } else {
            assert_true(strlen(err.message) > 10);
        }
        nomen_dataset_clear(&set);
    }
    assert_in_range(n_good, 30, 570);
    assert_int_equal(nomen_mem_test_live(), 0);
}

/* Every beginning of each file. */
static void test_truncations(void **state) {
    (void)state;
    for (size_t file = 0; file < N_FILES; file++) {
        for (size_t n = 0; n <= strlen(files[file].text); n++) {
            nomen_data_options options = {.skip_bad = n % 2 == 0};
            try_parse(files[file].text, n, &options);
            options.format = files[file].format;
            try_parse(files[file].text, n, &options);
        }
    }
}

/* Work that asks for memory in every function of the room. */
static nomen_status use(const char *text, const nomen_data_options *options, nomen_error *err) {
    nomen_dataset set = {0};
    nomen_labels labels = {0};
    nomen_split by_text = {0}, numpy = {0};
    int32_t *map = NULL;
    const unsigned percent[3] = {80, 10, 10};
    nomen_status status;
    NOMEN_TRY(nomen_dataset_parse(text, strlen(text), "file", options, &set, err));
    NOMEN_TRY(nomen_labels_collect(&set, NULL, 0, &labels, err));
    NOMEN_TRY(nomen_labels_map(&labels, &set, &map, err));
    NOMEN_TRY(nomen_split_by_text(&set, percent, 1, &by_text, err));
    NOMEN_TRY(nomen_split_as_numpy(set.n_sentences, percent, 1, &numpy, err));
done:
    nomen_mem_free(map);
    nomen_labels_clear(&labels);
    nomen_split_clear(&by_text);
    nomen_split_clear(&numpy);
    nomen_dataset_clear(&set);
    return status;
}

static void fail_each(const char *text, const nomen_data_options *options, int lasting) {
    for (long n = 0;; n++) {
        nomen_error err = {0};
        nomen_mem_test_fail(n, lasting);
        nomen_status status = use(text, options, &err);
        long asked = nomen_mem_test_requests();
        nomen_mem_test_fail(-1, 0);
        assert_int_equal(nomen_mem_test_live(), 0);
        if (asked <= n) {
            assert_int_equal(status, NOMEN_OK);
            assert_true(n > 20);
            return;
        }
        /* Trimming a finished array may fail without harm; all else is the memory status. */
        if (status == NOMEN_OK) { continue; }
        assert_int_equal(status, NOMEN_ERROR_MEMORY);
        assert_true(strlen(err.message) > 0);
    }
}

static void test_allocation_failures(void **state) {
    (void)state;
    nomen_data_options latin = {.encoding = "latin-1"}, skip_bad = {.skip_bad = true};
    nomen_data_options pairs = {.tag_names = "7=per,1=x"}, names = {.tag_names = "O,B-per"}, keys = {.tag_column = "spans.label"};
    for (size_t file = 0; file < N_FILES; file++) {
        for (int lasting = 0; lasting < 2; lasting++) {
            fail_each(files[file].text, NULL, lasting);
            fail_each(files[file].text, &latin, lasting);
        }
    }
    fail_each(first_file, &pairs, 0);
    fail_each("{\"tokens\": [\"Jane\", \"x\"], \"ner_tags\": [1, 0], \"fine_ner_tags\": [0, 1]}", &names, 0);
    fail_each("{\"text\": \"Jane\", \"spans\": [{\"start\": 0, \"length\": 4, \"label\": \"per\", \"type\": \"x\"}]}", &keys, 0);
    fail_each("text,labels\na b,O\n\"c\" d,O\nx,B-y\ne,0\n\"f\",O\n", &skip_bad, 0);
}

/* A format that nothing is changed of would go untested. */
static void test_every_reader(void **state) {
    (void)state;
    for (nomen_data_format f = NOMEN_DATA_AUTO + 1; f < NOMEN_DATA_N_FORMATS; f++) {
        const nomen_format *row = nomen_format_get(f);
        bool found = row->read == NULL; /* brat, whose two files have tests of their own */
        for (size_t i = 0; i < N_FILES && !found; i++) {
            const nomen_format *of = nomen_format_get(files[i].format);
            found = of == row || (row->read == of->read && row->looks_like == NULL && of->looks_like != NULL);
        }
        if (!found) { fail_msg("no file of the format %s is tried; add one to `files`", row->key); }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutations),           cmocka_unit_test(test_brat_mutations), cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_allocation_failures), cmocka_unit_test(test_every_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
