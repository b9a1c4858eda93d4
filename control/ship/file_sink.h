// FileSink: records as lines at the end of a file: file-log.
#pragma once

#include "logs/log_file.h"
#include "ship/sink.h"
#include "sluice/policy/plugins/file_log.h"

namespace sluice::control {

class FileSink final : public Sink {
 public:
  explicit FileSink(const policy::FileLogConfig& config);

  void poll(Instant now) override;

 private:
  const bool reopen_;
  LogFile file_;
  bool open_ = false;
};

}  // namespace sluice::control
