/* How a JSON file is read; see the header. */
#include "data/json_plan.h"

#include <string.h>

#include "data/excerpt.h"
#include "data/json_parts.h"
#include "data/json_records.h"
#include "data/json_shapes.h"
#include "data/line_cursor.h"

/*
 * Records that are looked at, as far as nomen_looked_at reaches. Two keys that could hold
 * the same thing are refused where one of these records has both: with fewer, more such files would be read by the first of
 * them; more cost memory, as what each record has is kept.
 */
enum { MOST_RECORDS = 100 };

static const nomen_remedy remedies[] = {NOMEN_REMEDY_TEXT_COLUMN, NOMEN_REMEDY_WORD_COLUMN, NOMEN_REMEDY_TAG_COLUMN};
static const char *const names_of[] = {"text", "words", "labels"};

/* The keys of a record in each role, and which of them hold what such a key must. */
typedef struct finding {
    const json_t *values[NOMEN_JSON_N_ROLES][NOMEN_JSON_MOST_KEYS];
    nomen_json_keys seen[NOMEN_JSON_N_ROLES];
    const json_t *lone; /* the only string */
    size_t n_strings;
} finding;

static const nomen_json_role *role_of(const nomen_json_plan *plan, const nomen_json_shape *shape, size_t role) {
    const nomen_json_role *own = &shape->roles[role];
    return own->keys[0] != NULL && plan->wished[role].keys[0] != NULL ? &plan->wished[role] : own;
}

static bool is_of_role(const nomen_json_shape *shape, size_t role, const json_t *value) {
    if (role == NOMEN_JSON_ROLE_TEXT) { return json_is_string(value); }
    if (role == NOMEN_JSON_ROLE_LABELS && (shape->lenient || (shape->embedded && json_is_string(value)))) { return true; }
    return json_is_array(value);
}

static void find(const nomen_json_plan *plan, const nomen_json_shape *shape, const json_t *record, finding *out) {
    const nomen_json_role *roles[NOMEN_JSON_N_ROLES];
    const char *key;
    json_t *value;
    for (size_t r = 0; r < NOMEN_JSON_N_ROLES; r++) {
        roles[r] = role_of(plan, shape, r);
        out->seen[r] = 0;
    }
    out->n_strings = 0;
    json_object_foreach((json_t *)(uintptr_t)record, key, value) {
        if (json_is_string(value)) {
            out->lone = value;
            out->n_strings++;
        }
        for (size_t r = 0; r < NOMEN_JSON_N_ROLES; r++) {
            for (size_t k = 0; roles[r]->keys[k] != NULL; k++) {
                const char *known = roles[r]->keys[k];
                if (known[0] != key[0] || strcmp(known, key) != 0 || !is_of_role(shape, r, value)) { continue; }
                out->values[r][k] = value;
                out->seen[r] |= 1U << k;
            }
        }
    }
}

/* Whether a value that is of its role's type holds what it must, so that it can't be something else of that name. */
static bool is_usable(const nomen_json_shape *shape, size_t role, const json_t *value, size_t n_words) {
    const json_t *first = json_array_get(value, 0);
    if (role == NOMEN_JSON_ROLE_TEXT) { return json_string_length(value) > 0; }
    if (role == NOMEN_JSON_ROLE_WORDS) { return json_is_string(first); }
    if (shape->unit == NOMEN_JSON_TAGS) {
        return n_words > 0 && json_array_size(value) == n_words && (json_is_string(first) || json_is_number(first));
    }
    return (json_is_string(value) && shape->embedded) || nomen_span_parts_are(first, shape->points);
}

static nomen_json_keys find_usable(const nomen_json_shape *shape, const finding *found, size_t role) {
    nomen_json_keys usable = 0;
    size_t n_words = 0;
    for (size_t k = 0; role == NOMEN_JSON_ROLE_LABELS && k < NOMEN_JSON_MOST_KEYS && n_words == 0; k++) {
        if (found->seen[NOMEN_JSON_ROLE_WORDS] & 1U << k) { n_words = json_array_size(found->values[NOMEN_JSON_ROLE_WORDS][k]); }
    }
    for (size_t k = 0; k < NOMEN_JSON_MOST_KEYS; k++) {
        bool there = found->seen[role] & 1U << k;
        if (there && is_usable(shape, role, found->values[role][k], n_words)) { usable |= 1U << k; }
    }
    return usable;
}

