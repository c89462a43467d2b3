// What a file is by its first bytes, whatever its name says: so that a picture called .png that is a JPEG is
// read as one, and what can't be read is refused by its name.
#pragma once

#include <string_view>

namespace ninc {

enum class FileKind {
  unknown,
  npy,         // NumPy's array file
  png,         //
  jpeg,        //
  safetensors, //
  picture,     // of a format that isn't read
  data         // arrays, weights or an archive of them, of a format that isn't read
};

struct FileContent {
  FileKind kind = FileKind::unknown;
  std::string_view name; // "a GIF image", with its article; empty when unknown
};

// Looks at 132 bytes at most; any bytes will do.
FileContent fileContent(std::string_view bytes);

} // namespace ninc
