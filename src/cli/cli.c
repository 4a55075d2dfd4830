/* What the commands share. */
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/number.h"
#include "nomen/runtime.h"
#include "nomen/version.h"

static bool quiet;

static bool bar;

void nomen_cli_show_bar(const char *text) {
    struct winsize window = {0};
    if (ioctl(fileno(stderr), TIOCGWINSZ, &window) != 0 || window.ws_col < 2) { window.ws_col = 80; }
    fprintf(stderr, "\r\033[K%.*s", window.ws_col - 1, text);
    fflush(stderr);
    bar = true;
}

void nomen_cli_clear_bar(void) {
    if (bar) { fputs("\r\033[K", stderr); }
    bar = false;
}

static void print_message(void *user, nomen_log_level level, const char *message) {
    (void)user;
    if (quiet) { return; }
    nomen_cli_clear_bar();
    fprintf(stderr, "nomen: %s%s\n", level == NOMEN_LOG_WARNING ? "warning: " : "", message);
}

enum { OPTION_THREADS = 0x1000, OPTION_JSON, OPTION_CASED, OPTION_UNCASED };

static error_t parse_common(int key, char *text, struct argp_state *state) {
    nomen_common *common = state->input;
    switch (key) {
    case 'q': common->quiet = quiet = true; return 0;
    case OPTION_JSON: common->json = true; return 0;
    case OPTION_THREADS: nomen_set_threads((int)nomen_cli_count(state, "--threads", text, 1, 64)); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option common_options[] = {
    {"threads", OPTION_THREADS, "N", 0, "compute threads (default: all processors that this process may use)", 91},
    {"json", OPTION_JSON, NULL, 0, "print machine-readable results on standard output", 91},
    {"quiet", 'q', NULL, 0, "print no messages but errors", 91},
    {0},
};
const struct argp nomen_common_argp = {.options = common_options, .parser = parse_common};

static error_t parse_case(int key, char *text, struct argp_state *state) {
    nomen_common *common = state->input;
    (void)text;
    switch (key) {
    case ARGP_KEY_INIT: common->tokenizer.size = sizeof common->tokenizer; return 0;
    case OPTION_CASED: common->tokenizer.lower_case = NOMEN_CHOICE_NO; return 0;
    case OPTION_UNCASED: common->tokenizer.lower_case = NOMEN_CHOICE_YES; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option case_options[] = {
    {"cased", OPTION_CASED, NULL, 0, "keep upper-case letters, whatever the directory says", 90},
    {"uncased", OPTION_UNCASED, NULL, 0, "lower-case the text, whatever the directory says", 90},
    {0},
};
const struct argp nomen_case_argp = {.options = case_options, .parser = parse_case};

int nomen_cli_parse(const struct argp *argp, int argc, char **argv, void *input) {
    argp_err_exit_status = EXIT_USAGE;
    nomen_set_log(print_message, NULL);
    error_t problem = argp_parse(argp, argc, argv, 0, NULL, input);
    if (problem == 0) { return -1; }
    fprintf(stderr, "nomen: %s\n", strerror(problem));
    return problem == ENOMEM ? EXIT_FAILED : EXIT_USAGE;
}

size_t nomen_cli_count(struct argp_state *state, const char *option, const char *text, size_t least, size_t most) {
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || number < least || number > most) {
        if (most == SIZE_MAX) { argp_error(state, "%s: \"%s\" is not a whole number of %zu or more", option, text, least); }
        argp_error(state, "%s: \"%s\" is not a whole number from %zu to %zu", option, text, least, most);
    }
    return (size_t)number;
}

void nomen_cli_set_file(struct argp_state *state, const char *option, const char **out, const char *text) {
    if (*out != NULL) { argp_error(state, "%s: is given twice, %s and %s; give one file", option, *out, text); }
    *out = text;
}

size_t nomen_cli_size(struct argp_state *state, const char *option, const char *text) {
    size_t size = 0;
    if (!nomen_number_parse_bytes(text, &size)) {
        argp_error(state, "%s: \"%s\" is not a number of bytes such as 500MB or 2GiB", option, text);
    }
    return size;
}

const char *nomen_cli_advice(nomen_remedy remedy) {
    switch (remedy) {
    case NOMEN_REMEDY_NONE: return "";
    case NOMEN_REMEDY_OVERWRITE: return "; give another name, or --overwrite to replace it";
    case NOMEN_REMEDY_FORMAT: return " (--from)";
    case NOMEN_REMEDY_SCHEME: return " (--scheme)";
    case NOMEN_REMEDY_MAX_UNPACKED: return " with --max-unpacked SIZE";
    case NOMEN_REMEDY_WORD_COLUMN: return " (--word-column)";
    case NOMEN_REMEDY_TAG_COLUMN: return " (--tag-column)";
    case NOMEN_REMEDY_TEXT_COLUMN: return " (--text-column)";
    case NOMEN_REMEDY_SENTENCE_COLUMN: return " (--sentence-column)";
    case NOMEN_REMEDY_COLUMNS: return " (--word-column, --tag-column)";
    case NOMEN_REMEDY_TITLES: return " (--text-column or --word-column, with --tag-column)";
    case NOMEN_REMEDY_TAG_NAMES: return " (--tag-names O,B-per,I-per or a file)";
    case NOMEN_REMEDY_NUMBER_NAMES: return " (--tag-names 1=PER,2=ORG or a file)";
    case NOMEN_REMEDY_DOCUMENTS: return " (--documents)";
    case NOMEN_REMEDY_MISALIGNED: return " (--misaligned expand, contract or skip)";
    case NOMEN_REMEDY_ONE_SENTENCE: return " (--sentence-column none)";
    case NOMEN_REMEDY_TITLES_OR_FORMAT: return " (--text-column or --word-column, with --tag-column, or --from)";
    case NOMEN_REMEDY_ENCODING: return " (--encoding)";
    case NOMEN_REMEDY_ONE_SCHEME: return ": nomen convert IN OUT --scheme NAME --to-scheme iob2";
    case NOMEN_REMEDY_OFFSETS: return " (--span-offsets)";
    case NOMEN_REMEDY_TRAIN: return ": nomen train --model DIR --train FILE -o OUT";
    case NOMEN_REMEDY_QUANTIZE: return ": nomen quantize";
    case NOMEN_REMEDY_LABELS: return ": --labels O,B-per,... or a file";
    case NOMEN_REMEDY_LABELS_OR_CONFIG:
        return ": --labels O,B-per,... or a file, where the command has that, else in \"id2label\" of config.json";
    case NOMEN_REMEDY_TYPE: return "; 'nomen info' lists its labels";
    case NOMEN_REMEDY_STRIDE: return " (--stride)";
    case NOMEN_REMEDY_WINDOWS: return " (--on-overflow window)";
    case NOMEN_REMEDY_NO_CALIBRATION: return " (--no-calibration)";
    case NOMEN_REMEDY_RECALIBRATE: return " (nomen calibrate --reset)";
    case NOMEN_REMEDY_NO_DECODING: return " (--decode argmax without --repair)";
    case NOMEN_REMEDY_CASE: return " (--cased, --uncased)";
    case NOMEN_REMEDY_FP32: return " (--precision fp32)";
    case NOMEN_REMEDY_SPLIT: return " (nomen train --split keeps equal texts together)";
    case NOMEN_REMEDY_RESUME: return "";        /* nomen train prints the whole command */
    case NOMEN_REMEDY_LEARNING_RATE: return ""; /* the message has the number */
    case NOMEN_REMEDY_FETCH: return "; 'nomen fetch NAME' gets a model from the hub";
    case NOMEN_REMEDY_HYPERPARAMETER: return ""; /* nomen_cli_fail has made an option of its name */
    }
    return "";
}

int nomen_cli_fail(const nomen_error *err) {
    nomen_cli_clear_bar();
    fprintf(stderr, "nomen: %s%s%s\n", err->remedy == NOMEN_REMEDY_HYPERPARAMETER ? "--" : "",
            err->message[0] != '\0' ? err->message : nomen_status_name(err->status), nomen_cli_advice(err->remedy));
    return err->status == NOMEN_ERROR_ARGUMENT ? EXIT_USAGE : EXIT_FAILED;
}

static volatile sig_atomic_t interrupts;

static void on_interrupt(int signal_number) {
    interrupts++;
    /* The next one ends the program, but for a terminal that closes: the kernel and the shell both say so. */
    if (signal_number != SIGHUP) { signal(signal_number, SIG_DFL); }
}

static bool is_interrupted(void *user) {
    (void)user;
    return interrupts > 0;
}

void nomen_cli_catch_signal(int signal_number) {
    struct sigaction action = {.sa_handler = on_interrupt}, before;
    sigemptyset(&action.sa_mask);
    /* What nohup, or a shell's &, had ignored stays ignored. */
    if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler != SIG_IGN) { sigaction(signal_number, &action, NULL); }
    nomen_set_interrupt(is_interrupted, NULL);
}

void nomen_cli_catch_interrupt(void) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) { nomen_cli_catch_signal(signals[i]); }
}

nomen_status nomen_cli_write(const nomen_buffer *buffer, nomen_error *err) {
    errno = 0;
    if (buffer->size > 0 && fwrite(buffer->data, 1, buffer->size, stdout) != buffer->size) {
        return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "standard output can't be written");
    }
    return NOMEN_OK;
}

nomen_status nomen_cli_write_string(nomen_status status, char *text, size_t n_bytes, nomen_error *err) {
    if (status == NOMEN_OK && text != NULL) { status = nomen_cli_write(&(nomen_buffer){.data = text, .size = n_bytes}, err); }
    nomen_free(text);
    return status;
}

nomen_status nomen_cli_flush(nomen_error *err) {
    if (fflush(stdout) == 0) { return NOMEN_OK; }
    return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "standard output can't be written");
}

bool nomen_cli_is_terminal(FILE *stream) {
    return isatty(fileno(stream)) == 1;
}

bool nomen_cli_has_color(FILE *stream) {
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (no_color != NULL && no_color[0] != '\0') { return false; }
    return nomen_cli_is_terminal(stream) && (term == NULL || strcmp(term, "dumb") != 0);
}
