#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <fmt/format.h>
// Their headers stand last: libjpeg's needs <cstdio> before it.
#include <jpeglib.h>

#include <jerror.h>

#include "support/ImageFiles.h"

namespace ninc {

namespace {

// A progressive picture of a few kB can ask for thousands of passes over all its pixels; encoders make a
// dozen or so.
constexpr int largestScanCount = 500;

// What libjpeg's callbacks need. It finds this again by its own struct's address, so that one is first.
struct Failure {
  jpeg_error_mgr manager;
  std::jmp_buf back;
  int code;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void giveUpAsLibjpegSays(j_common_ptr jpeg) {
  auto *failure = reinterpret_cast<Failure *>(jpeg->err);
  failure->code = jpeg->err->msg_code;
  jpeg->err->format_message(jpeg, failure->message);
  std::longjmp(failure->back, 1);
}

// Level -1 are warnings: the data is damaged, and libjpeg would go on with what it makes up. One of them is
// about nothing but a version number.
void hear(j_common_ptr jpeg, int level) {
  if (level < 0 && jpeg->err->msg_code != JWRN_JFIF_MAJOR) giveUpAsLibjpegSays(jpeg);
}

// The same for what libjpeg finds nothing wrong with.
[[noreturn]] void giveUp(j_common_ptr jpeg, const char *why) {
  auto *failure = reinterpret_cast<Failure *>(jpeg->err);
  failure->code = 0;
  std::snprintf(failure->message, sizeof failure->message, "%s", why);
  std::longjmp(failure->back, 1);
}

// Called over and over while the scans of a picture that has several are read. As above, its first member is
// libjpeg's.
struct Progress {
  jpeg_progress_mgr manager;
  unsigned componentsSeen; // a bit each
};

void watchScans(j_common_ptr jpeg) {
  auto *decompressor = reinterpret_cast<j_decompress_ptr>(jpeg);
  if (decompressor->input_scan_number > largestScanCount)
    giveUp(jpeg, "it has more scans than any encoder makes");
  auto *progress = reinterpret_cast<Progress *>(jpeg->progress);
  for (int i = 0; i < decompressor->comps_in_scan; ++i)
    progress->componentsSeen |= 1u << decompressor->cur_comp_info[i]->component_index;
}

class Decompressor {
public:
  Decompressor() {
    jpeg_.err = jpeg_std_error(&failure_.manager);
    failure_.manager.error_exit = giveUpAsLibjpegSays;
    failure_.manager.emit_message = hear;
    progress_.manager.progress_monitor = watchScans;
  }
  ~Decompressor() { jpeg_destroy_decompress(&jpeg_); } // fine for one that was never created
  Decompressor(const Decompressor &) = delete;
  Decompressor &operator=(const Decompressor &) = delete;

  // False if libjpeg gave up. `work` calls it and holds nothing that needs a destructor.
  template <class Work>
  bool guarded(Work work) {
    if (setjmp(failure_.back) != 0) return false;
    work();
    return true;
  }

  bool readHeader(std::string_view bytes) {
    return guarded([&] {
      jpeg_create_decompress(&jpeg_);
      jpeg_.progress = &progress_.manager;
      jpeg_mem_src(&jpeg_, reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size());
      jpeg_save_markers(&jpeg_, JPEG_APP0 + 1, 0xffff); // EXIF and XMP
      jpeg_read_header(&jpeg_, TRUE);
    });
  }

  // All rows, below one another, to `samples`. Its last step frees what the header's markers were kept in.
  bool readSamples(J_COLOR_SPACE colours, JSAMPLE *samples, std::size_t rowSize) {
    return guarded([&] {
      jpeg_.out_color_space = colours;
      jpeg_start_decompress(&jpeg_);
      while (jpeg_.output_scanline < jpeg_.output_height) {
        JSAMPROW row = samples + jpeg_.output_scanline * rowSize;
        jpeg_read_scanlines(&jpeg_, &row, 1);
      }
      if (!isComplete()) giveUp(reinterpret_cast<j_common_ptr>(&jpeg_), "scans are missing");
      jpeg_finish_decompress(&jpeg_);
    });
  }

