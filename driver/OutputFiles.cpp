#include "driver/OutputFiles.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <elf.h>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <sys/stat.h>

#include "codegen/library/WeightFile.h"
#include "support/FileContent.h"
#include "support/OutputPlace.h"
#include "support/Producer.h"
#include "support/Utf8.h"

namespace ninc {

namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

constexpr std::size_t beginningBytes = std::size_t{64} << 10;

std::string_view firstLine(std::string_view bytes) {
  return bytes.substr(0, bytes.find('\n'));
}

// In a comment of C, of assembly, of LLVM's or of a model's text.
bool isMadeByNinc(std::string_view text) {
  return "/;#"sv.find(text.substr(0, 1)) != text.npos && firstLine(text).find(madeByNinc) != text.npos;
}

template <class T>
std::optional<T> readAt(std::string_view bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// ELF's type (ET_DYN, ...); ET_NONE for what is no ELF of 64 bits.
int elfType(std::string_view bytes) {
  const auto header = readAt<Elf64_Ehdr>(bytes, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return ET_NONE;
  return header->e_ident[EI_CLASS] == ELFCLASS64 ? header->e_type : ET_NONE;
}

// What asks for an interpreter is a program, which has a library's type too.
bool isSharedLibrary(std::string_view bytes) {
  if (elfType(bytes) != ET_DYN) return false;
  const auto header = *readAt<Elf64_Ehdr>(bytes, 0);
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = readAt<Elf64_Phdr>(bytes, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (!segment || segment->p_type == PT_INTERP) return false;
  }
  return true;
}

bool isArchive(std::string_view bytes) {
  return bytes.starts_with("!<arch>\n");
}
// ELF of 32 bits, WebAssembly, Mach-O of 64 bits, or COFF for x86-64 or aarch64.
bool isObjectOfAnotherSystem(std::string_view bytes) {
  if (const auto header = readAt<Elf32_Ehdr>(bytes, 0);
      header && std::memcmp(header->e_ident, ELFMAG, SELFMAG) == 0)
    return header->e_ident[EI_CLASS] == ELFCLASS32 && header->e_type == ET_REL;
  if (bytes.starts_with("\0asm\1\0\0\0"sv)) return true;
  constexpr std::uint32_t machO = 0xfeedfacf, relocatable = 1;
  if (readAt<std::uint32_t>(bytes, 0) == machO) return readAt<std::uint32_t>(bytes, 12) == relocatable;
  constexpr std::uint16_t coffX86 = 0x8664, coffArm = 0xaa64;
  const auto machine = readAt<std::uint16_t>(bytes, 0), headerBytes = readAt<std::uint16_t>(bytes, 16);
  return (machine == coffX86 || machine == coffArm) && headerBytes == std::uint16_t{0};
}

bool isObject(std::string_view bytes) {
  return elfType(bytes) == ET_REL || isObjectOfAnotherSystem(bytes);
}

bool isWeightFile(std::string_view bytes) {
  return fileContent(bytes).kind == FileKind::safetensors;
}
bool isOwnWeightFile(std::string_view bytes) {
  return isWeightFile(bytes) &&
         bytes.substr(8).starts_with(fmt::format("{{\"__metadata__\":{{\"producer\":\"{}\"", madeByNinc));
}

bool isDrawing(std::string_view bytes) {
  return bytes.starts_with("digraph G {\nlabel=");
}

// "TARGET: PREREQUISITE...", the target without blanks that aren't quoted, and nothing else: so many a text
// begins ("Note: ...") and many a description of data.
bool isMakeRule(std::string_view bytes) {
  const std::string_view line = firstLine(bytes);
  if (line.size() + 1 < bytes.size()) return false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\')
      ++i;
    else if (line[i] == ':' && (i + 1 == line.size() || line[i + 1] == ' '))
      return i > 0;
    else if (static_cast<unsigned char>(line[i]) <= ' ')
      return false;
  }
  return false;
}

bool isArray(std::string_view bytes) {
  return fileContent(bytes).kind == FileKind::npy;
}

// At least half of the lines begin as records do, of whatever version; or there is but a part of the first,
// which a process that was killed left.
bool isDatabase(std::string_view bytes) {
  constexpr std::string_view record = "{\"record\":\"";
  if (bytes.size() < record.size() && record.starts_with(bytes)) return true;
  std::ptrdiff_t records = 0, others = 0;
  while (!bytes.empty()) {
    const std::string_view line = firstLine(bytes);
    if (!line.empty()) ++(line.starts_with(record) ? records : others);
    bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
  }
  return records > 0 && records >= others;
}

bool isReport(std::string_view bytes) {
  return bytes.starts_with("<!DOCTYPE html>") && bytes.find("<title>Tuning of ") != bytes.npos;
}

// As LLVM begins what it prints.
bool isLlvmIr(std::string_view bytes) {
  return bytes.starts_with("; ModuleID = ");
}

// As Halide and LLVM begin it.
bool isDeviceCode(std::string_view bytes) {
  return bytes.starts_with("/*OpenCL C ") || bytes.starts_with("//\n// Generated by LLVM NVPTX Back-End");
}

struct Looks {
  OutputKind kind;
  std::string_view name; // with its article
  bool (*fit)(std::string_view beginning);
};

constexpr std::array looks{Looks{OutputKind::library, "a shared library", isSharedLibrary},
                           Looks{OutputKind::archive, "an archive", isArchive},
                           Looks{OutputKind::object, "an object file", isObject},
                           Looks{OutputKind::header, "a header made by ninc", isMadeByNinc},
                           Looks{OutputKind::llvmIr, "LLVM IR made by ninc", isMadeByNinc},
                           Looks{OutputKind::assembly, "assembly made by ninc", isMadeByNinc},
                           Looks{OutputKind::model, "a model's text made by ninc", isMadeByNinc},
                           Looks{OutputKind::weights, "weights made by ninc", isOwnWeightFile},
                           Looks{OutputKind::packedWeights, "a library's weights", isWeightFile},
                           Looks{OutputKind::drawing, "a drawing made by ninc", isDrawing},
                           Looks{OutputKind::makeRule, "a rule for make", isMakeRule},
                           Looks{OutputKind::array, "a NumPy array", isArray},
                           Looks{OutputKind::database, "a database of tuned schedules", isDatabase},
                           Looks{OutputKind::report, "a page about a tuning", isReport},
                           Looks{OutputKind::hostModule, "LLVM IR", isLlvmIr},
                           Looks{OutputKind::deviceCode, "code for a device", isDeviceCode}};

const Looks &looksOf(OutputKind kind) {
  return *std::ranges::find(looks, kind, &Looks::kind);
}

bool isText(std::string_view bytes) {
  for (std::size_t length = 0; !bytes.empty(); bytes.remove_prefix(length)) {
    length = utf8Length(bytes);
    if (length == 0) return bytes.size() < 4 && bytes.front() != '\0'; // a character that was cut off
    const char c = bytes.front();
    if (c == '\x7f' || (c >= '\0' && c < ' ' && "\t\n\v\f\r"sv.find(c) == std::string_view::npos))
      return false;
  }
  return true;
}

// What stands there, for people.
std::string_view nameOf(std::string_view bytes) {
  if (bytes.starts_with("model ") || bytes.find("\nmodel ") != bytes.npos) return "a model's text";
  if (isWeightFile(bytes)) return "a weight file";
  if (bytes.starts_with("{\"runner\":")) return "results of a bundle, which --merge adds to a database";
  if (const std::string_view known = fileContent(bytes).name; !known.empty()) return known;
  for (const Looks &one : looks)
    if (one.fit(bytes) && one.fit != isMadeByNinc && one.fit != isMakeRule) return one.name;
  if (bytes.starts_with(ELFMAG)) return "a program";
  return isText(bytes) ? "another text" : "something else";
}

// The beginning of a plain file.
Result<std::string> beginningOf(const fs::path &path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE *)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  std::string bytes(beginningBytes, '\0');
  if (file) bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
  if (file && std::ferror(file.get()) == 0) return bytes;
  return fail(fmt::format("'{}' can't be read, so what stands there isn't overwritten", path.string()));
}

Result<void> checkPlace(const OutputFile &output) {
  // A database grows where it stands; its folder is made.
  std::error_code error;
  const bool grows = output.kind == OutputKind::database;
  if (grows && output.path.has_parent_path() && !fs::exists(output.path.parent_path(), error)) return {};
  const Result<OutputPlace> place = grows ? outputPlace(output.path) : writablePlace(output.path);
  if (!place) return tl::unexpected(place.error());
  if (place->kind != OutputPlace::Kind::file) return {};
  const Result<std::string> beginning = beginningOf(place->target);
  if (!beginning) return tl::unexpected(beginning.error());
  if (beginning->empty() || looksLike(output.kind, *beginning)) return {};
  return fail(fmt::format("{} would overwrite '{}', which isn't {} but {}: delete it, or choose another name",
                          output.role, output.path.string(), looksOf(output.kind).name, nameOf(*beginning)));
}

// One plain file under two names, whether it is there already or would be made. What goes to a stream
// overwrites nothing, unless it is a plain file that somebody has open.
bool isSameFile(const fs::path &a, const fs::path &b) {
  struct stat atA {
  }, atB{};
  const bool isA = ::stat(a.c_str(), &atA) == 0, isB = ::stat(b.c_str(), &atB) == 0;
  if (isA && isB) return S_ISREG(atA.st_mode) && atA.st_dev == atB.st_dev && atA.st_ino == atB.st_ino;
  if (isA || isB) return false;
  const Result<OutputPlace> placeA = outputPlace(a), placeB = outputPlace(b);
  return placeA && placeB && placeA->target == placeB->target;
}

Result<void> checkDistinct(std::span<const OutputFile> outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (isSameFile(outputs[i].path, outputs[k].path))
        return tl::unexpected(
            Error{ErrorKind::usage,
                  fmt::format("{} '{}' and {} '{}' would be one file; choose another name", outputs[k].role,
                              outputs[k].path.string(), outputs[i].role, outputs[i].path.string())});
  return {};
}

Result<void> checkInputsSurvive(std::span<const OutputFile> outputs, std::span<const InputFile> inputs) {
  for (const OutputFile &output : outputs)
    for (const InputFile &input : inputs)
      if (isSameFile(output.path, input.path))
        return tl::unexpected(Error{
            ErrorKind::usage, fmt::format("{} '{}' would overwrite {} '{}'; choose another name", output.role,
                                          output.path.string(), input.role, input.path.string())});
  return {};
}

} // namespace

bool looksLike(OutputKind kind, std::string_view beginning) {
  return looksOf(kind).fit(beginning);
}

Result<void> checkOutputs(std::span<const OutputFile> outputs, std::span<const InputFile> inputs) {
  if (auto distinct = checkDistinct(outputs); !distinct) return distinct;
  if (auto survive = checkInputsSurvive(outputs, inputs); !survive) return survive;
  for (const OutputFile &output : outputs)
    if (auto fits = checkPlace(output); !fits) return fits;
  return {};
}

} // namespace ninc
