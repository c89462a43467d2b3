#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <iterator>
#include <png.h>
#include <span>

#include "support/ImageFiles.h"

namespace ninc {

namespace {

// libpng's first complaint, of whatever weight.
struct Complaint {
  char message[160] = "";

  void keep(const char *text) {
    if (message[0] == '\0') std::snprintf(message, sizeof message, "%s", text);
  }
};

[[noreturn]] void giveUp(png_structp png, png_const_charp message) {
  static_cast<Complaint *>(png_get_error_ptr(png))->keep(message);
  png_longjmp(png, 1);
}

void hear(png_structp png, png_const_charp message) {
  static_cast<Complaint *>(png_get_error_ptr(png))->keep(message);
}

void takeBytes(png_structp png, png_bytep to, std::size_t size) {
  auto *rest = static_cast<std::string_view *>(png_get_io_ptr(png));
  if (rest->size() < size) png_error(png, "it is cut off");
  std::memcpy(to, rest->data(), size);
  rest->remove_prefix(size);
}

// False if libpng gave up. `work` calls it and holds nothing that needs a destructor.
template <class Work>
bool guarded(png_structp png, Work work) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  work();
  return true;
}

// ImageMagick's older way to keep EXIF in a text: "\nexif\n      98\n45786966..." in hexadecimal digits.
std::optional<Orientation> orientationOfRawProfile(std::string_view text) {
  for (int line = 0; line < 3; ++line) {
    std::size_t end = text.find('\n');
    if (end == text.npos) return {};
    text.remove_prefix(end + 1);
  }
  std::string bytes;
  int high = -1;
  for (char digit : text) {
    const char *digits = "0123456789abcdef";
    const char *found = digit == '\0' ? nullptr : std::strchr(digits, digit);
    if (!found) continue;
    auto value = static_cast<int>(found - digits);
    if (high >= 0) bytes += static_cast<char>(high << 4 | value);
    high = high >= 0 ? -1 : value;
  }
  using namespace std::string_view_literals;
  if (bytes.starts_with("Exif\0\0"sv)) bytes.erase(0, 6);
  return orientationOfExif(bytes);
}

class Reader {
public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &complaint_, giveUp, hear);
    if (png_) info_ = png_create_info_struct(png_);
  }
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reader(const Reader &) = delete;
  Reader &operator=(const Reader &) = delete;

  bool isThere() const { return png_ && info_; }

  bool readHeader() {
    return guarded(png_, [&] {
      png_set_read_fn(png_, &rest_, takeBytes);
      png_set_crc_action(png_, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
      png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX); // the pixels are counted by checkExtents
      // No chunk is longer than the file that it is in; what one is unpacked to has a limit too. Of a longer
      // one libpng would warn, and then take memory for it all the same.
      constexpr std::size_t unpacked = std::size_t{8} << 20;
      png_set_chunk_malloc_max(png_, rest_.size() + unpacked);
      png_set_benign_errors(png_, 0);
      // Of what isn't the picture itself only this; the rest has its checksum tested, but may say what it
      // likes.
      png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
      constexpr png_byte read[] = "sBIT\0eXIf\0tEXt\0zTXt\0iTXt";
      png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_AS_DEFAULT, read, sizeof read / 5);
      png_read_info(png_, info_);
    });
  }

  // From now on 1 or 3 channels of 8 or 16 bits, without alpha; colours of a palette as their numbers in it,
  // since libpng lets numbers beyond its end pass.
  bool setForm() {
    return guarded(png_, [&] {
      if (hasPalette())
        png_set_packing(png_);
      else if (png_get_bit_depth(png_, info_) < 8)
        png_set_expand_gray_1_2_4_to_8(png_);
      png_set_strip_alpha(png_);
      if (png_get_bit_depth(png_, info_) == 16) png_set_swap(png_); // files are big-endian
      png_set_interlace_handling(png_);
      png_read_update_info(png_, info_);
    });
  }

  bool readRows(png_bytepp rows) {
    return guarded(png_, [&] {
      png_read_image(png_, rows);
      png_read_end(png_, info_); // metadata may stand behind the picture
    });
  }

  std::int64_t width() const { return png_get_image_width(png_, info_); }
  std::int64_t height() const { return png_get_image_height(png_, info_); }
  int channels() const { return png_get_channels(png_, info_); }
  bool hasSixteenBits() const { return png_get_bit_depth(png_, info_) == 16; }
  std::size_t rowSize() const { return png_get_rowbytes(png_, info_); } // bytes

  bool hasPalette() const { return png_get_color_type(png_, info_) == PNG_COLOR_TYPE_PALETTE; }
  std::span<const png_color> palette() {
    png_colorp colours = nullptr;
    int count = 0;
    png_get_PLTE(png_, info_, &colours, &count);
    return {colours, static_cast<std::size_t>(count)};
  }

  // Whether the file says itself that its samples use all 16 bits.
  bool saysSixteenBits() {
    png_color_8p bits = nullptr;
    if (png_get_sBIT(png_, info_, &bits) == 0) return false;
    return channels() == 1 ? bits->gray == 16 : std::max({bits->red, bits->green, bits->blue}) == 16;
  }

  Orientation orientation() {
    std::optional<Orientation> exif, xmp;
    png_uint_32 size = 0;
    png_bytep block = nullptr;
    if (png_get_eXIf_1(png_, info_, &size, &block) != 0)
      exif = orientationOfExif({reinterpret_cast<const char *>(block), size});
    png_textp texts = nullptr;
    int count = 0;
    png_get_text(png_, info_, &texts, &count);
    for (const png_text *text = texts; text != texts + count; ++text) {
      std::string_view key(text->key);
      // The length of an international text stands in another field.
      std::string_view value(text->text ? text->text : "",
                             text->compression > 0 ? text->itxt_length : text->text_length);
      if (!exif && (key == "Raw profile type exif" || key == "Raw profile type APP1"))
        exif = orientationOfRawProfile(value);
      if (!xmp && key == "XML:com.adobe.xmp") xmp = orientationOfXmp(value);
    }
    return exif.value_or(xmp.value_or(upright));
  }

  bool hasComplaint() const { return complaint_.message[0] != '\0'; }
  tl::unexpected<Error> failed() const {
    return fail(fmt::format("the image is damaged ({})", complaint_.message));
  }

