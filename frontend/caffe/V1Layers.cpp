#include "frontend/caffe/V1Layers.h"

#include <string_view>

namespace ninc::caffe_import {

namespace {

using caffe_schema::Layer;
using caffe_schema::V1Layer;

struct TypeName {
  V1Layer::LayerType number;
  std::string_view name;
};

constexpr TypeName typeNames[] = {
    {V1Layer::ABSVAL, "AbsVal"},
    {V1Layer::ACCURACY, "Accuracy"},
    {V1Layer::ARGMAX, "ArgMax"},
    {V1Layer::BNLL, "BNLL"},
    {V1Layer::CONCAT, "Concat"},
    {V1Layer::CONTRASTIVE_LOSS, "ContrastiveLoss"},
    {V1Layer::CONVOLUTION, "Convolution"},
    {V1Layer::DATA, "Data"},
    {V1Layer::DECONVOLUTION, "Deconvolution"},
    {V1Layer::DROPOUT, "Dropout"},
    {V1Layer::DUMMY_DATA, "DummyData"},
    {V1Layer::EUCLIDEAN_LOSS, "EuclideanLoss"},
    {V1Layer::ELTWISE, "Eltwise"},
    {V1Layer::EXP, "Exp"},
    {V1Layer::FLATTEN, "Flatten"},
    {V1Layer::HDF5_DATA, "HDF5Data"},
    {V1Layer::HDF5_OUTPUT, "HDF5Output"},
    {V1Layer::HINGE_LOSS, "HingeLoss"},
    {V1Layer::IM2COL, "Im2col"},
    {V1Layer::IMAGE_DATA, "ImageData"},
    {V1Layer::INFOGAIN_LOSS, "InfogainLoss"},
    {V1Layer::INNER_PRODUCT, "InnerProduct"},
    {V1Layer::LRN, "LRN"},
    {V1Layer::MEMORY_DATA, "MemoryData"},
    {V1Layer::MULTINOMIAL_LOGISTIC_LOSS, "MultinomialLogisticLoss"},
    {V1Layer::MVN, "MVN"},
    {V1Layer::POOLING, "Pooling"},
    {V1Layer::POWER, "Power"},
    {V1Layer::RELU, "ReLU"},
    {V1Layer::SIGMOID, "Sigmoid"},
    {V1Layer::SIGMOID_CROSS_ENTROPY_LOSS, "SigmoidCrossEntropyLoss"},
    {V1Layer::SILENCE, "Silence"},
    {V1Layer::SOFTMAX, "Softmax"},
    {V1Layer::SOFTMAX_LOSS, "SoftmaxWithLoss"},
    {V1Layer::SPLIT, "Split"},
    {V1Layer::SLICE, "Slice"},
    {V1Layer::TANH, "TanH"},
    {V1Layer::WINDOW_DATA, "WindowData"},
    {V1Layer::THRESHOLD, "Threshold"},
};

std::string_view nameOf(V1Layer::LayerType number) {
  for (const TypeName &type : typeNames)
    if (type.number == number) return type.name;
  return "";
}

} // namespace

Layer upgraded(const V1Layer &old) {
  Layer layer;
  if (old.has_name()) layer.set_name(old.name());
  layer.set_type(std::string(nameOf(old.type())));
  *layer.mutable_bottom() = old.bottom();
  *layer.mutable_top() = old.top();
  *layer.mutable_include() = old.include();
  *layer.mutable_exclude() = old.exclude();
#define NINC_UPGRADE(field)                                                                                  \
  if (old.has_##field()) *layer.mutable_##field() = old.field();
  NINC_UPGRADE(argmax_param)
  NINC_UPGRADE(concat_param)
  NINC_UPGRADE(convolution_param)
  NINC_UPGRADE(data_param)
  NINC_UPGRADE(dropout_param)
  NINC_UPGRADE(image_data_param)
  NINC_UPGRADE(inner_product_param)
  NINC_UPGRADE(lrn_param)
  NINC_UPGRADE(pooling_param)
  NINC_UPGRADE(power_param)
  NINC_UPGRADE(memory_data_param)
  NINC_UPGRADE(eltwise_param)
  NINC_UPGRADE(threshold_param)
  NINC_UPGRADE(dummy_data_param)
  NINC_UPGRADE(relu_param)
  NINC_UPGRADE(slice_param)
  NINC_UPGRADE(mvn_param)
  NINC_UPGRADE(transform_param)
  NINC_UPGRADE(tanh_param)
  NINC_UPGRADE(sigmoid_param)
  NINC_UPGRADE(softmax_param)
  NINC_UPGRADE(exp_param)
#undef NINC_UPGRADE
  return layer;
}

} // namespace ninc::caffe_import
