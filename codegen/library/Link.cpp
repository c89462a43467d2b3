// A shared library is linked like this:
//
//   ld.lld -shared --version-script={exports; local: *} --gc-sections -Bsymbolic -z relro -z now -z
//   noexecstack
//
// without any library on the command line. So it has no NEEDED entry, and the few functions of libc that it
// calls are found in whatever process loads it; an undefined symbol outside that short list would only be
// found out at load time, so it is an error here. An object is linked with -r, and then all its symbols but
// the exports are made local.
#include "codegen/library/Link.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <lld/Common/Driver.h>
#include <llvm/BinaryFormat/Magic.h>
#include <llvm/ObjCopy/CommonConfig.h>
#include <llvm/ObjCopy/ELF/ELFConfig.h>
#include <llvm/ObjCopy/ELF/ELFObjcopy.h>
#include <llvm/Object/ArchiveWriter.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Support/CrashRecoveryContext.h>
#include <llvm/Support/MemoryBuffer.h>

#include "codegen/kernel/MadeApart.h"
#include "support/Files.h"
#include "support/Seal.h"
#include "support/Shortage.h"
#include "support/TemporaryFiles.h"
#include "support/TerminationDeferred.h"

LLD_HAS_DRIVER(elf)

namespace ninc {

namespace {

// What kernels and runtime may take from the process: runtime/cpu/runtime.h says who calls what.
constexpr std::array<std::string_view, 15> allowedUndefined = {
    "clock_gettime", "free",   "getauxval", "getenv",         "malloc",       "memcpy",
    "memmove",       "memset", "memcmp",    "pthread_create", "pthread_join", "pthread_sigmask",
    "sigfillset",    "strcmp", "syscall"};

// What opening a driver takes beside that (runtime/device/device.h). The last one is the linker's own.
constexpr std::array<std::string_view, 13> allowedWithDevices = {"calloc",
                                                                 "close",
                                                                 "dlclose",
                                                                 "dlerror",
                                                                 "dlopen",
                                                                 "dlsym",
                                                                 "flock",
                                                                 "nanosleep",
                                                                 "open",
                                                                 "snprintf",
                                                                 "vsnprintf",
                                                                 "__errno_location",
                                                                 "_GLOBAL_OFFSET_TABLE_"};

// What mapping a file of weights takes (runtime/cpu/weights.c).
constexpr std::array<std::string_view, 5> allowedWithWeightFile = {"close", "lseek", "mmap", "munmap",
                                                                   "open"};

std::string messageOf(llvm::Error error) {
  return llvm::toString(std::move(error));
}

// While it lives, lld's fatal errors end the link and not the process: lld leaves through LLVM's crash
// recovery, which works by signal handlers and is therefore on only as long as it must be.
struct CrashRecovery {
  CrashRecovery() { llvm::CrashRecoveryContext::Enable(); }
  ~CrashRecovery() { llvm::CrashRecoveryContext::Disable(); }
  CrashRecovery(const CrashRecovery &) = delete;
  CrashRecovery &operator=(const CrashRecovery &) = delete;
};

// lld's words for what it can't write or read, or has no room for.
bool speaksOfSurroundings(const std::string &messages) {
  return std::ranges::any_of(std::array{"failed to write", "cannot open", "Cannot allocate memory",
                                        "Too many open files", "No space left", "File too large"},
                             [&](const char *words) { return messages.find(words) != std::string::npos; });
}

// In the child. lld keeps its state in globals, and after some errors it can't run a second time.
Result<void> runLinker(const std::vector<std::string> &arguments) {
  std::vector<const char *> pointers;
  for (const std::string &argument : arguments)
    pointers.push_back(argument.c_str());
  std::string messages;
  llvm::raw_string_ostream stream(messages);
  const CrashRecovery recovery;
  const lld::Result result = lld::lldMain(pointers, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode == 0) return {};
  // A signal that LLVM's crash recovery has caught: the parent finds out why.
  if (!result.canRunAgain && messages.empty()) std::abort();
  if (speaksOfSurroundings(messages))
    return fail("linking failed: " + messages.substr(0, messages.find('\n')));
  return failInternal("linking failed:\n" + messages);
}

// The files of one link, in a folder that goes with the object.
class LinkFiles {
public:
  // In `parent`, or in the system's place for temporary files.
  static Result<LinkFiles> create(std::span<const LinkInput> objects, const char *parent) {
    auto folder =
        parent ? TemporaryDirectory::createIn(parent, "ninc-link") : TemporaryDirectory::create("ninc-link");
    if (!folder) return tl::unexpected(folder.error());
    LinkFiles files(std::move(*folder));
    for (const LinkInput &object : objects) {
      auto path = files.write(object.name, object.bytes);
      if (!path) return tl::unexpected(path.error());
      files.objects.push_back(*path);
    }
    return files;
  }