  Orientation orientation() const {
    std::optional<Orientation> exif, xmp;
    for (const jpeg_marker_struct *marker = jpeg_.marker_list; marker != nullptr; marker = marker->next) {
      using namespace std::string_view_literals;
      constexpr std::string_view exifName = "Exif\0\0"sv, xmpName = "http://ns.adobe.com/xap/1.0/\0"sv;
      std::string_view data(reinterpret_cast<const char *>(marker->data), marker->data_length);
      if (!exif && data.starts_with(exifName)) exif = orientationOfExif(data.substr(exifName.size()));
      if (!xmp && data.starts_with(xmpName)) xmp = orientationOfXmp(data.substr(xmpName.size()));
    }
    return exif.value_or(xmp.value_or(upright));
  }

  tl::unexpected<Error> failed() const {
    switch (failure_.code) {
    case JERR_SOF_UNSUPPORTED:
    case JERR_BAD_PRECISION:
    case JERR_ARITH_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_IMAGE_TOO_BIG:
    case JERR_NOT_COMPILED:
      return fail(fmt::format("it is a JPEG image of a kind that can't be read ({}); convert it to PNG",
                              failure_.message));
    case JERR_OUT_OF_MEMORY:
      return fail("there is not enough memory to decode the image");
    default:
      return fail(fmt::format("the image is damaged ({})", failure_.message));
    }
  }

  const jpeg_decompress_struct &info() const { return jpeg_; }

private:
  // Whether a picture in several scans has had all of them: each component and, of a progressive one, each
  // coefficient to its last bit. libjpeg is content with any number.
  bool isComplete() {
    if (jpeg_has_multiple_scans(&jpeg_) == FALSE) return true;
    for (int component = 0; component < jpeg_.num_components; ++component) {
      if ((progress_.componentsSeen >> component & 1) == 0) return false;
      if (jpeg_.progressive_mode == FALSE || jpeg_.coef_bits == nullptr) continue;
      for (int bits : jpeg_.coef_bits[component])
        if (bits != 0) return false;
    }
    return true;
  }

  jpeg_decompress_struct jpeg_{};
  Progress progress_{};
  Failure failure_{};
};

// Four inks as Adobe stores them, turned round: 255 is none. What is left of white behind each, and behind
// black, multiplied; colour profiles are not looked at.
std::vector<std::uint16_t> coloursOfInks(const std::vector<JSAMPLE> &samples) {
  std::vector<std::uint16_t> colours;
  colours.reserve(samples.size() / 4 * 3);
  for (std::size_t i = 0; i + 3 < samples.size(); i += 4)
    for (std::size_t c = 0; c < 3; ++c)
      colours.push_back(static_cast<std::uint16_t>((samples[i + c] * samples[i + 3] + 127) / 255));
  return colours;
}

} // namespace

Result<StoredImage> decodeJpeg(std::string_view bytes) {
  Decompressor decompressor;
  if (!decompressor.readHeader(bytes)) return decompressor.failed();
  const jpeg_decompress_struct &info = decompressor.info();
  if (Result<void> fits = checkExtents(info.image_width, info.image_height); !fits)
    return tl::unexpected(fits.error());
  if (info.data_precision != 8)
    return fail(fmt::format("it is a JPEG image of {} bits, and 8 can be read; convert it to PNG",
                            info.data_precision));
  int stored = info.num_components;
  if (stored != 1 && stored != 3 && stored != 4)
    return fail(fmt::format("it is a JPEG image of {} channels; convert it to PNG", stored));
  if (stored == 4 && info.saw_Adobe_marker == FALSE)
    return fail(
        "it has the four inks of print (CMYK) without the Adobe marker that says whether its numbers are "
        "ink or the lack of it; convert it to RGB");
  Orientation orientation = decompressor.orientation();
  J_COLOR_SPACE colours = stored == 1 ? JCS_GRAYSCALE : stored == 3 ? JCS_RGB : JCS_CMYK;
  std::size_t rowSize = std::size_t{info.image_width} * static_cast<std::size_t>(stored);
  std::vector<JSAMPLE> samples(rowSize * info.image_height);
  if (!decompressor.readSamples(colours, samples.data(), rowSize)) return decompressor.failed();

  Image image{
      static_cast<int>(info.image_width), static_cast<int>(info.image_height), stored == 1 ? 1 : 3, {}};
  if (stored == 4)
    image.pixels = coloursOfInks(samples);
  else
    image.pixels.assign(samples.begin(), samples.end());
  return StoredImage{std::move(image), orientation};
}

} // namespace ninc
