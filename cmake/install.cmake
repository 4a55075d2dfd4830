# `cmake --install build/release --prefix DIR`: the program, both libraries, the public headers and
# nomen.pc. Packagers set DESTDIR or the GNUInstallDirs variables as usual.
include(GNUInstallDirs)

install(TARGETS nomen_static nomen_shared
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development)
if(TARGET nomen)
  install(TARGETS nomen RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
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
