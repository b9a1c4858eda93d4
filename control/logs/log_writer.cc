#include "logs/log_writer.h"

#include <chrono>
#include <cstdio>
#include <memory>

#include "logs/record_json.h"

namespace sluice::control {

namespace {

constexpr unsigned kRecordsAWrite = 512;
constexpr std::chrono::milliseconds kPause{5};
// For the reader of a pipe that is full. The rings keep what comes meanwhile.
constexpr Duration kPatience = Duration::milliseconds(200);

}  // namespace

LogWriter::LogWriter(std::string edge_path, std::string gateway_path, std::vector<RecordSource*> sources)
    : edge_(std::move(edge_path)), gateway_(std::move(gateway_path)), sources_(std::move(sources)) {}

LogWriter::~LogWriter() {
  stop_.store(true, std::memory_order_relaxed);
  if (thread_.joinable()) thread_.join();
}

std::string LogWriter::start() {
  if (std::string error = edge_.open(); !error.empty()) return error;
  if (std::string error = gateway_.open(); !error.empty()) return error;
  thread_ = std::thread([this] { run(); });
  return {};
}

void LogWriter::run() {
  while (true) {
    // Read before draining: what was recorded before the stop is still written.
    const bool stopping = stop_.load(std::memory_order_relaxed);
    if (reopen_.exchange(false, std::memory_order_relaxed)) {
      for (LogFile* file : {&edge_, &gateway_}) {
        if (const std::string error = file->reopen(); !error.empty())
          std::fprintf(stderr, "sluice: %s\n", error.c_str());
      }
    }
    if (drain()) continue;
    if (stopping) return;
    std::this_thread::sleep_for(kPause);
  }
}

// True when there may be more at once.
bool LogWriter::drain() {
  std::string lines;
  const uint64_t edge = take<EdgeRecord>(edge_, lines);
  write(edge_, lines, edge);
  lines.clear();
  const uint64_t gateway = take<GatewayRecord>(gateway_, lines);
  write(gateway_, lines, gateway);
  return edge + gateway > 0;
}

template <typename Record>
uint64_t LogWriter::take(const LogFile& file, std::string& lines) {
  uint64_t taken = 0;
  Record record;
  for (RecordSource* source : sources_) {
    for (unsigned n = 0; n < kRecordsAWrite && source->try_take(record); ++n, ++taken) {
      if (file.is_on()) append_json(lines, record);
    }
  }
  return taken;
}

void LogWriter::write(LogFile& file, const std::string& lines, uint64_t records) {
  if (!file.is_on()) return;
  std::string_view rest = lines;
  bool taken = file.write(rest);
  while (taken && !rest.empty()) taken = file.wait(kPatience) && file.write(rest);
  if (!taken) file.give_up();
  auto& counter = taken ? written_ : lost_;
  counter.fetch_add(records, std::memory_order_relaxed);
}

}  // namespace sluice::control
