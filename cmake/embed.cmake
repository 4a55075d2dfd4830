# Makes a C file with the bytes of a file: cmake -DINPUT=FILE -DOUTPUT=FILE.c -DNAME=SYMBOL -P embed.cmake
# It defines `const unsigned char SYMBOL[]`, `const size_t SYMBOL_size`, and `const char SYMBOL_etag[]`, an ETag of HTTP.
file(READ "${INPUT}" bytes HEX)
file(SHA256 "${INPUT}" hash)
string(SUBSTRING "${hash}" 0 16 etag)
string(LENGTH "${bytes}" n)
math(EXPR n "${n} / 2")
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE "${OUTPUT}" "#include <stddef.h>\n"
  "extern const unsigned char ${NAME}[];\nextern const size_t ${NAME}_size;\nextern const char ${NAME}_etag[];\n"
  "const size_t ${NAME}_size = ${n};\nconst char ${NAME}_etag[] = \"\\\"${etag}\\\"\";\n"
  "const unsigned char ${NAME}[] = {\n${bytes}\n0};\n")
