#!/bin/sh
# Each public header compiles alone, as C11 and as C++17, without a warning; so does the short
# example at the top of include/nomen/nomen.h. The example is the lines of the header's first
# comment that are indented by four spaces or more: #include lines, then the body of a function.
# Usage: headers.sh SOURCE_DIR CC CXX   (CXX may be "none": then C++ is left out, and said)
set -eu
source=$1 cc=$2 cxx=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
warnings='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef'
failed=0

compile() { # WHAT LANGUAGE FILE COMPILER...
    what=$1 language=$2 file=$3
    shift 3
    # shellcheck disable=SC2046,SC2086 # lists
    if ! "$@" -x "$language" $warnings $("$source/scripts/werror.sh" "$1") -I "$source/include" -fsyntax-only "$file"; then
        echo "$what does not compile as $language"
        failed=1
    fi
}
both() { # WHAT FILE
    compile "$1" c "$2" "$cc" -std=c11 -Wstrict-prototypes
    [ "$cxx" = none ] || compile "$1" c++ "$2" "$cxx" -std=c++17
}

n=0
for header in "$source"/include/nomen/*.h; do
    name=$(basename "$header")
    # Twice: the second time shows that the guard works.
    printf '#include "nomen/%s"\n#include "nomen/%s"\n' "$name" "$name" >"$work/one"
    both "nomen/$name alone" "$work/one"
    # nomen.h declares nothing of its own.
    [ "$name" = nomen.h ] || grep -qF 'extern "C"' "$header" || { echo "nomen/$name: no extern \"C\""; failed=1; }
    n=$((n + 1))
done
[ "$n" -gt 0 ] || { echo "no header in $source/include/nomen"; exit 1; }

example=''
if [ -e "$source/include/nomen/nomen.h" ]; then
    awk '/\*\//{exit} /^ \*     /{sub(/^ \*     /, ""); print}' "$source/include/nomen/nomen.h" >"$work/example"
    [ -s "$work/example" ] || { echo "nomen/nomen.h: no example in its first comment"; exit 1; }
    if grep -q 'int main' "$work/example"; then
        cp "$work/example" "$work/program.c"
    else
        {
            grep '^#include' "$work/example" || :
            echo 'int main(void);'
            echo 'int main(void) {'
            grep -v '^#include' "$work/example"
            echo 'return 0; }'
        } >"$work/program.c"
    fi
    compile "the example of nomen/nomen.h" c "$work/program.c" "$cc" -std=c11
    example=', and the example'
fi
# What a caller starts from, in either language.
cat >"$work/start" <<'END'
#include "nomen/nomen.h"
int main(void) {
    nomen_error err = NOMEN_ERROR_INIT;
#ifdef __cplusplus
    nomen_model_options options = {};
    options.size = sizeof options;
#else
    nomen_error zero = {0};
    nomen_model_options options = {.size = sizeof options};
    err = zero;
#endif
    nomen_train_options train;
    nomen_train_init(&train, sizeof train);
    return err.status == NOMEN_OK && options.size == train.size ? NOMEN_VERSION_NUMBER : nomen_version_number();
}
END
both "a program that starts with the defaults" "$work/start"
[ "$failed" -eq 0 ] || exit 1
[ "$cxx" != none ] || echo "no C++ compiler: checked as C11 alone"
echo "$n headers compile alone$example"
