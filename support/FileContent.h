// What a file is by its first bytes, whatever its name says: so that a picture called .png that is a JPEG is
// read as one, and what can't be read is refused by its name.
#pragma once

#include <string>
#include <string_view>

namespace ninc {

enum class FileKind {
  unknown,
  npy,         // NumPy's array file
  png,         //
  jpeg,        //
  safetensors, //
  picture,     // of a format that isn't read
  data // arrays, weights, an archive of them or what stands in their place, of a format that isn't read
};

struct FileContent {
  FileKind kind = FileKind::unknown;
  std::string_view name; // "a GIF image", with its article; empty when unknown
};

// Looks at 132 bytes at most; any bytes will do.
FileContent fileContent(std::string_view bytes);

// " but a GIF image": the end of "it is no model" where the bytes are known to be something else; or nothing.
std::string butWhatItIs(std::string_view bytes);

} // namespace ninc
