/* What label names allow, and the repair of labels that they do not allow. */
#include "decode/decoding.h"

static void check_rules(const char *text, const char *scheme, const char *allowed, const char *forbidden) {
    char *names[MOST_LABELS];
    nomen_labels labels = labels_of(text, names);
    nomen_label_rules rules;
    nomen_error err = {0};
    assert_int_equal(nomen_label_rules_create(&labels, &rules, &err), NOMEN_OK);
    if (scheme == NULL) {
        assert_null(rules.scheme);
    } else {
        assert_non_null(rules.scheme);
        assert_string_equal(rules.scheme, scheme);
    }
    for (int which = 0; which < 2; which++) {
        char copy[512], *rest = copy;
        snprintf(copy, sizeof copy, "%s", which == 0 ? allowed : forbidden);
        for (char *pair; (pair = strtok_r(rest, " ", &rest)) != NULL;) {
            char *arrow = strchr(pair, '>');
            *arrow = '\0';
            int32_t a = nomen_labels_find(&labels, pair, strlen(pair));
            int32_t b = nomen_labels_find(&labels, arrow + 1, strlen(arrow + 1));
            assert_true((a >= 0 || *pair == '^') && (b >= 0 || arrow[1] == '$'));
            if (nomen_label_rules_allow(&rules, a, b) != (which == 0)) {
                fail_msg("{%s}: %s to %s is %s", text, pair, arrow + 1, which == 0 ? "forbidden" : "allowed");
            }
        }
    }
    nomen_label_rules_clear(&rules);
}

static void test_rules(void **state) {
    (void)state;
    check_rules("O B-per I-per B-org I-org", "IOB2",
                "^>O ^>B-per O>B-per B-per>I-per I-per>I-per I-per>B-per I-per>B-org I-per>$ B-per>$",
                "^>I-per O>I-per B-org>I-per I-org>I-per");
    /* A label without prefix is free; a type without B- may begin by I- only where the set shows another scheme. */
    check_rules("O B-per I-per place", "IOB2", "^>place place>place place>B-per B-per>place O>place", "place>I-per");
    check_rules("O B-LOC I-LOC I-PER", NULL, "^>I-LOC O>I-PER B-LOC>I-PER O>B-LOC", "");
    check_rules("O I-PER I-LOC", NULL, "^>I-PER I-LOC>I-PER", "");
    check_rules("O PER LOC", NULL, "^>PER PER>LOC LOC>$", "");
    check_rules("LABEL_0 LABEL_1", NULL, "^>LABEL_0 LABEL_1>LABEL_0", "");
    check_rules("O B-x I-x E-x S-x B-y E-y S-y", "IOBES",
                "^>S-x ^>B-x B-x>I-x B-x>E-x I-x>E-x E-x>O E-x>B-x E-x>S-x S-x>$ E-x>$ B-y>E-y",
                "^>I-x ^>E-x O>E-x B-x>O B-x>B-x I-x>O I-x>S-x B-x>$ I-x>$ E-x>E-x S-x>I-x B-x>E-y B-y>I-x B-y>B-y");
    check_rules("B-x I-x L-x U-x O", "BILOU", "B-x>L-x I-x>L-x U-x>U-x L-x>$", "B-x>O I-x>O O>L-x U-x>L-x B-x>$");
    check_rules("O I-x E-x I-y E-y", "IOE2", "^>I-x ^>E-x I-x>E-x I-x>I-x E-x>E-x E-x>I-x E-x>I-y E-x>$",
                "I-x>O I-x>I-y I-x>E-y I-x>$");
    check_rules("O I-x E-x I-y", NULL, "I-x>O I-y>$ O>E-x", "");
    /* Without S- a B- may stand alone; without E- nothing has to be closed. */
    check_rules("O B-x I-x E-x", "IOBES", "B-x>O B-x>$ I-x>E-x B-x>E-x", "I-x>O O>I-x");
    check_rules("O B-x I-x S-x", "IOBES", "B-x>O I-x>O", "O>I-x S-x>I-x");
    check_rules("O B- I-", NULL, "^>I- O>I-", ""); /* no types: names like any other */
}

/* What the header promises of every set: a label that can always stand, behind whatever can end a text. */
static void test_always_a_path(void **state) {
    (void)state;
    static const char *const all[] = {"O", "B-x", "I-x", "E-x", "S-x", "B-y", "I-y", "E-y", "S-y", "plain"};
    for (unsigned set = 1; set < 1u << 10; set++) {
        char *names[MOST_LABELS];
        nomen_labels labels = {.names = names};
        for (unsigned i = 0; i < 10; i++) {
            if (set >> i & 1) { names[labels.n++] = (char *)(uintptr_t)all[i]; }
        }
        nomen_label_rules rules;
        nomen_error err = {0};
        assert_int_equal(nomen_label_rules_create(&labels, &rules, &err), NOMEN_OK);
        bool found = false;
        for (int32_t r = 0; r < (int32_t)rules.n && !found; r++) {
            found = nomen_label_rules_allow(&rules, -1, r) && nomen_label_rules_allow(&rules, r, -1);
            for (int32_t a = 0; a < (int32_t)rules.n && found; a++) {
                found = !nomen_label_rules_allow(&rules, a, -1) || nomen_label_rules_allow(&rules, a, r);
            }
        }
        if (!found) { fail_msg("set %u has no label that can always stand", set); }
        nomen_label_rules_clear(&rules);
    }
}

