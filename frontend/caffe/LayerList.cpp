// The layers of the tables (LayerTypes.h), with their limits. Whoever adds one says here what it can't do; a
// test asks for it.
#include <algorithm>

#include "frontend/caffe/CaffeModel.h"
#include "frontend/caffe/LayerTypes.h"

namespace ninc {

namespace {

constexpr std::string_view none;

constexpr Limit limits[] = {
    {"AbsVal", none},
    {"ArgMax", "as a net's last layer: an int64 output; top_k 1"},
    {"BNLL", none},
    {"BatchNorm", "with its stored means and variances"},
    {"Bias", none},
    {"Clip", none},
    {"Concat", "along any axis but the batch"},
    {"Convolution", "over maps"},
    {"ConvolutionDepthwise", "over maps"},
    {"Crop", "of any axis but the batch"},
    {"Deconvolution", "over maps"},
    {"DepthwiseConvolution", "over maps"},
    {"Dropout", none},
    {"ELU", none},
    {"Eltwise", "of equal bottoms"},
    {"Exp", none},
    {"Flatten", "the batch stays in front"},
    {"InnerProduct", none},
    {"LRN", none},
    {"Log", none},
    {"MVN", none},
    {"Normalize", none},
    {"PReLU", none},
    {"Permute", "the batch stays in front"},
    {"Pooling", "MAX and AVE over maps"},
    {"Power", none},
    {"ReLU", none},
    {"ReLU6", none},
    {"Reduction", "from any axis on but the batch"},
    {"Reshape", "the batch stays in front"},
    {"SPP", "MAX and AVE over maps"},
    {"Scale", none},
    {"Sigmoid", none},
    {"Slice", "along any axis but the batch"},
    {"Softmax", "along any axis but the batch"},
    {"Split", none},
    {"Swish", none},
    {"TanH", none},
    {"Threshold", none},
    {"Tile", "along any axis but the batch"},
};

} // namespace

std::vector<SupportedOperator> caffeLayers() {
  std::vector<SupportedOperator> list;
  for (const caffe_import::LayerType *type : caffe_import::allLayerTypes())
    list.push_back({"Caffe", type->name, true, false, limitsOf(type->name, limits)});
  std::ranges::sort(list, {}, &SupportedOperator::name);
  return list;
}

} // namespace ninc
