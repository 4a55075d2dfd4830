/* nomen: named entity recognition with BERT. Finds the command and hands over. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "nomen/version.h"

typedef struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} command;

static const command commands[] = {
    {"fetch", nomen_cli_fetch, "get a model from the Hugging Face hub into its cache"},
    {"train", nomen_cli_train, "fine-tune a model on a labelled file"},
    {"sweep", nomen_cli_sweep, "try hyper-parameters, or cross-validate: many training runs, one table"},
    {"eval", nomen_cli_eval, "score a model, or predictions, against a labelled file"},
    {"tag", nomen_cli_tag, "find the entities in texts"},
    {"serve", nomen_cli_serve, "answer requests over HTTP, with a page to try it"},
    {"calibrate", nomen_cli_calibrate, "calibrate a model's scores: temperature and thresholds"},
    {"restore", nomen_cli_restore, "put the originals back into a pseudonymised text"},
    {"quantize", nomen_cli_quantize, "make an int8 copy of a model, unless that costs too much F1"},
    {"check", nomen_cli_check, "report what is wrong or risky in labelled files"},
    {"convert", nomen_cli_convert, "convert a labelled file to another format or tag scheme"},
    {"tokenize", nomen_cli_tokenize, "cut texts into BERT's subword tokens"},
    {"info", nomen_cli_info, "show what a model directory contains"},
    {"bench", nomen_cli_bench, "measure how fast each stage runs on this machine"},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static void print_help(FILE *to) {
    fprintf(to, "Usage: nomen COMMAND [OPTION...] [OPERAND...]\n"
                "Named entity recognition with BERT: fine-tune, score, tag.\n\nCommands:\n");
    for (size_t i = 0; i < N_COMMANDS; i++) { fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].help); }
    fprintf(to, "\n'nomen COMMAND --help' shows a command's options, 'nomen --version' the version.\nExit codes: 0 done, 1 "
                "failed, 2 wrong usage, 3 a required score or strict check was not met.\n");
}

/*
 * Has the three standard streams open. Where one is closed, a file opened later would take its number,
 * and an epoch's line would be written into the weights. Opened the wrong way round, its use is still an error.
 */
static void hold_standard_streams(void) {
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++) {
        if (fcntl(file, F_GETFD) != -1) { continue; }
        if (open("/dev/null", file == STDIN_FILENO ? O_WRONLY : O_RDONLY) != file) { _exit(EXIT_FAILED); }
    }
}

/* The exit code, unless what was printed did not arrive. */
static int finish(int code) {
    if (fflush(stdout) == 0 && !ferror(stdout)) { return code; }
    if (code == EXIT_DONE) { fprintf(stderr, "nomen: standard output can't be written: %s\n", strerror(errno)); }
    return code == EXIT_DONE ? EXIT_FAILED : code;
}

int main(int argc, char **argv) {
    hold_standard_streams();
    signal(SIGXFSZ, SIG_IGN); /* a file too large is an error of the write, so that what was begun is removed */
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return finish(EXIT_DONE);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("nomen %s\n", nomen_version());
        return finish(EXIT_DONE);
    }
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) != 0) { continue; }
        char name[32];
        snprintf(name, sizeof name, "nomen %s", commands[i].name);
        argv[1] = name;
        return finish(commands[i].run(argc - 1, argv + 1));
    }
    fprintf(stderr, "nomen: unknown command \"%s\"; 'nomen --help' lists the commands\n", argv[1]);
    return EXIT_USAGE;
}