static bool looks_like(const nomen_json_plan *plan, const nomen_json_shape *shape, const json_t *record) {
    finding found;
    bool sign = shape->signs[0] == NULL;
    if (shape->looks_like != NULL && !shape->looks_like(record)) { return false; }
    for (size_t i = 0; i < 3 && shape->signs[i] != NULL; i++) { sign = sign || nomen_json_has(record, shape->signs[i]); }
    if (!sign) { return false; }
    find(plan, shape, record, &found);
    for (size_t r = 0; r < NOMEN_JSON_N_ROLES; r++) {
        bool needed = shape->roles[r].keys[0] != NULL && !(r == NOMEN_JSON_ROLE_LABELS && shape->lenient) &&
                      !(r == NOMEN_JSON_ROLE_TEXT && shape->lone_text);
        if (needed && found.seen[r] == 0) { return false; }
    }
    return true;
}

/* Whether what the options name can make a shape: keys of its own, or those of an open shape with what it needs. */
static bool fits_wishes(const nomen_json_plan *plan, const nomen_json_shape *shape, const json_t *record) {
    finding found;
    bool has_signs = shape->signs[0] != NULL || shape->looks_like != NULL;
    for (size_t r = 0; r < NOMEN_JSON_N_ROLES; r++) {
        const char *key = plan->wished[r].keys[0];
        size_t k = 0;
        if (key == NULL || shape->roles[r].keys[0] == NULL || has_signs) { continue; }
        while (shape->roles[r].keys[k] != NULL && strcmp(shape->roles[r].keys[k], key) != 0) { k++; }
        if (shape->roles[r].keys[k] == NULL && !shape->open) { return false; }
        find(plan, shape, record, &found);
        if (find_usable(shape, &found, r) == 0) { return false; }
    }
    return true;
}

/* Keys of the options. LIST.LABEL for the labels of spans means two, where the record has no such key. */
static void wish(nomen_json_plan *plan, const nomen_data_options *options, const json_t *record) {
    const char *wished[] = {options->text_column, options->word_column != NULL ? options->word_column : options->text_column,
                            options->tag_column};
    const char *dot = wished[2] != NULL && !nomen_json_has(record, wished[2]) ? strrchr(wished[2], '.') : NULL;
    if (dot != NULL && (size_t)(dot - wished[2]) < sizeof plan->list) {
        memcpy(plan->list, wished[2], (size_t)(dot - wished[2]));
        plan->label = dot + 1;
        wished[2] = plan->list;
    }
    for (size_t r = 0; r < NOMEN_JSON_N_ROLES; r++) { plan->wished[r] = (nomen_json_role){.keys = {wished[r]}, .n_equal = 1}; }
}

/* The first records, of a builder that stops at a fault and keeps nothing. */
typedef struct window {
    nomen_builder builder;
    nomen_records records;
    size_t n;
} window;

static void open_window(window *w, const char *bytes, size_t n_bytes, const char *name, size_t line,
                        const nomen_data_options *options) {
    *w = (window){.builder = {.name = name, .options = options}};
    nomen_records_open(&w->records, bytes, n_bytes);
    w->records.line = line;
}

/* The next record; NULL at the end of the window, or where something is wrong, which the reader reports. */
static nomen_status next(window *w, const json_t **out, nomen_error *err) {
    *out = NULL;
    if (w->n++ == MOST_RECORDS || (w->n > 1 && w->records.at > NOMEN_LOOK_BYTES)) { return NOMEN_OK; }
    nomen_status status = nomen_records_next(&w->records, &w->builder, NULL);
    if (status == NOMEN_ERROR_MEMORY) { return nomen_error_out_of_memory(err); }
    if (status == NOMEN_OK) { *out = w->records.record; }
    return NOMEN_OK;
}

