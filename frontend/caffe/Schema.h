// Caffe's nets as protoc has compiled them from Net.proto. Included in this room alone.
#pragma once

#include <Net.pb.h>
