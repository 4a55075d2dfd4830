/* Commands as a shell takes them. */
#include <errno.h>
#include <string.h>

#include "cli/cli.h"

nomen_status nomen_cli_append_word(nomen_buffer *out, const char *word, nomen_error *err) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+:,./@%";
    nomen_status status;
    if (*word != '\0' && strspn(word, plain) == strlen(word)) { return nomen_buffer_append_text(out, word, err); }
    NOMEN_TRY(nomen_buffer_append_byte(out, '\'', err));
    for (; *word != '\0'; word++) {
        NOMEN_TRY(*word == '\'' ? nomen_buffer_append_text(out, "'\\''", err) : nomen_buffer_append_byte(out, *word, err));
    }
    status = nomen_buffer_append_byte(out, '\'', err);
done:
    return status;
}

nomen_status nomen_cli_append_command(nomen_buffer *out, int argc, char **argv, nomen_error *err) {
    nomen_status status;
    /* argv[0] is "nomen COMMAND"; the program may have been called by its path. */
    NOMEN_TRY(nomen_cli_append_word(out, program_invocation_name, err));
    NOMEN_TRY(nomen_buffer_append_text(out, strchr(argv[0], ' '), err));
    for (int i = 1; i < argc; i++) {
        NOMEN_TRY(nomen_buffer_append_byte(out, ' ', err));
        NOMEN_TRY(nomen_cli_append_word(out, argv[i], err));
    }
done:
    return status;
}
