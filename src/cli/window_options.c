/* The options of how long texts are read, and with what context. */
#include "cli/cli.h"

enum { KEY_STRIDE = 0x3000, KEY_ON_OVERFLOW, KEY_CONTEXT };

static error_t parse(int key, char *text, struct argp_state *state) {
    nomen_model_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: o->size = sizeof *o; return 0;
    case KEY_STRIDE:
        o->stride = nomen_cli_count(state, "--stride", text, 0, SIZE_MAX);
        o->stride_given = true;
        return 0;
    case KEY_CONTEXT:
        o->context = nomen_cli_count(state, "--context", text, 0, SIZE_MAX);
        o->context_given = true;
        return 0;
    case KEY_ON_OVERFLOW: NOMEN_CLI_TRY(nomen_overflow_parse(text, &o->on_overflow, &problem)); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"stride", KEY_STRIDE, "N", 0,
     "overlap of the windows of a long text, in subword tokens (default: as trained, or a quarter of a window)", 8},
    {"on-overflow", KEY_ON_OVERFLOW, "WAY", 0,
     "what to do with a text longer than a window. window: read it in overlapping windows, losing nothing; error: refuse it "
     "(default: as trained, or window)",
     8},
    {"context", KEY_CONTEXT, "N", 0,
     "subword tokens of context on each side of a sentence, from its neighbours in the document (default: as trained, "
     "or 0)",
     8},
    {0},
};
const struct argp nomen_window_argp = {.options = options, .parser = parse};
