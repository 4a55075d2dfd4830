#!/bin/sh
# The checking scripts themselves: each fault that they exist for is planted in a small tree, and
# they must name it and fail.
# Usage: scripts.sh SOURCE_DIR CC
set -eu
scripts=$1/scripts cc=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cases=0

fresh() { # a tree that breaks no rule
    rm -rf "$work/tree"
    mkdir -p "$work/tree/src/base" "$work/tree/src/text" "$work/tree/src/cli" "$work/tree/include/nomen"
    printf '#pragma once\n' >"$work/tree/src/base/a.h"
    printf '#include "base/a.h"\n#include "nomen/x.h"\n#include <stdio.h>\n' >"$work/tree/src/text/b.c"
    printf 'int nomen_x(void);\n' >"$work/tree/include/nomen/x.h"
}
expect() { # passes|fails TEXT COMMAND...: the outcome, and a text that the output must hold
    outcome=$1 text=$2
    shift 2
    cases=$((cases + 1))
    if "$@" >"$work/output" 2>&1; then found=passes; else found=fails; fi
    if [ "$found" != "$outcome" ] || ! grep -qF -e "$text" "$work/output"; then
        echo "expected that it $outcome and says \"$text\"; it $found: $*"
        cat "$work/output"
        exit 1
    fi
}
layers() { expect "$1" "$2" "$scripts/check_layers" "$work/tree"; }
style() { expect "$1" "$2" "$scripts/check_style" "$work/tree"; }

# check_layers
fresh; layers passes "every include points downwards"
fresh; echo '#include "text/b.h"' >"$work/tree/src/base/a.c"; layers fails "src/base/a.c:1: base/ may not include text/"
fresh; echo '  #  include "cli/c.h"' >>"$work/tree/src/text/b.c"; layers fails "text/ may not include cli/"
fresh; echo '#include "math/ops.h"' >>"$work/tree/src/text/b.c"; layers fails "up or sideways"
fresh; echo '#include "base/a.h"' >>"$work/tree/include/nomen/x.h"; layers fails "include/nomen/x.h:2: a public header"
fresh; echo '#include "../base/a.h"' >>"$work/tree/src/text/b.c"; layers fails "without .."
fresh; echo '#include "b.h"' >>"$work/tree/src/text/b.c"; layers fails 'as "text/b.h"'
fresh; echo '#include "util/b.h"' >>"$work/tree/src/text/b.c"; layers fails "no such layer"
fresh; mkdir "$work/tree/src/util"; echo '' >"$work/tree/src/util/u.c"; layers fails "src/util is in no layer"
fresh; echo '#include "base/a.h"' >"$work/tree/src/cli/c.c"; layers passes "downwards"
fresh; echo '#include "train/t.h"' >"$work/tree/src/cli/c.c"; layers fails "cli/ may not include train/"
object() { # ROOM/NAME CODE: a source and its object
    mkdir -p "$work/tree/build/src/$(dirname "$1")" "$work/tree/src/$(dirname "$1")"
    printf '%s\n' "$2" >"$work/tree/src/$1.c"
    "$cc" -c -w "$work/tree/src/$1.c" -o "$work/tree/build/src/$1.c.o"
}
symbols_of() { expect "$1" "$2" "$scripts/check_layers" "$work/tree" "$work/tree/build/src"; }
fresh; object base/f 'int g(void); int f(void) { return g(); }'; object text/g 'int g(void) { return 1; }'
layers passes "every include points downwards"
symbols_of fails "src/base/f.c: base/ may not use g, which src/text/g.c defines"
rm "$work/tree/src/base/f.c"; symbols_of passes "every include points downwards"
object cli/f 'int g(void); int f(void) { return g(); }'; symbols_of passes "and 1 uses of symbols"

# check_libm
libm() { expect "$1" "$2" "$scripts/check_libm" "$work/tree/build/src"; }
fresh; mkdir -p "$work/tree/build/src"; libm fails "has no objects of these rooms"
object base/f 'double sqrt(double); double f(double x) { return sqrt(x); }'; libm passes "1 objects between data and weights"
object train/optim/g 'double cos(double); double g(double x) { return cos(x); }'; libm fails "src/train/optim/g.c: uses cos of libm"
for f in powf expm1 tanhf log2 sincos atan2l; do
    fresh; object math/f "float $f(float); float f(float x) { return $f(x); }"; libm fails "src/math/f.c: uses $f of libm"
