// A user's surroundings for tests of the driver: a folder to work in, a cache and a database of his own, and
// somebody who remembers what he was told.
#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "driver/CompileModel.h"
#include "driver/Listener.h"
#include "driver/Resolve.h"
#include "support/Files.h"
#include "support/TemporaryFiles.h"

namespace ninc {

// One conv2d of [2, 6, 6] to 4 maps, their means and a softmax: one kernel, 'prob'.
extern const char *const smallModel;
// A schedule for that on a CPU, which nobody would choose.
extern const char *const direct;

class Scene : public testing::Test {
protected:
  Scene();

  // Writes a file in the folder, whose path comes back.
  std::string write(const std::string &name, const std::string &text);
  std::string path(const std::string &name) const { return (folder_.path() / name).string(); }
  std::string contents(const std::string &name) const { return readFile(path(name)).value(); }

  // The model in the file small.nin.
  WrittenModel small();
  // For x86-64-v3, whatever the machine, and without records.
  static Request request();

  // Remembers all that is said in `told`, messages alone, and what is being done in `done`.
  Listener listener();
  std::vector<std::string> told, done;

private:
  TemporaryDirectory folder_ = *TemporaryDirectory::create("ninc-driver");
};

// A lister that knows this device alone, and counts how often it was asked.
DevicesHere::Lister oneDevice(DeviceInfo device, int &asked);

} // namespace ninc
