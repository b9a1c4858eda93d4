#include "sim/transfer.h"

#include <algorithm>

namespace sluice::sim {

namespace {

// The byte at `position` of a pattern: any shift or repetition shows.
char byte_at(uint64_t pattern, uint64_t position) {
  uint64_t z = pattern + position / 8 * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z ^= z >> 27;
  return static_cast<char>(z >> (position % 8 * 8));
}

}  // namespace

Transfer::Transfer(test::TestWorker& worker, const TransferSettings& settings, uint64_t pattern, uint64_t expected)
    : worker_(worker),
      settings_(settings),
      pattern_(pattern),
      expected_(expected),
      read_timer_([](void* self) { static_cast<Transfer*>(self)->read(); }, this),
      write_timer_([](void* self) { static_cast<Transfer*>(self)->write(); }, this) {}

tcp::ConnectionEvents* Transfer::on_accept(tcp::Connection& connection) {
  begin(connection);
  write();
  return this;
}

void Transfer::write() {
  if (connection_ == nullptr) return;
  while (written_ < settings_.bytes && connection_->room() > 0) {
    const uint64_t n = std::min<uint64_t>({settings_.write_bytes, settings_.bytes - written_, connection_->room()});
    std::string bytes(n, '\0');
    for (uint64_t i = 0; i < n; ++i) bytes[i] = byte_at(pattern_, written_ + i);
    SliceQueue slices = worker_.slices(bytes);
    if (slices.empty()) {  // no packets now
      return worker_.timers.schedule(write_timer_, worker_.clock.now() + Duration::milliseconds(10));
    }
    connection_->write(std::move(slices));
    written_ += n;
  }
  end_if_done();
}

void Transfer::end_if_done() {
  if (connection_ == nullptr || written_ < settings_.bytes) return;
  if (settings_.closes_first || connection_->end_of_stream()) connection_->shutdown_write();
}

void Transfer::on_readable() {
  if (settings_.read_interval == Duration{}) return read();
  if (!read_timer_.armed()) worker_.timers.schedule(read_timer_, worker_.clock.now() + settings_.read_interval);
}

void Transfer::read() {
  if (connection_ == nullptr) return;
  SliceQueue& queue = connection_->readable();
  const size_t limit = settings_.read_bytes == 0 ? queue.size() : std::min<size_t>(queue.size(), settings_.read_bytes);
  size_t left = limit;
  while (left > 0) {
    const Slice slice = queue.take_front(left);
    left -= slice.size();
    for (const char c : slice.text()) {
      if (c != byte_at(expected_, received_)) first_wrong_ = std::min(first_wrong_, received_);
      ++received_;
    }
  }
  const bool more = !queue.empty();
  connection_->consumed(limit);
  if (more) worker_.timers.schedule(read_timer_, worker_.clock.now() + settings_.read_interval);
  end_if_done();
}

void Transfer::on_closed(tcp::CloseReason reason) {
  closed_ = reason;
  connection_ = nullptr;
  worker_.timers.cancel(read_timer_);
  worker_.timers.cancel(write_timer_);
}

}  // namespace sluice::sim