done
fresh; object cli/f 'double exp(double); double f(double x) { return exp(x); }'; object base/f 'int f(void) { return 1; }'
libm passes "1 objects"

# check_names
names() { expect "$1" "$2" "$scripts/check_names" "$work/tree"; }
both() { # TEXT_OF_A.H TEXT_OF_OTHER OTHER
    fresh
    printf '%s\n' "$1" >>"$work/tree/src/base/a.h"
    printf '%s\n' "$2" >>"$work/tree/$3"
}
fresh; names passes "each with one meaning"
both 'typedef struct a { int x; } nomen_a;' 'typedef struct b { int y; } nomen_a;' src/text/c.h; names fails "nomen_a stands in src/base/a.h and in src/text/c.h"
both 'typedef void (*nomen_f)(int x);' 'enum { A, nomen_f = 3 };' src/text/c.h; names fails "nomen_f stands in"
both '#define NOMEN_A 1' 'typedef enum e { NOMEN_A, NOMEN_B } nomen_e;' include/nomen/y.h; names fails "NOMEN_A stands in"
both 'int nomen_g(int x);' 'static inline int nomen_h(void) { return 0; }
char *nomen_g(void) __attribute__((pure));' src/text/c.h; names fails "nomen_g stands in"
both 'typedef struct nomen_s nomen_s;' 'struct nomen_s { int x; };' src/base/s.c; names passes "one meaning"
both 'enum { NOMEN_A };' 'enum { NOMEN_A = 2 };' src/text/c.c; names fails "NOMEN_A stands in"
both '/* typedef int nomen_a; */' 'typedef int nomen_a; /* nomen_b */' src/text/c.h; names passes "one meaning"
fresh; for f in c d; do echo 'typedef struct run { int x; } run;' >"$work/tree/src/text/$f.c"; done; names fails "run stands in"
fresh; for f in c d; do echo 'enum { FEW = 3 }; static int g(void) { return FEW; }' >"$work/tree/src/text/$f.c"; done; names passes "one meaning"
fresh; for f in c d; do echo '#define PARSE(x) x' >"$work/tree/src/text/$f.c"; done; names fails "PARSE stands in"
echo 'int f(void) { return PARSE(1); }' >"$work/tree/src/text/e.inc.h"; names passes "one meaning"

