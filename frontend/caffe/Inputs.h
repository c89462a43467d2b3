// What comes from outside: its extents, and what is done to it before.
//
// A net that is to be used declares its inputs. One that was trained reads them from a database, and says how
// a picture becomes one: that is no part of the net, and told to who makes the inputs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/ModelFile.h"
#include "frontend/caffe/Weights.h"
#include "frontend/caffe/Wiring.h"
#include "frontend/import/Batch.h"

namespace ninc::caffe_import {

// Of the wiring's inputs. --shape says what the net doesn't, and replaces what it does; --batch the first
// extent. What neither says is an error that shows the option to give. None if errors were reported.
std::optional<std::vector<InputShape>> inputShapes(const Wiring &wiring, const Weights &weights,
                                                   const ImportOptions &options, Diagnostics &diagnostics);

// What the net's transformations do to an input of so many channels, a sentence each: "then it is multiplied
// by 0.00390625". The last says what has a library do it.
std::vector<std::string> preparationOf(const caffe_schema::Layer &source, const std::string &blob,
                                       std::int64_t channels);

} // namespace ninc::caffe_import
