# Compiler flags. No -march here: kernels name their instruction sets file by file (src/math), and
# contraction to FMA is explicit, so that every machine gives the same bits.
include(CheckCCompilerFlag)

add_library(nomen_flags INTERFACE)
target_compile_options(nomen_flags INTERFACE
  -ffp-contract=off -fno-math-errno -fno-trapping-math
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
  -Wwrite-strings -Wundef -Wvla)
if(NOMEN_WERROR)
  target_compile_options(nomen_flags INTERFACE -Werror)
endif()
if(NOMEN_SANITIZE)
  target_compile_options(nomen_flags INTERFACE -fsanitize=${NOMEN_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(nomen_flags INTERFACE -fsanitize=${NOMEN_SANITIZE})
  if(NOMEN_SANITIZE MATCHES undefined)
    target_compile_options(nomen_flags INTERFACE -fno-sanitize-recover=all)
  endif()
endif()
