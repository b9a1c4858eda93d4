#include "gateway/plugins/correlation_id.h"

#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

#include "gateway/plugins/failures.h"
#include "gateway/plugins/header_name.h"
#include "gateway/plugins/made.h"
#include "gateway/plugins/plugin_notes.h"
#include "gateway/random_uuid.h"
#include "gateway/text.h"

namespace sluice::gateway {

namespace {

using policy::IdGenerator;
using policy::Uuid;

class CorrelationId final : public Plugin {
 public:
  explicit CorrelationId(const policy::CorrelationIdConfig& config) : config_(config) {
    std::array<uint8_t, 16> bytes{};
    // Sixteen bytes come whole (getrandom(2)); a failure leaves the ids of this process without their random part.
    if (getrandom(bytes.data(), bytes.size(), 0) < 0) bytes = {};
    process_uuid_ = random_uuid(bytes);
  }

  http::Verdict access(Context& context) const override {
    http::HeaderMap& headers = context.http.request.headers;
    std::string_view id = find_variable(headers, config_.header_name).value_or("");
    if (id.empty()) {
      id = make_id(context);
      if (id.data() == nullptr || !headers.set(config_.header_name, id)) return answer_unexpected(context);
    }
    context.correlation_id = id;
    return continue_if(!config_.echo_downstream || keep_note(context, *this, id), context);
  }

  void header_filter(Context& context, http::Response& response) const override {
    if (!config_.echo_downstream) return;
    const std::string_view* const note = find_note<std::string_view>(context, *this);
    std::string_view id =
        note != nullptr ? *note : find_variable(context.http.request.headers, config_.header_name).value_or("");
    if (id.empty()) id = make_id(context);
    note_edit(context, id.data() != nullptr && response.headers.set(config_.header_name, id));
  }

 private:
  // data() == nullptr: no room.
  std::string_view make_id(Context& context) const {
    WorkerContext& worker = context.http.worker;
    worker.count(Counter::kGatewayCorrelationIds);
    const uint64_t sequence = worker.counters.get(Counter::kGatewayCorrelationIds);
    Arena& arena = context.http.arena;
    UuidText text;
    switch (config_.generator) {
      case IdGenerator::kUuid:
        return concat(arena, {format(random_uuid(worker.random), text)});
      case IdGenerator::kUuidCounter:
        return concat(arena, {format(uuid_of(worker.id), text), "#", to_decimal(arena, sequence)});
      case IdGenerator::kTracker:
        return make_tracker(context, sequence);
    }
    return {};
  }

  // One a worker, as Kong's: the process's with the worker in its last byte.
  Uuid uuid_of(WorkerId worker) const {
    std::array<uint8_t, 16> bytes = process_uuid_.bytes();
    bytes.back() = static_cast<uint8_t>(bytes.back() ^ worker.value);
    return Uuid(bytes);
  }

  // Kong's "address-port-pid-connection-requests-time": every worker is a process there, a connection has a number and
  // counts its requests. Here the client's port and the worker's sequence stand for these two.
  std::string_view make_tracker(Context& context, uint64_t sequence) const {
    Arena& arena = context.http.arena;
    const WorkerContext& worker = context.http.worker;
    const http::ClientInfo& client = context.http.client;
    std::array<char, IpAddress::kMaxTextLength> address;
    const auto time_ms = static_cast<uint64_t>(worker.clock.wall_now().milliseconds());
    // 1000 to 1999: three digits behind the one that takes the place of the point.
    const std::string_view fraction = to_decimal(arena, 1000 + time_ms % 1000);
    return concat(arena, {client.local.address.format(address), "-", to_decimal(arena, client.local.port.value), "-",
                          to_decimal(arena, process_id_ + worker.id.value), "-",
                          to_decimal(arena, client.peer.port.value), "-", to_decimal(arena, sequence), "-",
                          to_decimal(arena, time_ms / 1000), ".", fraction.empty() ? fraction : fraction.substr(1)});
  }

  const policy::CorrelationIdConfig& config_;
  Uuid process_uuid_;
  const uint64_t process_id_ = static_cast<uint64_t>(getpid());
};

}  // namespace

MadePlugin make_plugin(const policy::CorrelationIdConfig& config, const PluginEnvironment&) {
  return made<CorrelationId>(config);
}

}  // namespace sluice::gateway