private:
  Complaint complaint_;
  std::string_view rest_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

// Samples of 10, 12 or 14 bits are often stored in 16 as they are, though the format wants them spread over
// the whole range. Such a picture would be read as nearly black, and from its numbers alone nobody can tell
// it from a picture that is. Samples with an empty or a repeated low byte were spread.
Result<void> checkRange(const std::vector<std::uint16_t> &samples) {
  constexpr unsigned quarter = 1u << 14;
  unsigned largest = samples.empty() ? 0 : *std::ranges::max_element(samples);
  if (largest == 0 || largest >= quarter) return {};
  bool isShifted = std::ranges::all_of(samples, [](unsigned sample) { return sample % 256 == 0; });
  bool isRepeated = std::ranges::all_of(samples, [](unsigned sample) { return sample % 257 == 0; });
  if (isShifted || isRepeated) return {};
  return fail(
      fmt::format("its samples have 16 bits, but the largest is {} of 65535, as if they were fewer bits that "
                  "weren't spread over the range; multiply them in the file, give a .npy file, or say in its "
                  "sBIT chunk that all 16 bits count",
                  largest));
}

// Empty if a number is beyond the palette's end.
std::vector<std::uint16_t> coloursOf(const std::vector<png_byte> &numbers,
                                     std::span<const png_color> palette) {
  std::vector<std::uint16_t> colours;
  colours.reserve(numbers.size() * 3);
  for (png_byte number : numbers) {
    if (number >= palette.size()) return {};
    const png_color &colour = palette[number];
    colours.insert(colours.end(), {colour.red, colour.green, colour.blue});
  }
  return colours;
}

// Rows of whatever type, as pointers to bytes.
template <class Sample>
std::vector<png_bytep> rowsOf(std::vector<Sample> &samples, std::size_t height) {
  std::vector<png_bytep> rows;
  std::size_t rowLength = samples.size() / height;
  for (std::size_t y = 0; y < height; ++y)
    rows.push_back(reinterpret_cast<png_bytep>(samples.data() + y * rowLength));
  return rows;
}

} // namespace

Result<StoredImage> decodePng(std::string_view bytes) {
  Reader reader(bytes);
  if (!reader.isThere()) return fail("there is not enough memory to decode the image");
  if (!reader.readHeader()) return reader.failed();
  if (Result<void> fits = checkExtents(reader.width(), reader.height()); !fits)
    return tl::unexpected(fits.error());
  if (!reader.setForm()) return reader.failed();

  auto width = static_cast<std::size_t>(reader.width()), height = static_cast<std::size_t>(reader.height());
  std::size_t rowLength = width * static_cast<std::size_t>(reader.channels());
  if ((reader.channels() != 1 && reader.channels() != 3) ||
      reader.rowSize() != rowLength * (reader.hasSixteenBits() ? 2 : 1))
    return failInternal(
        fmt::format("libpng gives {} channels in rows of {} bytes", reader.channels(), reader.rowSize()));
  Image image{static_cast<int>(width), static_cast<int>(height), reader.channels(), {}};
  if (reader.hasSixteenBits()) {
    image.range = 65535;
    image.pixels.resize(rowLength * height);
    if (!reader.readRows(rowsOf(image.pixels, height).data())) return reader.failed();
  } else {
    std::vector<png_byte> samples(rowLength * height);
    if (!reader.readRows(rowsOf(samples, height).data())) return reader.failed();
    if (reader.hasPalette()) {
      image.channels = 3;
      image.pixels = coloursOf(samples, reader.palette());
      if (image.pixels.empty()) return fail("the image is damaged (it has colours beyond its palette's end)");
    } else {
      image.pixels.assign(samples.begin(), samples.end());
    }
  }
  if (reader.hasComplaint()) return reader.failed();
  if (reader.hasSixteenBits() && !reader.saysSixteenBits())
    if (Result<void> fits = checkRange(image.pixels); !fits) return tl::unexpected(fits.error());
  return StoredImage{std::move(image), reader.orientation()};
}

Result<std::string> writePng(const Image &image) {
  std::vector<png_byte> samples(image.pixels.begin(), image.pixels.end());
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width);
  header.height = static_cast<png_uint_32>(image.height);
  header.format = image.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::string bytes(size, '\0');
  if (png_image_write_to_memory(&header, bytes.data(), &size, 0, samples.data(), 0, nullptr) == 0)
    return fail(fmt::format("the image can't be encoded ({})", header.message));
  bytes.resize(size);
  return bytes;
}

} // namespace ninc
