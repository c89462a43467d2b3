// What may be replaced by what.
#include "tools/OutputFiles.h"

#include <elf.h>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>

namespace ninc {
namespace {

std::string elf(std::uint16_t type, std::uint32_t segment = PT_LOAD) {
  Elf64_Ehdr header{};
  for (int i = 0; i < SELFMAG; ++i)
    header.e_ident[i] = static_cast<unsigned char>(ELFMAG[i]);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_type = type;
  header.e_phoff = sizeof header;
  header.e_phnum = 1;
  Elf64_Phdr program{};
  program.p_type = segment;
  return std::string(reinterpret_cast<const char *>(&header), sizeof header) +
         std::string(reinterpret_cast<const char *>(&program), sizeof program);
}

std::string safetensors(const std::string &header) {
  std::string length(8, '\0');
  length[0] = static_cast<char>(header.size());
  return length + header;
}

using enum OutputKind;

struct Case {
  const char *what;
  std::string beginning;
  std::set<OutputKind> replacedBy;
};

TEST(OutputFiles, ReplaceOnlyWhatTheyLookLike) {
  const Case cases[] = {
      {"a library", elf(ET_DYN), {library}},
      {"a program of fixed address", elf(ET_EXEC), {}},
      {"a program", elf(ET_DYN, PT_INTERP), {}},
      {"an object", elf(ET_REL), {object}},
      {"a cut library", elf(ET_DYN).substr(0, 40), {}},
      {"an archive", "!<arch>\n//", {archive}},
      {"ninc's header",
       "/* m: a neural network as a C library, made by ninc 0.1.0 for x86-64-v4.",
       {header, llvmIr, assembly, model}},
      {"somebody's header", "#pragma once\n// not made by ninc\n", {}},
      {"somebody's model", "model m\nx = input f32[1, 1, 1]\noutput x\n", {}},
      {"somebody's assembly", "\t.text\n\t.file\t\"x.c\"\n", {}},
      {"trained weights", safetensors(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})"), {}},
      {"weights of PyTorch", safetensors(R"({"__metadata__":{"format":"pt"},"w":{"dtype":"F32"}})"), {}},
      {"ninc's weights", safetensors(R"({"__metadata__":{"producer":"made by ninc"},"w":{}})"), {weights}},
      {"ninc's drawing", "digraph G {\nlabel=\"m\"\n", {drawing}},
      {"a drawing", "digraph G {\n  a -> b\n", {}},
      {"a rule", "build/m.so: m.nin w\\ 1.safetensors\n", {makeRule}},
      {"a rule with a blank in its target", "my\\ model.so: m.nin\n", {makeRule}},
      {"YAML that could be a rule", "host: example.com\nport: 80\n", {}},
      {"a text", "Note: buy milk\nand eggs\n", {}},
      {"rules of somebody's", "all: m.so\n\tcp m.so /usr/lib\n", {}},
      {"D", "import std.stdio: writeln;\n", {}},
      {"YAML", "a b: c\n", {}},
      {"an array", "\x93NUMPY\x01", {array}},
      {"a database", "{\"record\":\"verdict\",\"version\":1", {database}},
      {"a database of a later version", "{\"record\":\"wonder\",\"version\":9", {database}},
      {"a database with bad lines", "rubbish\n\n{\"record\":\"verdict\"\n", {database}},
      {"a text with a record", "# notes\nas it was:\n{\"record\":\"verdict\"\n", {}},
      {"a database's first line, cut", "{\"rec", {database}},
      {"somebody's lines of JSON", "{\"text\":\"record\"}\n{\"records\":1}\n", {}},
      {"a report", "<!DOCTYPE html>\n<html lang=\"en\">\n<title>Tuning of m</title>", {report}},
      {"a page", "<!DOCTYPE html>\n<title>Home</title>", {}},
      {"a picture", "\x89PNG\r\n\x1a\n", {}},
      {"blanks", "  \n", {}},
  };
  const OutputKind kinds[] = {library, archive, object,   header, llvmIr,   assembly, model,
                              weights, drawing, makeRule, array,  database, report};
  for (const Case &one : cases)
    for (const OutputKind kind : kinds)
      EXPECT_EQ(looksLike(kind, one.beginning), one.replacedBy.contains(kind))
          << one.what << ", kind " << static_cast<int>(kind);
}

} // namespace
} // namespace ninc
