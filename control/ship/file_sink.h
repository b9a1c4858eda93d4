// FileSink: records as lines at the end of a file, which may be a pipe that takes them slowly or never: file-log.
#pragma once

#include <string>

#include "logs/log_file.h"
#include "ship/sink.h"
#include "sluice/policy/plugins/file_log.h"

namespace sluice::control {

class FileSink final : public Sink {
 public:
  explicit FileSink(const policy::FileLogConfig& config);

  void poll(Instant now) override;
  void reopen() override { open_ = false; }

 private:
  bool begin_batch(Instant now);
  void fail(Instant now);

  const bool reopen_;
  LogFile file_;
  bool open_ = false;   // the next batch may go where the last one went
  std::string unsent_;  // of the batch that is being written
  Instant last_progress_{};
};

}  // namespace sluice::control