# check_cycles: a circle by includes, and one that only the symbols of object files show
cycles() { expect "$1" "$2" "$scripts/check_cycles" "$work/tree"; }
linked() {
    outcome=$1 text=$2
    mkdir -p "$work/tree/build/src/base"
    for file in "$work"/tree/src/base/*.c; do
        "$cc" -c -w "$file" -o "$work/tree/build/src/base/$(basename "$file").o"
    done
    expect "$outcome" "$text" "$scripts/check_cycles" "$work/tree" "$work/tree/build/src"
}
fresh; cycles passes "no circle"
fresh; echo '#include "text/b.h"' >"$work/tree/src/base/a.c"; cycles fails "base/a -> text/b (include)"
fresh
printf 'int g(void);\nint f(void) { return g(); }\n' >"$work/tree/src/base/f.c"
printf 'int f(void);\nint g(void) { return f(); }\n' >"$work/tree/src/base/g.c"
printf 'int f(void);\nint h(void) { return f(); }\n' >"$work/tree/src/base/h.c"
cycles passes "no circle"
linked fails "base/f -> base/g (g)"
! grep -q 'base/h' "$work/output" || { echo "a file that no circle goes through is named"; exit 1; }
fresh
printf 'int g(void) { return 1; }\n' >"$work/tree/src/base/g.c"
printf 'int g(void);\nint f(void) { return g(); }\n' >"$work/tree/src/base/f.c"
linked passes "no circle"

# check_style
fresh; style passes "files keep the rules"
function_of() { # LINES HEAD
    fresh
    { printf '%s\n' "$2"; awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) print "    x++;" }'; echo '}'; } >>"$work/tree/src/text/b.c"
}
function_of 60 'void f(int x) {'; style passes "keep the rules"
function_of 61 'void f(int x) {'; style fails "src/text/b.c:66: a function of 61 lines"
function_of 61 'void f(int x,
       int y) {'; style fails "a function of 61 lines"
function_of 200 'static const int x[] = {'; style passes "keep the rules"
fresh; echo 'void f(void) { char *p = malloc(3); }' >>"$work/tree/src/text/b.c"; style fails "src/text/b.c:4: the heap other than"
fresh; echo '/* malloc(3) in a comment, and "free(p)" */' >>"$work/tree/src/text/b.c"; style passes "keep the rules"
fresh; echo 'void f(void) { x->free(y); nomen_mem_free(p); "free(p)"; }' >>"$work/tree/src/text/b.c"; style passes "keep the rules"
fresh; echo 'void f(void) { printf("x"); }' >>"$work/tree/src/text/b.c"; style fails "the library prints"
fresh; echo 'void f(void) { snprintf(b, 3, "x"); }' >>"$work/tree/src/text/b.c"; style passes "keep the rules"
fresh; echo 'void f(void) { printf("x"); exit(1); }' >"$work/tree/src/cli/c.c"; style passes "keep the rules"
fresh; echo 'void f(void) { exit(1); }' >>"$work/tree/src/text/b.c"; style fails "ends the process"
fresh; echo 'void f(void) { fputs("x", stderr); }' >>"$work/tree/src/text/b.c"; style fails "base/log.h"
fresh; echo 'void f(void) { sprintf(b, "x"); }' >"$work/tree/src/cli/c.c"; style fails "without a bound"
fresh; echo 'void f(void) { umask(0); }' >>"$work/tree/src/text/b.c"; style fails "changes global state"
fresh; echo 'void f(void) { x = strtod(t, &e); }' >>"$work/tree/src/text/b.c"; style fails "depend on the locale"
fresh; echo 'void f(void) { snprintf(b, 9, "%.2f", x); }' >>"$work/tree/src/text/b.c"; style fails "depend on the locale"
fresh; seq -f '/* %g */' 401 >"$work/tree/src/text/b.c"; style fails "src/text/b.c:401: more than 400 lines"
fresh; seq -f '/* %g */' 401 >"$work/tree/src/text/b_table.c"; style passes "keep the rules"
fresh; echo 'int x; ' >>"$work/tree/src/text/b.c"; style fails "white space at the end"
fresh; echo 'add_compile_options(-march=native)' >"$work/tree/CMakeLists.txt"; style fails "one machine"

# check_symbols
symbols() { # passes|fails TEXT: compiles src/text/b.c of the tree into both libraries
    (cd "$work/tree" && "$cc" -std=c11 -fPIC -fvisibility=hidden -Iinclude -c src/text/b.c -o b.o &&
        rm -f libx.a && ar cr libx.a b.o && "$cc" -shared b.o -o libx.so)
    expect "$1" "$2" "$scripts/check_symbols" "$work/tree" "$work/tree/libx.a" "$work/tree/libx.so"
}
public() { # a tree with one public function
    fresh
    {
        echo '/* nomen_not_this_one(int); */'
        echo '#pragma GCC visibility push(default)'
        echo 'typedef void (*nomen_callback)(void *user);'
        echo 'static inline int nomen_inline(void) { return nomen_x(1); }' | sed 's/nomen_x(1)/1/'
        echo 'int nomen_x(int a,'
        echo '            int b);'
        echo '#pragma GCC visibility pop'
    } >"$work/tree/include/nomen/x.h"
    printf '#include "nomen/x.h"\nint nomen_x(int a, int b) { return a + b; }\n' >"$work/tree/src/text/b.c"
}
public; symbols passes "1 exported functions"
public; echo 'int helper(void); int helper(void) { return 1; }' >>"$work/tree/src/text/b.c"; symbols fails "helper"
public; echo 'int nomen_inner(void); int nomen_inner(void) { return 1; }' >>"$work/tree/src/text/b.c"; symbols passes "1 exported"
public; echo '__attribute__((visibility("default"))) int nomen_leak(void); int nomen_leak(void) { return 1; }' \
    >>"$work/tree/src/text/b.c"; symbols fails "declared in no public header"
public; echo 'int nomen_y(void);' >>"$work/tree/include/nomen/x.h"; symbols fails "not exported"
public; sed -i '/nomen_x(int a, int b) {/d' "$work/tree/src/text/b.c"; symbols fails "nomen_x"
public; echo 'int nomen_gone(void); int nomen_inner(void) { return nomen_gone(); }' >>"$work/tree/src/text/b.c"
symbols fails "that nothing defines"

# check_public
header() { # passes|fails TEXT DECLARATION...: a header with these
    outcome=$1 text=$2
    shift 2
    fresh
    {
        echo '/* A header. */'
        echo '#ifndef X_H'
        echo 'extern "C" {'
        printf '%s\n' "$@"
        echo '}'
        echo '#endif'
    } >"$work/tree/include/nomen/x.h"
    expect "$outcome" "$text" "$scripts/check_public" "$work/tree"
}
if command -v python3 >/dev/null; then
    header passes "1 public declarations" '/* Both of */' 'int nomen_f(void); /* its kind */'
    header passes "2 public declarations" '/* Both. */' 'int nomen_f(int a,' '            int b);' 'int nomen_g(void);'
    header fails "nomen_g: no comment stands" '/* One. */' 'int nomen_f(void);' '' 'int nomen_g(void);'
    header fails "nomen_t: no comment stands" '/* Far. */' '' 'typedef void (*nomen_t)(void *user);'
    header fails "nomen_i: no comment stands" 'static inline int nomen_i(void) {' '    return 1;' '}'
    header passes "1 public declarations" '/* An enum. */' 'typedef enum nomen_e { NOMEN_A = 0, /* x, y */ NOMEN_B = 1 } nomen_e;'
    header fails "x.h:5: NOMEN_B: the value of an enum" '/* An enum. */' 'typedef enum nomen_e {' '    NOMEN_A = 0, /* = */' '    NOMEN_B /* = 1 */' '} nomen_e;'
    header fails "NOMEN_N_E: a number of values" '/* An enum. */' 'typedef enum nomen_e { NOMEN_A = 0, NOMEN_N_E = 1 } nomen_e;'
    header fails "NOMEN_E_N_KINDS: a number of values" '/* A struct. */' 'typedef struct nomen_s { int x[NOMEN_E_N_KINDS]; } nomen_s;'
    header passes "1 public declarations" '/* Options. */' 'typedef struct nomen_s_options {' '    size_t size; /* x */' '    int x;' '} nomen_s_options;'
    header passes "1 public declarations" '/* None. */' 'typedef struct nomen_s { int x; } nomen_s;'
    header fails "nomen_s: has its size, and a name" '/* Growing. */' 'typedef struct nomen_s {' '    size_t size;' '} nomen_s;'
    header fails "nomen_s: has a nomen_s_info in it" '/* Another. */' 'typedef struct nomen_s {' '    const nomen_call *call;' '    nomen_s_info info;' '} nomen_s;'
    header fails "nomen_s_options: the first member is not size_t size" '/* Options. */' 'typedef struct nomen_s_options { int size; } nomen_s_options;'
fi

# check_abi
abi() { # passes|fails TEXT [OLD NEW]: after a change of the header; what is hidden changes too
    outcome=$1 text=$2
    printf '#define NOMEN_VERSION_MAJOR 0\n#define NOMEN_VERSION_MINOR 1\n' >"$work/tree/include/nomen/version.h"
    cat >"$work/tree/include/nomen/x.h" <<'END'
#include <stddef.h>
typedef enum nomen_e { NOMEN_A = 0, NOMEN_B = 1 } nomen_e;
typedef struct nomen_x_options { size_t size; int a; double b; } nomen_x_options;
typedef struct nomen_plain { int c; double d; } nomen_plain;
int nomen_f(const nomen_x_options *o, nomen_e e);
int nomen_g(const nomen_plain *p);
END
    cat >"$work/tree/x.c" <<'END'
#include "nomen/x.h"
static struct hidden { char n[N]; } h;
int nomen_f(const nomen_x_options *o, nomen_e e) { return (int)o->size + (int)e + h.n[0]; }
int nomen_g(const nomen_plain *p) { return p->c; }
END
    if [ $# -eq 2 ]; then
        "$cc" -DN=1 -g -fPIC -shared -I"$work/tree/include" "$work/tree/x.c" -o "$work/tree/x.so"
        expect "$outcome" "$text" "$scripts/check_abi" --renew "$work/tree" "$work/tree/x.so"
    else
        sed -i "s/$3/$4/" "$work/tree/include/nomen/x.h" "$work/tree/x.c"
        "$cc" -DN=2 -g -fPIC -shared -I"$work/tree/include" "$work/tree/x.c" -o "$work/tree/x.so"
        expect "$outcome" "$text" "$scripts/check_abi" "$work/tree" "$work/tree/x.so"
    fi
}
if command -v abidiff >/dev/null && [ "$(uname -m)" = x86_64 ]; then
    fresh; mkdir "$work/tree/abi"; cp "$1/abi/compatible.abignore" "$work/tree/abi"
    abi passes "looks like now"
    abi passes "but for additions" nothing changes
    abi passes "but for additions" 'double b;' 'double b; int new;'
    abi passes "but for additions" 'NOMEN_B = 1' 'NOMEN_B = 1, NOMEN_C = 2'
    abi fails "data member insertion" 'int a;' 'int new; int a;'
    abi fails "data member insertion" 'int a;' 'int a; int new;' # in what was padding
    abi fails "changed from 'double' to 'float'" 'double b;' 'float b;'
    abi fails "'nomen_e::NOMEN_B' from value '1' to '2'" 'NOMEN_B = 1' 'NOMEN_B = 2'
    abi fails "data member insertion" 'double d;' 'double d; int new;'
    abi fails "nomen_g" '^int nomen_g(.*' ''
    sed -i 's/MINOR 1/MINOR 2/' "$work/tree/include/nomen/version.h"
    expect fails "libnomen-0.2.abi: the version is new?" "$scripts/check_abi" "$work/tree" "$work/tree/x.so"
fi

# check_links
links() { # passes|fails TEXT LINE: of a page with this line
    fresh
    mkdir "$work/tree/docs"
    printf '# Of A and `b`\n\n## Twice\n\n## Twice\n' >"$work/tree/docs/A.md"
    printf '# Page\n\n%s\n' "$3" >"$work/tree/README.md"
    expect "$1" "$2" "$scripts/check_links" "$work/tree"
}
if command -v python3 >/dev/null; then
    links passes "3 links" '[a](docs/A.md), [b](docs/A.md#of-a-and-b), [c](#page), `[no](link)`, [far](https://example.org/x)'
    links passes "1 links" '[a](docs/A.md#twice-1)'
    links fails "README.md: links to docs/B.md, which is not there" '[a](docs/B.md)'
    links fails "README.md: links to docs/A.md#of-b, and A.md has no such heading" '[a](docs/A.md#of-b)'
    links fails "links to #twice" '[a](#twice)'
    fresh; echo '/* See docs/B.md. */' >"$work/tree/src/base/b.h"
    expect fails "src/base/b.h: speaks of docs/B.md, which is not there" "$scripts/check_links" "$work/tree"
fi

# werror.sh, with a stand-in that says what it is
compiler() { printf '#!/bin/sh\ncat >/dev/null\nprintf "\\n%s\\n"\n' "$1" >"$work/cc"; chmod +x "$work/cc"; }
werror() { expect passes "$1" "$scripts/werror.sh" "$work/cc"; }
for known in "gcc 12" "gcc 14" "clang 14" "clang 19"; do compiler "$known"; werror -Werror; done
for other in "gcc 1" "gcc 13" "clang 12" "clang 20"; do
    compiler "$other"; werror "no errors: $other is none"
    if grep -q -e '-Werror' "$work/output"; then cat "$work/output"; exit 1; fi
done
expect passes "" "$scripts/werror.sh" "$cc"

echo "$cases cases"
