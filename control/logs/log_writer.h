// LogWriter: the thread that takes the workers' records off their rings and appends them to edge.log and gateway.log.
//
// Workers never wait for it: a ring that it does not empty in time refuses records, the worker counts them, and the
// gap in the sequence numbers shows which. What a full disk or a pipe that nobody empties refuses is counted here.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "logs/log_file.h"
#include "sluice/log_record.h"

namespace sluice::control {

class LogWriter {
 public:
  // The sources outlive the writer.
  LogWriter(std::string edge_path, std::string gateway_path, std::vector<RecordSource*> sources);
  // Writes what the rings still hold, then ends the thread.
  ~LogWriter();

  // Opens the files and starts the thread; an empty string, or which file could not be opened and why.
  std::string start();
  // Makes the thread reopen its files. Any thread.
  void request_reopen() { reopen_.store(true, std::memory_order_relaxed); }

  uint64_t records_written() const { return written_.load(std::memory_order_relaxed); }
  uint64_t records_lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  void run();
  bool drain();
  template <typename Record>
  uint64_t take(const LogFile& file, std::string& lines);
  void write(LogFile& file, const std::string& lines, uint64_t records);

  LogFile edge_;
  LogFile gateway_;
  std::vector<RecordSource*> sources_;
  std::thread thread_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> reopen_{false};
  std::atomic<uint64_t> written_{0};
  std::atomic<uint64_t> lost_{0};
};

}  // namespace sluice::control
