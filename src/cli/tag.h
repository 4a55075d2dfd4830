/* nomen tag: its options (tag_options.c) and what it does with them (tag.c). */
#ifndef NOMEN_CLI_TAG_H
#define NOMEN_CLI_TAG_H

#include "cli/cli.h"
#include "nomen/tagger.h"
#include "nomen/input.h"

typedef struct nomen_tag_command {
    nomen_common common;
    const char *model;
    char **files;
    int n_files;
    nomen_input_format input;
    nomen_tag_format format;
    bool redact_given, format_given, offsets_given, words_given;
    nomen_request request;
    nomen_decode_choice decode;
    nomen_tag_write_options write;
    const char *output; /* NULL: standard output */
    bool overwrite;
    nomen_model_options how; /* how the model is loaded */
    bool aggregate_given;
} nomen_tag_command;

/* Reads the arguments into `command`, filled with the defaults; as nomen_cli_parse. */
int nomen_cli_parse_tag(int argc, char **argv, nomen_tag_command *command);

#endif