nomen_status nomen_json_detect(const char *bytes, size_t n_bytes, const char *name, size_t line,
                               const nomen_data_options *options, nomen_data_format *out, nomen_error *err) {
    nomen_json_plan plan = {0};
    window w;
    const json_t *record;
    nomen_status status;
    *out = NOMEN_DATA_AUTO;
    open_window(&w, bytes, n_bytes, name, line, options);
    for (;;) {
        NOMEN_TRY(next(&w, &record, err));
        if (record == NULL) { break; }
        if (w.n == 1) { wish(&plan, options, record); }
        for (size_t i = 0; i < nomen_json_n_shapes && *out == NOMEN_DATA_AUTO; i++) {
            if (looks_like(&plan, &nomen_json_shapes[i], record) && fits_wishes(&plan, &nomen_json_shapes[i], record)) {
                *out = nomen_json_shapes[i].format;
            }
        }
        if (*out != NOMEN_DATA_AUTO) { break; }
    }
done:
    nomen_records_close(&w.records);
    return status;
}

/* The shape of the plan that a record is of: the last where it is like none. */
static size_t shape_of(const nomen_json_plan *plan, const json_t *record) {
    size_t i = 0;
    while (i + 1 < plan->n_shapes && !looks_like(plan, plan->shapes[i].shape, record)) { i++; }
    return i;
}

/* The keys that count: later ones only where none before them is there. */
static nomen_json_keys drop_later(const nomen_json_role *role, nomen_json_keys keys) {
    nomen_json_keys equal = keys & ((1U << role->n_equal) - 1);
    return equal != 0 ? equal : keys & (~keys + 1);
}

static const char *key_of(const nomen_json_role *role, nomen_json_keys keys) {
    return role->keys[__builtin_ctz(keys)];
}

static nomen_status refuse_two(const nomen_json_role *role, size_t r, nomen_json_keys keys, const char *name, size_t line,
                               nomen_error *err) {
    const char *first = key_of(role, keys), *second = key_of(role, keys & (keys - 1));
    return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, remedies[r],
                                  "%s:%zu: two keys could hold the %s, \"%s\" and \"%s\"; state the one to read", name, line,
                                  names_of[r], first, second);
}

/* What of each key was together with another in one record, which is a question only where both are usable. */
typedef struct company {
    nomen_json_keys together[NOMEN_JSON_MOST_SHAPES][NOMEN_JSON_N_ROLES][MOST_RECORDS];
    size_t lines[MOST_RECORDS], n;
    nomen_json_keys filled[NOMEN_JSON_MOST_SHAPES]; /* keys of labels whose lists hold anything */
} company;

/* The first record with keys in a role that `count` beside others that do not, and how that is reported. */
static void note_second(const nomen_json_plan *plan, nomen_builder *builder, const nomen_json_role *role, size_t s, size_t r,
                        nomen_json_keys kept, nomen_json_keys left, size_t line) {
    bool tags = plan->shapes[s].shape->unit == NOMEN_JSON_TAGS;
    nomen_note(&builder->set.notes, NOMEN_NOTE_SECOND_KEY, builder->name, line,
               tags ? "the %s under \"%s\" are read, and those under \"%s\" are not"
                    : "the %s under \"%s\" are read, and not \"%s\", whose lists are empty",
               tags ? "tags" : names_of[r], key_of(role, kept), key_of(role, left));
}

