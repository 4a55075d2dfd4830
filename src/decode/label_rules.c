/* What label names say about which label may follow which; see the header. */
#include "decode/label_rules.h"

#include <string.h>

#include "base/mem.h"
#include "data/label_split.h"

/* Letters that occur, in the whole set or in one type. */
typedef struct letters {
    bool b, i, e, s;
} letters;

static void add_letter(letters *seen, char letter) {
    seen->b |= letter == 'B';
    seen->i |= letter == 'I';
    seen->e |= letter == 'E';
    seen->s |= letter == 'S';
}

/* Numbers the types: a label's is the index of the first label of its type. */
static void find_types(const nomen_labels *labels, nomen_label_rules *rules) {
    for (size_t k = 0; k < labels->n; k++) {
        nomen_label_rule *rule = &rules->labels[k];
        nomen_label_parts parts = nomen_label_split(labels->names[k]);
        *rule = (nomen_label_rule){.letter = parts.prefix, .type = -1, .begin = (int32_t)k};
        if (rule->letter == 'O') {
            if (rules->outside < 0) { rules->outside = (int32_t)k; }
            continue;
        }
        rule->type = (int32_t)k;
        for (size_t j = 0; j < k; j++) {
            nomen_label_parts other = nomen_label_split(labels->names[j]);
            if ((other.prefix != 0) != (parts.prefix != 0) || other.prefix == 'O') { continue; }
            if (strcmp(other.type, parts.type) != 0) { continue; }
            rule->type = rules->labels[j].type;
            break;
        }
    }
}

static const char *name_scheme(letters set, bool is_bilou) {
    if (!set.e && !set.s) { return set.b || set.i ? "IOB2" : NULL; }
    if (set.i && set.e && !set.b && !set.s) { return "IOE2"; }
    return is_bilou ? "BILOU" : "IOBES";
}

/* Sets opened, closed and begin of the labels, from the letters of the set and of each one's type. */
static void find_rules(nomen_label_rules *rules, letters set, const letters *types) {
    for (size_t k = 0; k < rules->n; k++) {
        nomen_label_rule *rule = &rules->labels[k];
        if (rule->type < 0 || rule->letter == 0) { continue; }
        const letters *type = &types[rule->type];
        rule->opened = (rule->letter == 'I' || rule->letter == 'E') && type->b;
        /* Without S- in the set an entity of one word is a B-. */
        rule->closed = type->e && (rule->letter == 'I' || (rule->letter == 'B' && set.s));
        for (size_t j = 0; j < rules->n; j++) {
            if (rules->labels[j].type != rule->type) { continue; }
            char wanted = rule->letter == 'I' || !type->s ? 'B' : 'S';
            bool continues = rule->letter == 'I' || rule->letter == 'E';
            if (continues && rules->labels[j].letter == wanted) { rule->begin = (int32_t)j; }
        }
    }
}

/* Whether a type has I- and lacks what its scheme marks: the set is then one of IOB1 or IOE1. */
static bool is_unmarked(const nomen_label_rules *rules, letters set, const letters *types) {
    if (set.s || (set.b && set.e)) { return false; }
    for (size_t k = 0; k < rules->n; k++) {
        if (rules->labels[k].letter == 'I' && !types[rules->labels[k].type].b && !types[rules->labels[k].type].e) { return true; }
    }
    return false;
}

nomen_status nomen_label_rules_create(const nomen_labels *labels, nomen_label_rules *out, nomen_error *err) {
    nomen_label_rules rules = {.n = labels->n, .outside = -1};
    letters set = {0}, *types = NULL;
    bool is_bilou = false;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(rules.labels, labels->n, err));
    NOMEN_TRY(NOMEN_NEW(types, labels->n, err));
    find_types(labels, &rules);
    for (size_t k = 0; k < labels->n; k++) {
        const nomen_label_rule *rule = &rules.labels[k];
        if (rule->type < 0 || rule->letter == 0) { continue; }
        add_letter(&set, rule->letter);
        add_letter(&types[rule->type], rule->letter);
        is_bilou |= labels->names[k][0] == 'L' || labels->names[k][0] == 'U';
    }
    if (!is_unmarked(&rules, set, types)) {
        rules.scheme = name_scheme(set, is_bilou);
        find_rules(&rules, set, types);
    }
    *out = rules;
    rules = (nomen_label_rules){0};
done:
    nomen_mem_free(types);
    nomen_label_rules_clear(&rules);
    return status;
}

void nomen_label_rules_clear(nomen_label_rules *rules) {
    nomen_mem_free(rules->labels);
    *rules = (nomen_label_rules){0};
}

/* Whether b, which follows a, belongs to the entity that a begins or continues. */
static bool continues(const nomen_label_rule *a, const nomen_label_rule *b) {
    return a->type == b->type && (a->letter == 'B' || a->letter == 'I') && (b->letter == 'I' || b->letter == 'E');
}

bool nomen_label_rules_allow(const nomen_label_rules *rules, int32_t a, int32_t b) {
    bool opened = b >= 0 && rules->labels[b].opened, closed = a >= 0 && rules->labels[a].closed;
    if (!opened && !closed) { return true; }
    return a >= 0 && b >= 0 && continues(&rules->labels[a], &rules->labels[b]);
}

bool nomen_label_rules_begins(const nomen_label_rules *rules, int32_t a, int32_t b) {
    const nomen_label_rule *label = &rules->labels[b];
    if (label->letter == 'O') { return false; }
    if (a < 0 || label->letter == 'B' || label->letter == 'S' || rules->labels[a].type != label->type) { return true; }
    return rules->labels[a].letter == 'E' || rules->labels[a].letter == 'S';
}