  Result<std::string> write(const std::string &name, std::string_view bytes) const {
    const std::string file = path(name);
    if (auto written = writeAtomically(file, bytes); !written) return tl::unexpected(written.error());
    return file;
  }
  std::string path(const std::string &name) const { return (folder_.path() / name).string(); }

  std::vector<std::string> objects;

private:
  explicit LinkFiles(TemporaryDirectory folder) : folder_(std::move(folder)) {}
  TemporaryDirectory folder_;
};

// Links where temporary files belong or, if nothing can be written there, in memory (Linux has that folder on
// a tmpfs). `link` is called with the parent of its folder, as LinkFiles::create takes it.
template <class Link>
Result<std::string> linkWhereThereIsRoom(const Link &link) {
  const TerminationDeferred untilFilesAreGone;
  Result<std::string> linked = link(nullptr);
  if (linked || linked.error().kind != ErrorKind::badInput) return linked;
  std::error_code error;
  const char *named = std::getenv("TMPDIR");
  if (named && *named && !std::filesystem::is_directory(named, error)) return linked; // misspelt, most likely
  Result<std::string> again = link("/dev/shm");
  if (again) return again;
  const std::string &words = linked.error().message;
  if (const std::string limit = limitOn(EFBIG); !limit.empty()) // in every folder
    return fail(words.find(limit) != std::string::npos ? words : fmt::format("{}; {}", words, limit));
  return fail(words + "; set TMPDIR to a folder with room for what is linked");
}

std::string emulation(Arch arch) {
  if (arch == Arch::riscv64) return "elf64lriscv";
  return arch == Arch::x86_64 ? "elf_x86_64" : "aarch64linux";
}

Result<std::unique_ptr<llvm::object::ELFObjectFileBase>> openElf(std::string_view bytes) {
  auto file = llvm::object::ObjectFile::createELFObjectFile({{bytes.data(), bytes.size()}, "library"});
  if (!file) return failInternal("the linker's output can't be read: " + messageOf(file.takeError()));
  return std::unique_ptr<llvm::object::ELFObjectFileBase>(
      llvm::cast<llvm::object::ELFObjectFileBase>(file->release()));
}

template <class Symbols>
Result<void> checkUndefined(Symbols symbols, Imports imports) {
  std::vector<std::string> strangers;
  for (const llvm::object::ELFSymbolRef symbol : symbols) {
    auto flags = symbol.getFlags();
    if (!flags) return failInternal(messageOf(flags.takeError()));
    if (!(*flags & llvm::object::SymbolRef::SF_Undefined)) continue;
    auto name = symbol.getName();
    if (!name) return failInternal(messageOf(name.takeError()));
    const std::string_view text(name->data(), name->size());
    if (text.empty() || std::ranges::count(allowedUndefined, text)) continue;
    if (imports.device && std::ranges::count(allowedWithDevices, text)) continue;
    if (imports.weightFile && std::ranges::count(allowedWithWeightFile, text)) continue;
    strangers.emplace_back(text);
  }
  if (strangers.empty()) return {};
  std::ranges::sort(strangers);
  return failInternal(fmt::format("the library would need symbols that no process can be trusted to have: {}",
                                  fmt::join(strangers, ", ")));
}

Result<std::string> localise(std::string_view object, const std::vector<std::string> &exports) {
  auto elf = openElf(object);
  if (!elf) return tl::unexpected(elf.error());
  llvm::objcopy::CommonConfig config;
  llvm::objcopy::ELFConfig elfConfig;
  config.StripUnneeded = true;
  for (const std::string &name : exports) {
    auto pattern = llvm::objcopy::NameOrPattern::create(name, llvm::objcopy::MatchStyle::Literal,
                                                        [](llvm::Error error) { return error; });
    if (!pattern) return failInternal(messageOf(pattern.takeError()));
    if (auto error = config.SymbolsToKeepGlobal.addMatcher(std::move(pattern)))
      return failInternal(messageOf(std::move(error)));
  }
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  if (auto error = llvm::objcopy::elf::executeObjcopyOnBinary(config, elfConfig, **elf, stream))
    return failInternal("symbols can't be made local: " + messageOf(std::move(error)));
  return std::string(bytes.data(), bytes.size());
}

// In the child: links, and takes a look at what came of it.
Result<std::string> linkAndCheck(const std::vector<std::string> &arguments, const std::string &output,
                                 Imports imports) {
  if (auto linked = runLinker(arguments); !linked) return tl::unexpected(linked.error());
  auto bytes = readFile(output);
  if (!bytes) return bytes;
  auto elf = openElf(*bytes);
  if (!elf) return tl::unexpected(elf.error());
  if (auto checked = checkUndefined((*elf)->getDynamicSymbolIterators(), imports); !checked)
    return tl::unexpected(checked.error());
  return bytes;
}

Result<std::string> linkAndLocalise(const std::vector<std::string> &arguments, const std::string &output,
                                    const std::vector<std::string> &exports, Imports imports) {
  if (auto linked = runLinker(arguments); !linked) return tl::unexpected(linked.error());
  auto bytes = readFile(output);
  if (!bytes) return bytes;
  auto local = localise(*bytes, exports);
  if (!local) return local;
  auto elf = openElf(*local);
  if (!elf) return tl::unexpected(elf.error());
  if (auto checked = checkUndefined((*elf)->symbols(), imports); !checked)
    return tl::unexpected(checked.error());
  return local;
}

Result<std::string> linkSharedLibraryIn(const char *parent, std::span<const LinkInput> objects,
                                        const std::vector<std::string> &exports, Arch arch, Imports imports,
                                        const std::string &soname) {
  auto files = LinkFiles::create(objects, parent);
  if (!files) return tl::unexpected(files.error());
  auto script =
      files->write("exports.map", fmt::format("{{ global: {}; local: *; }};\n", fmt::join(exports, "; ")));
  if (!script) return tl::unexpected(script.error());
  const std::string output = files->path("library.so");
  std::vector<std::string> arguments = {"ld.lld",
                                        "-shared",
                                        "-m",
                                        emulation(arch),
                                        "--version-script=" + *script,
                                        "--gc-sections",
                                        "-Bsymbolic",
                                        "-z",
                                        "relro",
                                        "-z",
                                        "now",
                                        "-z",
                                        "noexecstack",
                                        "-z",
                                        "undefs",
                                        "--hash-style=gnu",
                                        "--build-id=fast",
                                        "--strip-debug",
                                        "--discard-all",
                                        "--threads=1",
                                        "-o",
                                        output};
  if (!soname.empty()) arguments.insert(arguments.end(), {"-soname", soname});
  arguments.insert(arguments.end(), files->objects.begin(), files->objects.end());
  auto bytes = madeApart("linking", [&] { return linkAndCheck(arguments, output, imports); });
  if (!bytes) return bytes;
  return sealed(std::move(*bytes));
}

Result<std::string> linkObjectIn(const char *parent, std::span<const LinkInput> objects,
                                 const std::vector<std::string> &exports, Arch arch, Imports imports) {
  auto files = LinkFiles::create(objects, parent);
  if (!files) return tl::unexpected(files.error());
  const std::string output = files->path("model.o");
  std::vector<std::string> arguments = {"ld.lld", "-r", "-m", emulation(arch), "--threads=1", "-o", output};
  arguments.insert(arguments.end(), files->objects.begin(), files->objects.end());
  return madeApart("linking", [&] { return linkAndLocalise(arguments, output, exports, imports); });
}

} // namespace

Result<std::string> linkSharedLibrary(std::span<const LinkInput> objects,
                                      const std::vector<std::string> &exports, Arch arch, Imports imports,
                                      const std::string &soname) {
  return linkWhereThereIsRoom([&](const char *parent) {
    return linkSharedLibraryIn(parent, objects, exports, arch, imports, soname);
  });
}

Result<std::string> linkObject(std::span<const LinkInput> objects, const std::vector<std::string> &exports,
                               Arch arch, Imports imports) {
  return linkWhereThereIsRoom(
      [&](const char *parent) { return linkObjectIn(parent, objects, exports, arch, imports); });
}

namespace {

// As the platform's own linkers read them.
llvm::object::Archive::Kind archiveKind(std::string_view object) {
  switch (llvm::identify_magic({object.data(), object.size()})) {
  case llvm::file_magic::macho_object:
    return llvm::object::Archive::K_DARWIN;
  case llvm::file_magic::coff_object:
    return llvm::object::Archive::K_COFF;
  default:
    return llvm::object::Archive::K_GNU;
  }
}

} // namespace

Result<std::string> makeArchive(const LinkInput &object) {
  llvm::NewArchiveMember member(
      llvm::MemoryBufferRef({object.bytes.data(), object.bytes.size()}, object.name));
  auto archive =
      llvm::writeArchiveToBuffer({std::move(member)}, llvm::SymtabWritingMode::NormalSymtab,
                                 archiveKind(object.bytes), /*Deterministic=*/true, /*Thin=*/false);
  if (!archive) return failInternal("the archive can't be made: " + messageOf(archive.takeError()));
  return (*archive)->getBuffer().str();
}

} // namespace ninc
