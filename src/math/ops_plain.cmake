# The plain operations. nomen_plain_double: all of ops.h over double, for tests, under the names of
# ops_names.h; what links it defines NOMEN_REAL_DOUBLE for the files that call it.
add_library(nomen_plain_double STATIC ops_plain.c ops_plain_attention.c ops_plain_crf.c ops_plain_loss.c ops_plain_int8.c)
target_include_directories(nomen_plain_double PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
target_compile_definitions(nomen_plain_double PRIVATE _GNU_SOURCE NOMEN_REAL_DOUBLE=1)
target_link_libraries(nomen_plain_double PUBLIC nomen_flags nomen_dependencies)
