#include "tests/unit/driver/Scene.h"

#include <cstdlib>

namespace ninc {

const char *const smallModel = "model small\n"
                               "weights random seed 3\n"
                               "image = input f32[2, 6, 6]\n"
                               "prob = softmax (global_avg_pool (conv2d image 3x3 pad 1 -> 4))\n"
                               "output prob\n";

const char *const direct = "direct tiles 1x1 block 1 unroll 1 parallel";

Scene::Scene() {
  setenv("XDG_CACHE_HOME", path("cache").c_str(), 1);
  setenv("XDG_DATA_HOME", path("data").c_str(), 1);
}

std::string Scene::write(const std::string &name, const std::string &text) {
  EXPECT_TRUE(writeAtomically(path(name), text));
  return path(name);
}

WrittenModel Scene::small() {
  return std::move(*readModel(write("small.nin", smallModel), ImportOptions{}, {}));
}

Request Scene::request() {
  Request request;
  request.target = "x86-64-v3";
  request.withoutDatabase = true;
  request.jobs = 1;
  return request;
}

Listener Scene::listener() {
  const auto remember = [this](const Diagnostics &diagnostics) {
    for (const Diagnostic &diagnostic : diagnostics.all())
      told.push_back(diagnostic.message);
  };
  Listener listener;
  listener.ofModel = [remember](const Diagnostics &diagnostics, const ModelSource &) {
    remember(diagnostics);
  };
  listener.ofRest = remember;
  listener.note = [this](const std::string &line) { done.push_back(line); };
  return listener;
}

DevicesHere::Lister oneDevice(DeviceInfo device, int &asked) {
  return [device, &asked](ninc_device_kind kind) -> Result<DeviceList> {
    ++asked;
    if (kind != device.kind) return DeviceList{{}, "there is none"};
    return DeviceList{{device}, ""};
  };
}

} // namespace ninc
