# `cmake --install build/release --prefix DIR`: the program, both libraries, the public headers, nomen.pc and the package
# for find_package(nomen). Packagers set DESTDIR or the GNUInstallDirs variables as usual.
include(GNUInstallDirs)

install(TARGETS nomen_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(TARGETS nomen_shared EXPORT nomen
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development)
if(TARGET nomen)
  install(TARGETS nomen RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
endif()
if(TARGET nomen_mpi)
  install(TARGETS nomen_mpi LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/nomen COMPONENT runtime)
endif()
install(DIRECTORY include/nomen DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
  FILES_MATCHING PATTERN "*.h")

# What a static link needs besides (libcsv has no .pc file of its own).
set(pc_requires "jansson")
if(LIBZIP_FOUND)
  string(APPEND pc_requires " libzip")
endif()
if(ZLIB_FOUND)
  string(APPEND pc_requires " zlib")
endif()
# The file finds its prefix from its own place, so an installed tree can be moved.
file(RELATIVE_PATH pc_up "/p/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/p")
configure_file(cmake/nomen.pc.in nomen.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/nomen.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

# The same for CMake. As with pkg-config's file, an installed tree can be moved.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/nomen)
configure_package_config_file(cmake/nomen-config.cmake.in nomen-config.cmake INSTALL_DESTINATION ${package_dir})
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatible SameMinorVersion)
else()
  set(compatible SameMajorVersion)
endif()
write_basic_package_version_file(nomen-config-version.cmake COMPATIBILITY ${compatible})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/nomen-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/nomen-config-version.cmake
  DESTINATION ${package_dir} COMPONENT development)
install(EXPORT nomen FILE nomen-targets.cmake NAMESPACE nomen:: DESTINATION ${package_dir} COMPONENT development)
