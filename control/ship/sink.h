// Sink: where the records of one logging plugin go. Used by the shipper's thread alone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "loop/transfers.h"
#include "ship/batch_queue.h"
#include "ship/process_identity.h"
#include "sluice/policy/plugins/catalogue.h"
#include "sluice/units.h"

namespace sluice::control {

class Sink {
 public:
  explicit Sink(const policy::LogQueue& queue) : queue_(queue) {}
  virtual ~Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  // A record for the sink; `status` is the request's.
  virtual void push(std::string record, uint16_t status, Instant now) {
    (void)status;
    queue_.push(std::move(record), now);
  }
  // Sends what is due; called often.
  virtual void poll(Instant now) = 0;
  // A file that it writes to may have been moved away (log rotation).
  virtual void reopen() {}

  BatchQueue& queue() { return queue_; }
  const BatchQueue& queue() const { return queue_; }

 protected:
  BatchQueue queue_;
};

// How long a configured timeout is waited for: one of 0 is that of Kong's sockets, 60 s, as of
// lua_socket_connect_timeout and its like.
constexpr Duration patience(Duration configured) {
  return configured > Duration() ? configured : Duration::seconds(60);
}

// Whether make_sink() may make one: prometheus and all plugins that do not log have none.
bool may_have_sink(const policy::PluginConfig& config);
// What all sinks are made with.
struct SinkContext {
  Transfers& transfers;
  const ProcessIdentity& process;
};
// The sink of a plugin; nullptr for one that has none.
std::unique_ptr<Sink> make_sink(const policy::PluginConfig& config, const SinkContext& context);

}  // namespace sluice::control
