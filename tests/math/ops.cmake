# Tests of the operations. ops_cases.c is compiled over float and over double.
add_library(ops_cases_double OBJECT ops_cases.c)
add_library(ops_cases_float OBJECT ops_cases.c)
foreach(cases ops_cases_double ops_cases_float)
  target_include_directories(${cases} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  target_compile_definitions(${cases} PRIVATE _GNU_SOURCE)
  target_link_libraries(${cases} PRIVATE nomen_flags PkgConfig::CMOCKA)
endforeach()
target_compile_definitions(ops_cases_double PRIVATE NOMEN_REAL_DOUBLE=1)

nomen_test(test_ops_gradients test_ops_gradients.c ops_support.c ops_bounds.c $<TARGET_OBJECTS:ops_cases_double>
  LIBS nomen_plain_double)
nomen_test(test_ops_fast test_ops_fast.c ops_support.c ops_bounds.c $<TARGET_OBJECTS:ops_cases_float>
  $<TARGET_OBJECTS:ops_cases_double> LIBS nomen_plain_double)
nomen_test(test_ops_bits test_ops_bits.c ops_support.c ops_bounds.c $<TARGET_OBJECTS:ops_cases_float>)
nomen_test(test_dropout test_dropout.c)

add_library(crf_case_double OBJECT crf_case.c)
add_library(crf_case_float OBJECT crf_case.c)
foreach(cases crf_case_double crf_case_float)
  target_include_directories(${cases} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  target_compile_definitions(${cases} PRIVATE _GNU_SOURCE)
  target_link_libraries(${cases} PRIVATE nomen_flags PkgConfig::CMOCKA)
endforeach()
target_compile_definitions(crf_case_double PRIVATE NOMEN_REAL_DOUBLE=1)
nomen_test(test_crf test_crf.c ops_support.c $<TARGET_OBJECTS:crf_case_float> $<TARGET_OBJECTS:crf_case_double>
  LIBS nomen_plain_double)
