#include "support/FileContent.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace ninc {

namespace {

using namespace std::string_view_literals;

struct Signature {
  std::size_t at; // bytes from the file's start
  std::string_view bytes;
  FileContent content;
};

constexpr FileContent tiff{FileKind::picture, "a TIFF image"}, heic{FileKind::picture, "an HEIC image"},
    avif{FileKind::picture, "an AVIF image"}, jpegXl{FileKind::picture, "a JPEG XL image"},
    jpeg2000{FileKind::picture, "a JPEG 2000 image"},
    page{FileKind::data, "a web page, as servers send instead of a file"};

// The first that fits counts: longer ones stand before what they begin with.
constexpr std::array signatures{
    // Behind its header's length, which is below 2^32 and may look like anything.
    Signature{4, "\0\0\0\0{\""sv, {FileKind::safetensors, "a safetensors file"}},
    Signature{0, "\x93NUMPY"sv, {FileKind::npy, "a NumPy array"}},
    Signature{0, "\x89PNG\r\n\x1a\n"sv, {FileKind::png, "a PNG image"}},
    Signature{0, "\xff\xd8\xff\xf7"sv, {FileKind::picture, "a JPEG-LS image"}},
    Signature{0, "\xff\xd8\xff"sv, {FileKind::jpeg, "a JPEG image"}},
    Signature{0, "GIF8"sv, {FileKind::picture, "a GIF image"}},
    Signature{8, "WEBP"sv, {FileKind::picture, "a WebP image"}},
    Signature{0, "II*\0"sv, tiff},
    Signature{0, "MM\0*"sv, tiff},
    Signature{0, "II+\0"sv, tiff},
    Signature{0, "MM\0+"sv, tiff},
    Signature{4, "ftyphe"sv, heic},
    Signature{4, "ftypmif1"sv, heic},
    Signature{4, "ftypmsf1"sv, heic},
    Signature{4, "ftypavi"sv, avif},
    Signature{4, "ftyp"sv, {FileKind::picture, "a video"}},
    Signature{0, "\xff\x0a"sv, jpegXl},
    Signature{0, "\0\0\0\x0cJXL \r\n\x87\n"sv, jpegXl},
    Signature{0, "\0\0\0\x0cjP  \r\n\x87\n"sv, jpeg2000},
    Signature{0, "\xff\x4f\xff\x51"sv, jpeg2000},
    Signature{0, "\x8bJNG\r\n\x1a\n"sv, {FileKind::picture, "a JNG image"}},
    Signature{0, "\x8aMNG\r\n\x1a\n"sv, {FileKind::picture, "an MNG image"}},
    Signature{0, "8BPS"sv, {FileKind::picture, "a Photoshop image"}},
    Signature{0, "qoif"sv, {FileKind::picture, "a QOI image"}},
    Signature{0, "\x76\x2f\x31\x01"sv, {FileKind::picture, "an OpenEXR image"}},
    Signature{0, "#?RADIANCE"sv, {FileKind::picture, "a Radiance image"}},
    Signature{0, "DDS "sv, {FileKind::picture, "a DDS image"}},
    Signature{0, "\0\0\1\0"sv, {FileKind::picture, "an icon"}},
    Signature{0, "<svg"sv, {FileKind::picture, "an SVG drawing"}},
    Signature{0, "<?xml"sv, {FileKind::picture, "an XML text, such as an SVG drawing"}},
    Signature{0, "%PDF"sv, {FileKind::picture, "a PDF document"}},
    Signature{128, "DICM"sv, {FileKind::picture, "a DICOM image"}},
    Signature{0, "SIMPLE  ="sv, {FileKind::picture, "a FITS image"}},
    Signature{0, "\x89HDF\r\n\x1a\n"sv, {FileKind::data, "an HDF5 file"}},
    Signature{0, "PK\3\4"sv, {FileKind::data, "a zip archive, as .npz and PyTorch's .pt are"}},
    Signature{0, "\x1f\x8b"sv, {FileKind::data, "a gzip archive"}},
    Signature{0, "\x80\2"sv, {FileKind::data, "a Python pickle, as older .pt files are"}},
    Signature{0, "\x80\3"sv, {FileKind::data, "a Python pickle"}},
    Signature{0, "\x80\4"sv, {FileKind::data, "a Python pickle"}},
    Signature{0, "\x80\5"sv, {FileKind::data, "a Python pickle"}},
    Signature{0, "GGUF"sv, {FileKind::data, "a GGUF file"}},
    Signature{0,
              "version https://git-lfs.github.com/spec/"sv,
              {FileKind::data, "a pointer that Git LFS leaves in place of the file until `git lfs pull`"}},
    Signature{0, "<!DOCTYPE html"sv, page},
    Signature{0, "<!doctype html"sv, page},
    Signature{0, "<html"sv, page},
    Signature{0, "MATLAB 5.0"sv, {FileKind::data, "a MATLAB file"}},
    Signature{0, "BM"sv, {FileKind::picture, "a BMP image"}},
};

// P1 to P7 and the floats of PFM, each with a blank behind it.
bool isNetpbm(std::string_view bytes) {
  constexpr std::string_view letters = "1234567fF", blanks = " \t\n\r";
  return bytes.size() > 2 && bytes[0] == 'P' && letters.find(bytes[1]) != letters.npos &&
         blanks.find(bytes[2]) != blanks.npos;
}

} // namespace

FileContent fileContent(std::string_view bytes) {
  auto fits = [&](const Signature &signature) {
    return bytes.size() >= signature.at && bytes.substr(signature.at).starts_with(signature.bytes);
  };
  const auto *found = std::ranges::find_if(signatures, fits);
  if (found != signatures.end()) return found->content;
  if (isNetpbm(bytes)) return {FileKind::picture, "a Netpbm image"};
  return {};
}

std::string butWhatItIs(std::string_view bytes) {
  const std::string_view name = fileContent(bytes).name;
  return name.empty() ? std::string() : " but " + std::string(name);
}

} // namespace ninc
