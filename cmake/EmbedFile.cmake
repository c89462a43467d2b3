# cmake -DINPUT=file -DOUTPUT=file.c -DSYMBOL=name -P EmbedFile.cmake: a file's bytes as a C array,
# `const unsigned char name[]` and `const size_t name_bytes`. An INPUT that is empty gives no bytes.
if(INPUT)
  file(READ ${INPUT} HEX_BYTES HEX)
endif()
string(LENGTH "${HEX_BYTES}" HEX_LENGTH)
math(EXPR BYTES "${HEX_LENGTH} / 2")
if(BYTES EQUAL 0)
  set(HEX_BYTES 00) # an array of no elements is not C
endif()
string(REGEX REPLACE "(................................)" "\\1\n" HEX_BYTES "${HEX_BYTES}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," HEX_BYTES "${HEX_BYTES}")
file(WRITE ${OUTPUT}
  "#include <stddef.h>\nconst unsigned char ${SYMBOL}[] = {\n${HEX_BYTES}};\nconst size_t ${SYMBOL}_bytes = ${BYTES};\n")
