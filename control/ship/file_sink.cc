#include "ship/file_sink.h"

namespace sluice::control {

namespace {

// With a file that takes nothing.
constexpr Duration kPatience = Duration::seconds(5);

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
  while (!unsent_.empty() || begin_batch(now)) {
    std::string_view rest = unsent_;
    if (!file_.write(rest)) return fail(now);
    if (rest.size() < unsent_.size()) last_progress_ = now;
    unsent_.erase(0, unsent_.size() - rest.size());
    if (!unsent_.empty()) {
      if (now - last_progress_ > kPatience) fail(now);
      return;
    }
    queue_.sent();
  }
}

// False: there is none, or no file for it.
bool FileSink::begin_batch(Instant now) {
  const std::vector<std::string>* batch = queue_.try_take(now);
  if (batch == nullptr) return false;
  if (!open_ || reopen_) open_ = file_.reopen().empty();
  if (!open_) {
    fail(now);
    return false;
  }
  for (const std::string& record : *batch) unsent_ += record + "\n";
  last_progress_ = now;
  return true;
}

// What the file took of the batch stands there, and comes again.
void FileSink::fail(Instant now) {
  file_.give_up();
  unsent_.clear();
  open_ = false;
  queue_.failed(now);
}

}  // namespace sluice::control
