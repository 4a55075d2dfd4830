# The plain operations. nomen_plain_double: all of ops.h over double, for tests, under the names of
# ops_names.h; what links it defines NOMEN_REAL_DOUBLE for the files that call it.
set(plain_sources ${CMAKE_CURRENT_LIST_DIR}/ops_plain.c ${CMAKE_CURRENT_LIST_DIR}/ops_plain_attention.c)
add_library(nomen_plain_double STATIC ${plain_sources})
target_include_directories(nomen_plain_double PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
target_compile_definitions(nomen_plain_double PRIVATE _GNU_SOURCE NOMEN_REAL_DOUBLE=1)
target_link_libraries(nomen_plain_double PUBLIC nomen_flags nomen_dependencies)

# With NOMEN_PLAIN_OPS they stand in for the fast ones in the library itself.
option(NOMEN_PLAIN_OPS "Plain scalar operations in place of the fast ones" OFF)
if(NOMEN_PLAIN_OPS)
  target_sources(nomen_objects PRIVATE ${plain_sources})
else()
  target_sources(nomen_objects PRIVATE ops_rows.c ops_norm.c ops_attention.c)
endif()