static void check_repair(const char *set, nomen_repair repair, const char *predicted, const char *expected) {
    char *names[MOST_LABELS], *in[MOST_LABELS], *out[MOST_LABELS];
    nomen_labels labels = labels_of(set, names), before = labels_of(predicted, in), after = labels_of(expected, out);
    nomen_real rows[MOST_LABELS * MOST_LABELS] = {0};
    bool absent[MOST_LABELS] = {false};
    int32_t found[MOST_LABELS];
    for (size_t w = 0; w < before.n; w++) {
        absent[w] = strcmp(in[w], "-") == 0;
        int32_t label = nomen_labels_find(&labels, in[w], strlen(in[w]));
        assert_true(label >= 0 || absent[w]);
        if (!absent[w]) { rows[w * labels.n + (size_t)label] = 1; }
    }
    nomen_decoder d = make(&labels, NULL, NOMEN_DECODE_ARGMAX, repair, 0);
    assert_int_equal(decode(&d, rows, absent, before.n, found), after.n);
    for (size_t w = 0; w < after.n; w++) {
        if (strcmp(labels.names[found[w]], out[w]) != 0) {
            fail_msg("{%s} %s: word %zu is %s, expected %s", set, predicted, w, labels.names[found[w]], out[w]);
        }
    }
    /* The next text does not go on where this one ended. */
    if (repair == NOMEN_REPAIR_BEGIN && nomen_labels_find(&labels, "B-x", 3) >= 0) {
        int32_t inside = nomen_labels_find(&labels, "I-x", 3), certain[1];
        nomen_real row[MOST_LABELS] = {0};
        row[inside] = 1;
        (void)nomen_decoder_push(&d, row, certain);
        assert_string_equal(labels.names[certain[0]], "B-x");
        (void)nomen_decoder_push(&d, row, certain);
        assert_string_equal(labels.names[certain[0]], "I-x");
        (void)nomen_decoder_finish(&d, certain);
    }
    nomen_decoder_clear(&d);
}

static void test_repairs(void **state) {
    (void)state;
    static const char iob[] = "O B-x I-x B-y I-y";
    check_repair(iob, NOMEN_REPAIR_CONLLEVAL, "I-x I-x O I-y B-x I-y", "I-x I-x O I-y B-x I-y");
    check_repair(iob, NOMEN_REPAIR_BEGIN, "I-x I-x O I-y B-x I-y", "B-x I-x O B-y B-x B-y");
    check_repair(iob, NOMEN_REPAIR_DROP, "I-x I-x O I-y B-x I-y", "O O O O B-x O");
    check_repair(iob, NOMEN_REPAIR_DROP, "B-x I-x I-y I-y I-x B-y I-y", "B-x I-x O O O B-y I-y");
    check_repair(iob, NOMEN_REPAIR_BEGIN, "B-x - I-x", "B-x O B-x"); /* nothing seen of a word: O */
    check_repair(iob, NOMEN_REPAIR_DROP, "B-x - I-x", "B-x O O");
    static const char iobes[] = "O B-x I-x E-x S-x";
    check_repair(iobes, NOMEN_REPAIR_BEGIN, "E-x I-x E-x O I-x", "S-x B-x E-x O B-x");
    check_repair(iobes, NOMEN_REPAIR_DROP, "E-x I-x E-x O B-x E-x", "O O O O B-x E-x");
    check_repair("O I-x", NOMEN_REPAIR_DROP, "I-x O I-x", "I-x O I-x"); /* there an I- begins entities */
    check_repair("O B-x I-x p", NOMEN_REPAIR_DROP, "p p I-x", "p p O");
}

static void test_names(void **state) {
    (void)state;
    nomen_decoding decoding = NOMEN_DECODE_AUTO;
    nomen_repair repair = NOMEN_REPAIR_CONLLEVAL;
    nomen_error err = {0};
    assert_int_equal(nomen_decoding_parse("viterbi", &decoding, &err), NOMEN_OK);
    assert_int_equal(decoding, NOMEN_DECODE_VITERBI);
    assert_int_equal(nomen_repair_parse("drop", &repair, &err), NOMEN_OK);
    assert_int_equal(repair, NOMEN_REPAIR_DROP);
    assert_int_equal(nomen_decoding_parse("auto", &decoding, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message, "unknown way to decode \"auto\"; choose argmax or viterbi");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rules), cmocka_unit_test(test_always_a_path),
                                       cmocka_unit_test(test_repairs), cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