static nomen_status check_company(const nomen_json_plan *plan, nomen_builder *builder, const company *c, nomen_error *err) {
    for (size_t s = 0; s < plan->n_shapes; s++) {
        for (size_t r = 0; r < NOMEN_JSON_N_ROLES; r++) {
            const nomen_json_role *role = role_of(plan, plan->shapes[s].shape, r);
            bool reported = false;
            for (size_t i = 0; i < c->n; i++) {
                nomen_json_keys there = c->together[s][r][i], keys = there & plan->shapes[s].usable[r],
                                kept = drop_later(role, keys);
                if ((kept & (kept - 1)) != 0) { return refuse_two(role, r, kept, builder->name, c->lines[i], err); }
                nomen_json_keys empty = r == NOMEN_JSON_ROLE_LABELS && !role->reported ? there & ~c->filled[s] : 0;
                nomen_json_keys left = role->reported ? keys & ~kept : empty & ~kept;
                if (kept == 0 || left == 0 || reported) { continue; }
                reported = true;
                note_second(plan, builder, role, s, r, kept, left, c->lines[i]);
            }
        }
    }
    return NOMEN_OK;
}

/* Whether a key that the options name was there; first: the first record, for the message. */
static nomen_status check_wishes(const nomen_json_plan *plan, const nomen_builder *builder, const char *has, nomen_error *err) {
    for (size_t r = 0; r < NOMEN_JSON_N_ROLES; r++) {
        const char *key = plan->wished[r].keys[0];
        bool asked = false, seen = false;
        for (size_t s = 0; s < plan->n_shapes; s++) {
            asked = asked || plan->shapes[s].shape->roles[r].keys[0] != NULL;
            seen = seen || plan->shapes[s].seen[r] != 0;
        }
        if (key == NULL || !asked || seen) { continue; }
        return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, remedies[r],
                                      "%s: no key \"%s\" holds the %s; the first record has %s", builder->name, key, names_of[r],
                                      has);
    }
    return NOMEN_OK;
}

static void list_keys(const json_t *record, char *out, size_t size) {
    const char *key;
    json_t *value;
    size_t n = 0;
    snprintf(out, size, "no keys");
    json_object_foreach((json_t *)(uintptr_t)record, key, value) {
        char seen[NOMEN_EXCERPT_SIZE];
        int more = snprintf(out + n, size - n, "%s\"%s\"", n > 0 ? ", " : "", nomen_excerpt(seen, key, strlen(key)));
        if (more < 0 || n + (size_t)more >= size) { return; }
        n += (size_t)more;
    }
}

nomen_status nomen_json_plan_make(nomen_json_plan *plan, nomen_builder *builder, const char *bytes, size_t n_bytes,
                                  nomen_error *err) {
    window w;
    const json_t *record;
    company c = {.n = 0};
    char has[200] = "none";
    nomen_status status;
    *plan = (nomen_json_plan){0};
    for (size_t i = 0; i < nomen_json_n_shapes; i++) {
        if (nomen_json_shapes[i].format == builder->set.format) { plan->shapes[plan->n_shapes++].shape = &nomen_json_shapes[i]; }
    }
    open_window(&w, bytes, n_bytes, builder->name, 1, builder->options);
    for (;;) {
        NOMEN_TRY(next(&w, &record, err));
        if (record == NULL) { break; }
        if (w.n == 1) {
            wish(plan, builder->options, record);
            list_keys(record, has, sizeof has);
        }
        size_t s = shape_of(plan, record);
        finding found;
        find(plan, plan->shapes[s].shape, record, &found);
        for (size_t r = 0; r < NOMEN_JSON_N_ROLES; r++) {
            plan->shapes[s].seen[r] |= found.seen[r];
            plan->shapes[s].usable[r] |= find_usable(plan->shapes[s].shape, &found, r);
            c.together[s][r][c.n] = found.seen[r];
            for (size_t k = 0; r == NOMEN_JSON_ROLE_LABELS && k < NOMEN_JSON_MOST_KEYS; k++) {
                if (found.seen[r] & 1U << k && json_array_size(found.values[r][k]) > 0) { c.filled[s] |= 1U << k; }
            }
        }
        c.lines[c.n++] = plan->last_line = w.records.record_line;
    }
    if (c.n > 0) { NOMEN_TRY(check_wishes(plan, builder, has, err)); }
    status = check_company(plan, builder, &c, err);
done:
    nomen_records_close(&w.records);
    return status;
}

