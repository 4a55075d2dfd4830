/* The options of commands that choose labels: tag and eval. */
#include "cli/cli.h"

enum { KEY_DECODE = 0x3000, KEY_REPAIR };

static error_t parse(int key, char *text, struct argp_state *state) {
    nomen_decode_choice *c = state->input;
    switch (key) {
    case KEY_DECODE:
        NOMEN_CLI_TRY(nomen_decoding_parse(text, &c->decoding, &problem));
        c->given = "--decode";
        return 0;
    case KEY_REPAIR:
        NOMEN_CLI_TRY(nomen_repair_parse(text, &c->repair, &problem));
        c->given = "--repair";
        return 0;
    case ARGP_KEY_END:
        if (c->decoding == NOMEN_DECODE_VITERBI && c->repair != NOMEN_REPAIR_CONLLEVAL) {
            argp_error(state, "--repair: --decode viterbi never yields an I- tag that needs repair");
        }
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"decode", KEY_DECODE, "HOW", 0,
     "argmax: the best label of each word (default); viterbi: the best sequence that the label names allow (default with a CRF)",
     1},
    {"repair", KEY_REPAIR, "HOW", 0,
     "what to do with an I- tag that does not continue an entity: conlleval (default) keeps it, to be read as a beginning; begin "
     "makes it B-; drop makes it O. viterbi never yields one",
     1},
    {0},
};
const struct argp nomen_decode_argp = {.options = options, .parser = parse};
