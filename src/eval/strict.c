/* seqeval's strict schemes; see the header. */
#include "eval/strict.h"

#include <string.h>

enum { START = 1, INSIDE = 2, END = 4 };

/*
 * A passage is two prefixes, "*" for any, and a sign: "=" for the same type, "!" for another, "*" for
 * both. IOB1's and IOE1's lists are not what one would wish for (IOE1 has no end before an O behind E), but
 * they are seqeval's.
 */
static const struct {
    const char *name, *prefixes, *start, *inside, *end;
} schemes[NOMEN_N_STRICT] = {
    {"IOB1", "IOB", "OI* II! BI* IB= BB=", "BI= II=", "II! IO* IB* BO* BI! BB="},
    {"IOB2", "IOB", "*B*", "BI= II=", "IO* II! IB* BO* BI! BB*"},
    {"IOE1", "IOE", "OI* II! EI* EE=", "II= IE=", "II! IO* IE! EI= EE="},
    {"IOE2", "IOE", "OI* OE* EI* EE* II! IE!", "IE= II=", "E**"},
    {"IOBES", "IOBES", "*B* *S*", "BI= BE= II= IE=", "S** E**"},
    {"BILOU", "BILOU", "*B* *U*", "BI= BL= II= IL=", "U** L**"},
};

const char *nomen_strict_scheme_name(nomen_strict_scheme scheme) {
    return (unsigned)scheme < NOMEN_N_STRICT ? schemes[scheme].name : "?";
}

static bool fits(char sign, int prefix) {
    return sign == '*' || sign == NOMEN_PREFIXES[prefix];
}

/* The bits of a list of passages. */
static void mark(const char *list, unsigned char bit, unsigned char out[NOMEN_N_PREFIXES][NOMEN_N_PREFIXES][2]) {
    for (const char *p = list;; p += 4) {
        for (int before = 0; before < NOMEN_N_PREFIXES; before++) {
            for (int here = 0; here < NOMEN_N_PREFIXES; here++) {
                if (!fits(p[0], before) || !fits(p[1], here)) { continue; }
                if (p[2] != '=') { out[before][here][false] |= bit; }
                if (p[2] != '!') { out[before][here][true] |= bit; }
            }
        }
        if (p[3] == '\0') { return; }
    }
}

nomen_strict_rules nomen_strict_rules_make(void) {
    nomen_strict_rules rules = {0};
    for (size_t s = 0; s < NOMEN_N_STRICT; s++) {
        mark(schemes[s].start, START, rules.passages[s]);
        mark(schemes[s].inside, INSIDE, rules.passages[s]);
        mark(schemes[s].end, END, rules.passages[s]);
    }
    return rules;
}

bool nomen_strict_allows(nomen_strict_scheme scheme, int prefix) {
    return prefix < NOMEN_N_PREFIXES && strchr(schemes[scheme].prefixes, NOMEN_PREFIXES[prefix]) != NULL;
}

bool nomen_strict_step(const nomen_strict_rules *rules, nomen_strict_scheme scheme, nomen_strict_state *state, int prefix,
                       int32_t type, size_t place, nomen_chunk *ended) {
    unsigned passage = rules->passages[scheme][state->prefix][prefix][state->type == type];
    bool goes_on = state->inside && (passage & INSIDE) != 0;
    bool has_ended = state->inside && !goes_on && (passage & END) != 0;
    if (has_ended) { *ended = (nomen_chunk){.type = state->type, .begin = state->begin}; }
    if (!goes_on) {
        state->inside = (passage & START) != 0;
        state->begin = place;
    }
    state->prefix = prefix;
    state->type = type;
    return has_ended;
}