static nomen_status refuse_lacking(const nomen_json_shape *shape, nomen_builder *builder, const json_t *value, size_t line,
                                   bool text, nomen_error *err) {
    if (shape->roles[NOMEN_JSON_ROLE_WORDS].keys[0] != NULL) {
        return nomen_builder_fault(builder, line, err, "%s where an object with %s is expected",
                                   json_is_object(value) ? "an incomplete object" : nomen_json_kind(value), shape->needs);
    }
    return nomen_builder_fault(builder, line, err, "%s: an object with %s is expected", text ? "no list of spans" : "no text",
                               shape->needs);
}

/* A key that the first records did not have, where they had others in its place. */
static nomen_status refuse_change(const nomen_json_role *role, nomen_json_keys now, nomen_json_keys before, size_t r,
                                  nomen_builder *builder, size_t line, nomen_error *err) {
    return nomen_builder_fault(builder, line, err,
                               "the key of the %s is \"%s\", but was \"%s\" in the first records; use one form in all records",
                               names_of[r], key_of(role, now), key_of(role, before));
}

/* Chooses among the keys that are there; *out is SIZE_MAX after a fault. */
static nomen_status choose(const nomen_json_plan *plan, size_t s, const finding *found, size_t r, nomen_builder *builder,
                           size_t line, size_t *out, nomen_error *err) {
    const nomen_json_shape *shape = plan->shapes[s].shape;
    const nomen_json_role *role = role_of(plan, shape, r);
    nomen_json_keys there = found->seen[r], usable = plan->shapes[s].usable[r], seen = plan->shapes[s].seen[r];
    *out = SIZE_MAX;
    if (line > plan->last_line && seen != 0 && (there & seen) == 0) {
        return refuse_change(role, there, seen, r, builder, line, err);
    }
    if ((there & (there - 1)) != 0) { /* several: those that hold what they should, here or in the first records */
        nomen_json_keys good = there & (usable | find_usable(shape, found, r));
        there = drop_later(role, good != 0 ? good : there & (~there + 1));
        if ((there & (there - 1)) != 0) {
            return nomen_error_remedy(err, remedies[r],
                                      nomen_builder_fault(builder, line, err,
                                                          "two keys could hold the %s, \"%s\" and \"%s\"; state the one to read",
                                                          names_of[r], key_of(role, there), key_of(role, there & (there - 1))));
        }
    }
    *out = (size_t)__builtin_ctz(there);
    return NOMEN_OK;
}

nomen_status nomen_json_plan_read(const nomen_json_plan *plan, nomen_builder *builder, const json_t *value, size_t line,
                                  nomen_json_record *out, bool *found, nomen_error *err) {
    size_t s = shape_of(plan, value);
    const nomen_json_shape *shape = plan->shapes[s].shape;
    finding keys;
    *found = false;
    *out = (nomen_json_record){
        .shape = shape, .value = value, .line = line, .label = plan->label != NULL ? plan->label : shape->label};
    find(plan, shape, value, &keys);
    for (size_t r = 0; r < NOMEN_JSON_N_ROLES; r++) {
        size_t key = SIZE_MAX;
        if (shape->roles[r].keys[0] == NULL) { continue; }
        if (keys.seen[r] == 0) {
            if (shape->lone_text && r == NOMEN_JSON_ROLE_TEXT && keys.n_strings == 1) { out->roles[r] = keys.lone; }
            if (shape->lenient) { continue; }
            if (shape->needs == NULL) { break; } /* the shape's own function reports it */
            return refuse_lacking(shape, builder, value, line, keys.seen[NOMEN_JSON_ROLE_TEXT] != 0, err);
        }
        nomen_status status = choose(plan, s, &keys, r, builder, line, &key, err);
        if (status != NOMEN_OK || key == SIZE_MAX) { return status; }
        out->roles[r] = keys.values[r][key];
        if (r == NOMEN_JSON_ROLE_LABELS) { out->labels_key = role_of(plan, shape, r)->keys[key]; }
    }
    *found = true;
    return NOMEN_OK;
}
