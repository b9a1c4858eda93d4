#include "ship/file_sink.h"

namespace sluice::control {

namespace {

policy::LogQueue file_queue() {
  policy::LogQueue queue;
  queue.max_batch_size = 1000;
  queue.max_coalescing_delay = {};
  queue.initial_retry_delay = Duration::seconds(1);
  return queue;
}

}  // namespace

FileSink::FileSink(const policy::FileLogConfig& config)
    : Sink(file_queue()), reopen_(config.reopen), file_(config.path) {}

void FileSink::poll(Instant now) {
  while (const std::vector<std::string>* batch = queue_.try_take(now)) {
    if (!open_ || reopen_) open_ = file_.reopen().empty();
    std::string lines;
    for (const std::string& record : *batch) lines += record + "\n";
    // What the disk took of a batch that failed stands there, and comes again.
    if (!open_ || !file_.write(lines)) {
      open_ = false;
      return queue_.failed(now);
    }
    queue_.sent();
  }
}

}  // namespace sluice::control
