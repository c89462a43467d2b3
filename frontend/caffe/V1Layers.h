// Layers as they were written until 2014, `layers { type: CONVOLUTION }`, in the form of today.
#pragma once

#include "frontend/caffe/Schema.h"

namespace ninc::caffe_import {

caffe_schema::Layer upgraded(const caffe_schema::V1Layer &old);

} // namespace ninc::caffe_import
