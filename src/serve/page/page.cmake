# The page: its sources, in the order in which they are joined, become three files that are bytes of the program.
set(page_dir ${CMAKE_CURRENT_LIST_DIR})
function(nomen_embed_page target file)
  string(REPLACE "." "_" symbol nomen_${file})
  list(TRANSFORM ARGN PREPEND ${page_dir}/ OUTPUT_VARIABLE inputs)
  set(joined ${CMAKE_CURRENT_BINARY_DIR}/${file})
  add_custom_command(OUTPUT ${joined}.c
    COMMAND ${CMAKE_COMMAND} "-DINPUTS=${inputs}" -DOUTPUT=${joined} -P ${page_dir}/join.cmake
    COMMAND ${CMAKE_COMMAND} -DINPUT=${joined} -DOUTPUT=${joined}.c -DNAME=${symbol} -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${inputs} ${page_dir}/join.cmake ${PROJECT_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
  target_sources(${target} PRIVATE ${joined}.c)
endfunction()

nomen_embed_page(nomen_serve page.html index.html)
nomen_embed_page(nomen_serve page.css style.css)
nomen_embed_page(nomen_serve page.js text.js api.js document.js view.js edit.js export.js main.js)
