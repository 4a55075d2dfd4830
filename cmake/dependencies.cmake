# Libraries, each for one job; docs/ARCHITECTURE.md has the list.
find_package(PkgConfig REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS C)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(LIBZIP IMPORTED_TARGET libzip)
find_library(CSV_LIBRARY csv REQUIRED)

add_library(nomen_dependencies INTERFACE)
target_link_libraries(nomen_dependencies INTERFACE
  PkgConfig::JANSSON ${CSV_LIBRARY} OpenMP::OpenMP_C m)
if(LIBZIP_FOUND)
  target_link_libraries(nomen_dependencies INTERFACE PkgConfig::LIBZIP)
  target_compile_definitions(nomen_dependencies INTERFACE NOMEN_HAVE_LIBZIP=1)
else()
  message(STATUS "libzip not found: pytorch_model.bin in zip form can't be read")
  target_compile_definitions(nomen_dependencies INTERFACE NOMEN_HAVE_LIBZIP=0)
endif()
