// Databases in a folder of their own, and records that differ in nothing but what a test says.
#pragma once

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "support/Files.h"
#include "support/TemporaryFiles.h"
#include "tuner/records/Database.h"

namespace ninc::testing {

constexpr int scheduleVersion = 3;

inline Measurement measurement(std::string schedule, std::string date = "2026-11-24T22:40:01Z") {
  Measurement one;
  one.key = {"0123456789abcdef", "GenuineIntel 6.143", 8, scheduleVersion};
  one.kernel = "conv2d 1x64x56x56";
  one.schedule = std::move(schedule);
  one.seconds = 0.0012;
  one.defaultSeconds = 0.0015;
  one.rounds = 40;
  one.date = std::move(date);
  return one;
}

inline Verdict verdict(std::string schedule, std::string date = "2026-11-24T22:40:01Z") {
  Verdict one;
  one.key = {"0123456789abcdef", "GenuineIntel 6.143", 8, scheduleVersion};
  one.kernel = "conv2d 1x64x56x56";
  one.schedule = std::move(schedule);
  one.speedup = 1.25;
  one.date = std::move(date);
  return one;
}

inline std::vector<Record> several(std::initializer_list<Record> records) {
  return records;
}

inline std::string scheduleOf(const Record &record) {
  return std::visit([](const auto &one) { return one.schedule; }, record);
}

inline std::vector<std::string> schedulesOf(const std::vector<Record> &records) {
  std::vector<std::string> schedules;
  for (const Record &record : records)
    schedules.push_back(scheduleOf(record));
  return schedules;
}

class DatabaseFiles : public ::testing::Test {
protected:
  DatabaseFiles() : folder_(*TemporaryDirectory::create("ninc-test")) {}

  std::filesystem::path at(const std::string &name) const { return folder_.path() / name; }

  void put(const std::string &name, const std::string &bytes) const { std::ofstream(at(name)) << bytes; }

  std::string bytesOf(const std::string &name) const { return readFile(at(name)).value(); }

  std::vector<std::string> schedulesIn(const std::string &name) const {
    return schedulesOf(readDatabase(at(name)).value().records);
  }

  void append(const std::string &name, const std::vector<Record> &records) const {
    const Result<void> done = appendRecords(at(name), records);
    EXPECT_TRUE(done) << done.error().message;
  }

  TemporaryDirectory folder_;
};

} // namespace ninc::testing
