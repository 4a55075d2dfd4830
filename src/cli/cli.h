/* What the commands share: the common options, messages, interrupts, exit codes. */
#ifndef NOMEN_CLI_CLI_H
#define NOMEN_CLI_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/buffer.h"
#include "nomen/decode.h"
#include "nomen/data.h"
#include "nomen/error.h"
#include "nomen/model.h"

/* Exit codes. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_GATE = 3 };

/* A command: its own main. argv[0] is "nomen COMMAND". */
int nomen_cli_info(int argc, char **argv);
int nomen_cli_tokenize(int argc, char **argv);
int nomen_cli_train(int argc, char **argv);
int nomen_cli_sweep(int argc, char **argv);
int nomen_cli_eval(int argc, char **argv);
int nomen_cli_tag(int argc, char **argv);
int nomen_cli_restore(int argc, char **argv);
int nomen_cli_quantize(int argc, char **argv);
int nomen_cli_calibrate(int argc, char **argv);

/* `nomen check` with --label-errors or --cross-validate, which has options of its own; and whether it is asked for. */
int nomen_cli_label_errors(int argc, char **argv);
bool nomen_cli_wants_label_errors(int argc, char **argv);
int nomen_cli_convert(int argc, char **argv);
int nomen_cli_check(int argc, char **argv);
int nomen_cli_bench(int argc, char **argv);
int nomen_cli_serve(int argc, char **argv);
int nomen_cli_fetch(int argc, char **argv);

/* Options that every command has. */
typedef struct nomen_common {
    bool quiet;
    bool json;
    nomen_tokenizer_options tokenizer; /* --cased, --uncased, for commands that take them */
} nomen_common;

/* argp children: the common options, and those of commands that load a tokenizer. Their input is a
 * nomen_common. */
extern const struct argp nomen_common_argp;
extern const struct argp nomen_case_argp;

/* The options of commands that read labelled files. Their input is a nomen_data_options. */
extern const struct argp nomen_data_argp;

/* --stride, --on-overflow, --context. Their input is a nomen_model_options. */
extern const struct argp nomen_window_argp;

/* The options of commands that choose labels. Their input is a nomen_decode_choice. */
typedef struct nomen_decode_choice {
    nomen_decoding decoding;
    nomen_repair repair;
    const char *given; /* one of the options that was given, or NULL */
} nomen_decode_choice;
extern const struct argp nomen_decode_argp;

/*
 * In a parser of argp: a call that reads a value and whose error, `&problem`, is one of usage. `state` is the parser's.
 */
#define NOMEN_CLI_TRY(call) \
    do { \
        nomen_error problem = {0}; \
        if ((call) != NOMEN_OK) { argp_error(state, "%s", problem.message); } \
    } while (0)

/* Reads the arguments into `input`; returns -1 to go on, or the exit code. `argp` may have children. */
int nomen_cli_parse(const struct argp *argp, int argc, char **argv, void *input);

/* The whole number from `least` to `most` in `text`; anything else is a usage error that names the option. */
size_t nomen_cli_count(struct argp_state *state, const char *option, const char *text, size_t least, size_t most);

/* Keeps the file of an option. Given twice it is a usage error: of two files the first would be forgotten without a word. */
void nomen_cli_set_file(struct argp_state *state, const char *option, const char **out, const char *text);

/* A number of bytes with or without a suffix: k, M, G for powers of 1000 and Ki, Mi, Gi for those of 1024, and maybe a B. */
size_t nomen_cli_size(struct argp_state *state, const char *option, const char *text);

/* What follows a message: the option of the program that is the remedy, or nothing. */
const char *nomen_cli_advice(nomen_remedy remedy);

/* Prints "nomen: message" with its advice and gives the exit code of the error. */
int nomen_cli_fail(const nomen_error *err);

/*
 * Where *model is no directory but a NAME in the hub's cache, makes it the directory there, which *found owns (nomen_free); else
 * both stay as they are. Whatever exists at *model wins. An error where it could be a NAME, and the cache has no such model.
 */
nomen_status nomen_cli_find_model(const char **model, char **found, nomen_error *err);

/* Turns Ctrl-C (and SIGTERM, SIGHUP) into a question that the library asks; a second one ends the program. */
void nomen_cli_catch_interrupt(void);

/* The same for another signal. */
void nomen_cli_catch_signal(int signal_number);

/* Writes to standard output, and hands over what waits there; a failure (a full disk, a closed pipe) is an error. */
nomen_status nomen_cli_write(const nomen_buffer *buffer, nomen_error *err);
nomen_status nomen_cli_flush(nomen_error *err);

/* Writes a string that a function of the library made (`status`), and frees it; NULL is nothing. */
nomen_status nomen_cli_write_string(nomen_status status, char *text, size_t n_bytes, nomen_error *err);

/*
 * Progress on standard error, which is a terminal: one line of ASCII that takes the place of the one before. What is wider than
 * the terminal is cut off, as a second line could not be taken back. Messages of the library clear it; so must who prints there.
 */
void nomen_cli_show_bar(const char *text);
void nomen_cli_clear_bar(void);

/* Whether standard error, or standard output, is a terminal that takes colour (NO_COLOR, TERM=dumb). */
bool nomen_cli_is_terminal(FILE *stream);
bool nomen_cli_has_color(FILE *stream);

/* Appends a word as a shell takes it, and a command as it was given; argv[0] is two words. */
nomen_status nomen_cli_append_word(nomen_buffer *out, const char *word, nomen_error *err);
nomen_status nomen_cli_append_command(nomen_buffer *out, int argc, char **argv, nomen_error *err);

#endif
