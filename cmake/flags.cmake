# Compiler flags. No -march here: kernels name their instruction sets file by file (src/math), and
# contraction to FMA is explicit, so that every machine gives the same bits.
include(CheckCCompilerFlag)

add_library(nomen_flags INTERFACE)
target_compile_options(nomen_flags INTERFACE
  -ffp-contract=off -fno-math-errno -fno-trapping-math
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
  -Wwrite-strings -Wundef -Wvla
  # Constants are enumerators here, whose values are exact in a double; clang 19 has this in -Wextra.
  $<$<C_COMPILER_ID:Clang>:-Wno-enum-float-conversion>)
if(NOMEN_WERROR)
  execute_process(COMMAND ${PROJECT_SOURCE_DIR}/scripts/werror.sh ${CMAKE_C_COMPILER}
    OUTPUT_VARIABLE werror ERROR_VARIABLE no_werror OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_STRIP_TRAILING_WHITESPACE)
  target_compile_options(nomen_flags INTERFACE ${werror})
  if(NOT werror)
    message(STATUS "${no_werror}")
  endif()
endif()
if(NOMEN_SANITIZE)
  target_compile_options(nomen_flags INTERFACE -fsanitize=${NOMEN_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(nomen_flags INTERFACE -fsanitize=${NOMEN_SANITIZE})
  if(NOMEN_SANITIZE MATCHES undefined)
    target_compile_options(nomen_flags INTERFACE -fno-sanitize-recover=all)
  endif()
endif()
