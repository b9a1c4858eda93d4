// libsluice_tcp_test.so: the C interface of sluice_tcp_test.h over TcpHost and TcpSockets.
#include "support/sluice_tcp_test.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "support/tcp_host.h"
#include "support/tcp_host_config.h"
#include "support/tcp_sockets.h"

using sluice::Duration;
using sluice::Endpoint;
using sluice::IpAddress;
using sluice::Port;
using sluice::test::TcpHost;
using sluice::test::TcpHostConfig;
using sluice::test::TcpSocket;
using sluice::test::TcpSockets;

struct sluice_stack {
  explicit sluice_stack(const TcpHostConfig& config) : host(config) {}

  TcpHost host;
  TcpSockets sockets{host};
};

namespace {

constexpr char kDefaultAddresses[] = "198.18.0.1/24";

int error_of(sluice::tcp::CloseReason reason) {
  using Reason = sluice::tcp::CloseReason;
  switch (reason) {
    case Reason::kFinished:
      return SLUICE_CLOSED_WRITE;
    case Reason::kRefused:
      return SLUICE_REFUSED;
    case Reason::kUnreachable:
      return SLUICE_UNREACHABLE;
    case Reason::kTimedOut:
      return SLUICE_TIMED_OUT;
    case Reason::kReset:
      return SLUICE_RESET;
    case Reason::kAborted:
      return SLUICE_ABORTED;
  }
  return SLUICE_INVALID;
}

constexpr std::array kStateNames{"SYN-SENT",   "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2",
                                 "CLOSE-WAIT", "CLOSING",      "LAST-ACK",    "TIME-WAIT",  "CLOSED"};

// Needs describe(), which is not const: a stack looks its tables up through one road.
const char* state_of(const sluice_stack* stack, const sluice::tcp::FourTuple& tuple) {
  const std::string text = const_cast<sluice_stack*>(stack)->host.tcp.describe(tuple);
  const std::string_view name = std::string_view(text).substr(0, text.find(' '));
  const auto* it = std::find(kStateNames.begin(), kStateNames.end(), name);
  return it == kStateNames.end() ? nullptr : *it;
}

// The socket's connection; nullptr for a listener, for what has ended and for what is no socket.
sluice::tcp::Connection* connection_of(const sluice_stack* stack, sluice_socket socket) {
  const TcpSocket* s = stack->sockets.find(socket);
  return s == nullptr ? nullptr : s->connection;
}

}  // namespace

void sluice_stack_defaults(sluice_stack_config* config) {
  const sluice::tcp::Settings s;
  *config = {.size = sizeof *config,
             .addresses = kDefaultAddresses,
             .routes = nullptr,
             .mac = {0x02, 0, 0, 0, 0, 0x01},
             .vlan = 0,
             .mtu = 1500,
             .seed = 1,
             .packets = 4096,
             .max_connections = s.max_connections,
             .max_half_open = s.max_half_open,
             .max_time_wait = s.max_time_wait,
             .receive_buffer_bytes = s.receive_buffer_bytes,
             .send_buffer_bytes = s.send_buffer_bytes,
             .initial_rto_ns = s.initial_rto.ns,
             .min_rto_ns = s.min_rto.ns,
             .max_rto_ns = s.max_rto.ns,
             .delayed_ack_ns = s.delayed_ack.ns,
             .connect_timeout_ns = s.connect_timeout.ns,
             .user_timeout_ns = s.user_timeout.ns,
             .fin_wait_2_ns = s.fin_wait_2.ns,
             .time_wait_ns = s.time_wait.ns,
             .keep_alive_idle_ns = s.keep_alive_idle.ns,
             .keep_alive_interval_ns = s.keep_alive_interval.ns,
             .keep_alive_probes = s.keep_alive_probes,
             .syn_ack_retries = s.syn_ack_retries,
             .nagle = s.nagle};
}

sluice_stack* sluice_stack_create(const sluice_stack_config* config) {
  return sluice_stack_create_with(config, nullptr);
}

sluice_stack* sluice_stack_create_with(const sluice_stack_config* config, const char* more) {
  sluice_stack_config c;
  sluice_stack_defaults(&c);
  if (config != nullptr) c = *config;
  const auto host = sluice::test::read_host_config(c, more);
  return host ? new sluice_stack(*host) : nullptr;
}

void sluice_stack_destroy(sluice_stack* stack) {
  delete stack;
}

int sluice_frame_in(sluice_stack* stack, const void* frame, size_t length) {
  if (length > TcpHost::kLongestFrame || (frame == nullptr && length > 0)) return SLUICE_INVALID;
  return stack->host.receive({static_cast<const std::byte*>(frame), length}) ? 0 : SLUICE_NO_MEMORY;
}

int sluice_frame_out(sluice_stack* stack, void* frame, size_t capacity, int64_t* sent_at_ns) {
  auto& sent = stack->host.sent();
  if (sent.empty()) return 0;
  const TcpHost::Frame& oldest = sent.front();
  const size_t length = oldest.bytes.size();
  if (length > capacity) return SLUICE_INVALID;
  std::memcpy(frame, oldest.bytes.data(), length);
  if (sent_at_ns != nullptr) *sent_at_ns = (oldest.sent_at - sluice::test::TestWorker::kStart).ns;
  sent.pop_front();
  return static_cast<int>(length);
}

int sluice_advance(sluice_stack* stack, int64_t ns) {
  if (ns < 0) return SLUICE_INVALID;
  stack->host.worker.advance({ns});
  return 0;
}

int64_t sluice_now(const sluice_stack* stack) {
  return (stack->host.worker.clock.now() - sluice::test::TestWorker::kStart).ns;
}

int64_t sluice_next_timer(sluice_stack* stack) {
  const sluice::Instant next = stack->host.worker.timers.next_wakeup();
  if (next == sluice::Instant::never()) return INT64_MAX;
  return std::max<int64_t>((next - stack->host.worker.clock.now()).ns, 0);
}

sluice_socket sluice_listen(sluice_stack* stack, const char* address, uint16_t port) {
  const auto parsed = IpAddress::parse(address);
  if (!parsed || port == 0) return SLUICE_INVALID;
  TcpSocket& socket = stack->sockets.add();
  const Endpoint local{*parsed, Port{port}};
  if (!stack->host.tcp.listen(local, socket)) {
    stack->sockets.remove(socket, true);
    return SLUICE_IN_USE;
  }
  socket.listening = local;
  return socket.number();
}

sluice_socket sluice_accept(sluice_stack* stack, sluice_socket listener) {
  TcpSocket* socket = stack->sockets.find(listener);
  if (socket == nullptr || !socket->listening) return SLUICE_INVALID;
  if (socket->arrived.empty()) return SLUICE_AGAIN;
  const int32_t number = socket->arrived.front();
  socket->arrived.pop_front();
  return number;
}

sluice_socket sluice_connect(sluice_stack* stack, const char* address, uint16_t port) {
  const auto parsed = IpAddress::parse(address);
  if (!parsed || port == 0) return SLUICE_INVALID;
  TcpSocket& socket = stack->sockets.add();
  const auto connection = stack->host.tcp.connect({*parsed, Port{port}}, socket);
  if (!connection) {
    stack->sockets.remove(socket, true);
    return connection.error().reason == sluice::Counter::kTcpNoRoute ? SLUICE_UNREACHABLE : SLUICE_NO_MEMORY;
  }
  socket.has(**connection);
  stack->host.finish_turn();
  return socket.number();
}

int sluice_connected(const sluice_stack* stack, sluice_socket socket) {
  const TcpSocket* s = stack->sockets.find(socket);
  if (s == nullptr || s->listening) return SLUICE_INVALID;
  if (s->connected) return 1;
  return s->closed ? error_of(*s->closed) : SLUICE_AGAIN;
}

int64_t sluice_read(sluice_stack* stack, sluice_socket socket, void* bytes, size_t capacity) {
  TcpSocket* s = stack->sockets.find(socket);
  if (s == nullptr || s->listening || capacity == 0) return SLUICE_INVALID;
  if (s->closed) return s->read_to_the_end ? 0 : error_of(*s->closed);
  sluice::SliceQueue& readable = s->connection->readable();
  const size_t n = std::min(capacity, readable.size());
  if (n == 0) return s->connection->end_of_stream() ? 0 : SLUICE_AGAIN;
  readable.copy_out(0, {static_cast<std::byte*>(bytes), n});
  readable.consume(n);
  s->connection->consumed(n);
  stack->host.finish_turn();
  return static_cast<int64_t>(n);
}

int64_t sluice_write(sluice_stack* stack, sluice_socket socket, const void* bytes, size_t length) {
  TcpSocket* s = stack->sockets.find(socket);
  if (s == nullptr || s->listening || length == 0) return SLUICE_INVALID;
  if (s->closed) return error_of(*s->closed);
  if (s->connection->tcb().sender.write_ended()) return SLUICE_CLOSED_WRITE;
  const size_t n = std::min(length, s->connection->room());
  if (n == 0) return SLUICE_AGAIN;
  sluice::SliceQueue slices = stack->host.worker.slices({static_cast<const char*>(bytes), n});
  if (slices.size() < n) return SLUICE_NO_MEMORY;
  s->connection->write(std::move(slices));
  stack->host.finish_turn();
  return static_cast<int64_t>(n);
}

int sluice_shutdown(sluice_stack* stack, sluice_socket socket) {
  const TcpSocket* s = stack->sockets.find(socket);
  if (s == nullptr || s->listening) return SLUICE_INVALID;
  if (s->closed) return error_of(*s->closed);
  s->connection->shutdown_write();
  stack->host.finish_turn();
  return 0;
}

int sluice_close(sluice_stack* stack, sluice_socket socket) {
  TcpSocket* s = stack->sockets.find(socket);
  if (s == nullptr) return SLUICE_INVALID;
  stack->sockets.remove(*s, false);
  stack->host.finish_turn();
  return 0;
}

int sluice_abort(sluice_stack* stack, sluice_socket socket) {
  TcpSocket* s = stack->sockets.find(socket);
  if (s == nullptr) return SLUICE_INVALID;
  stack->sockets.remove(*s, true);
  stack->host.finish_turn();
  return 0;
}

int sluice_set_option(sluice_stack* stack, sluice_socket socket, int option, int64_t value) {
  sluice::tcp::Connection* c = connection_of(stack, socket);
  if (c == nullptr || value < 0 || value > SLUICE_LONGEST_NS) return SLUICE_INVALID;
  sluice::tcp::ConnectionOptions options = c->options();
  switch (option) {
    case SLUICE_NAGLE:
      if (value > 1) return SLUICE_INVALID;
      options.nagle = value == 1;
      break;
    case SLUICE_USER_TIMEOUT_NS:
      if (value == 0) return SLUICE_INVALID;
      options.user_timeout = {value};
      break;
    case SLUICE_KEEP_ALIVE_IDLE_NS:
      options.keep_alive_idle = {value};
      break;
    case SLUICE_KEEP_ALIVE_INTERVAL_NS:
      if (value == 0) return SLUICE_INVALID;
      options.keep_alive_interval = {value};
      break;
    case SLUICE_KEEP_ALIVE_PROBES:
      if (value == 0 || value > 255) return SLUICE_INVALID;
      options.keep_alive_probes = static_cast<uint8_t>(value);
      break;
    default:
      return SLUICE_INVALID;
  }
  c->set_options(options);
  stack->host.finish_turn();
  return 0;
}

int sluice_get_option(const sluice_stack* stack, sluice_socket socket, int option, int64_t* value) {
  const sluice::tcp::Connection* c = connection_of(stack, socket);
  if (c == nullptr) return SLUICE_INVALID;
  const sluice::tcp::ConnectionOptions& options = c->options();
  switch (option) {
    case SLUICE_NAGLE:
      *value = options.nagle;
      return 0;
    case SLUICE_USER_TIMEOUT_NS:
      *value = options.user_timeout.ns;
      return 0;
    case SLUICE_KEEP_ALIVE_IDLE_NS:
      *value = options.keep_alive_idle.ns;
      return 0;
    case SLUICE_KEEP_ALIVE_INTERVAL_NS:
      *value = options.keep_alive_interval.ns;
      return 0;
    case SLUICE_KEEP_ALIVE_PROBES:
      *value = options.keep_alive_probes;
      return 0;
    default:
      return SLUICE_INVALID;
  }
}

const char* sluice_state(const sluice_stack* stack, sluice_socket socket) {
  const TcpSocket* s = stack->sockets.find(socket);
  if (s == nullptr) return nullptr;
  if (s->listening) return "LISTEN";
  const char* state = state_of(stack, s->tuple);
  if (!s->over()) return state;
  // What became of the tuple after a reset has nothing to do with this socket.
  const bool in_order = s->closed.value_or(sluice::tcp::CloseReason::kFinished) == sluice::tcp::CloseReason::kFinished;
  return in_order && std::string_view(state) == "TIME-WAIT" ? state : "CLOSED";
}

const char* sluice_state_of(const sluice_stack* stack, const char* local, uint16_t local_port, const char* remote,
                            uint16_t remote_port) {
  const auto l = IpAddress::parse(local);
  const auto r = IpAddress::parse(remote);
  if (!l || !r) return nullptr;
  return state_of(stack, {.local = {*l, Port{local_port}}, .remote = {*r, Port{remote_port}}});
}

int sluice_get_tuple(const sluice_stack* stack, sluice_socket socket, sluice_tuple* tuple) {
  const sluice::tcp::Connection* c = connection_of(stack, socket);
  if (c == nullptr) return SLUICE_INVALID;
  *tuple = {};
  c->tuple().local.address.to_string().copy(tuple->local, sizeof tuple->local - 1);
  c->tuple().remote.address.to_string().copy(tuple->remote, sizeof tuple->remote - 1);
  tuple->local_port = c->tuple().local.port.value;
  tuple->remote_port = c->tuple().remote.port.value;
  return 0;
}

int sluice_get_tcp_info(const sluice_stack* stack, sluice_socket socket, sluice_tcp_info* info) {
  const sluice::tcp::Connection* c = connection_of(stack, socket);
  if (c == nullptr) return SLUICE_INVALID;
  const sluice::tcp::Tcb& t = c->tcb();
  *info = {.snd_una = t.sender.snd_una().raw(),
           .snd_nxt = t.sender.snd_nxt().raw(),
           .rcv_nxt = t.receiver.rcv_nxt().raw(),
           .snd_wnd_bytes = t.sender.snd_wnd(),
           .rcv_wnd_bytes = t.receiver.rcv_wnd(),
           .cwnd_bytes = t.congestion.cwnd,
           .ssthresh_bytes = t.congestion.ssthresh,
           .flight_bytes = t.sender.flight_bytes(),
           .queued_bytes = static_cast<uint32_t>(t.sender.queued_bytes()),
           .unread_bytes = t.receiver.unread_bytes(),
           .mss_bytes = t.sender.mss(),
           .srtt_us = static_cast<uint32_t>(t.rtt.smoothed().us()),
           .rttvar_us = static_cast<uint32_t>(t.rtt.variation().us()),
           .rto_us = static_cast<uint32_t>(t.rtt.rto(c->env().settings).us()),
           .backoff = t.rtt.backoff(),
           .in_recovery = t.flight != nullptr && t.flight->recovery != sluice::tcp::Recovery::kNone,
           .timestamps = t.timestamps.enabled,
           .window_scaling = t.window_scaling,
           .snd_wind_shift = t.snd_wind_shift,
           .rcv_wind_shift = t.window_scaling ? c->env().rcv_wind_shift : uint8_t{0}};
  return 0;
}

int sluice_get_tcp_counts(const sluice_stack* stack, sluice_socket socket, sluice_tcp_counts* counts, size_t size) {
  const sluice::tcp::Connection* c = connection_of(stack, socket);
  if (c == nullptr) return SLUICE_INVALID;
  const sluice::tcp::Tcb& t = c->tcb();
  sluice_tcp_counts known = {
      .sent_again = t.sent_again, .sack = t.sack_permitted, .ecn = t.ecn.enabled, .reordering = t.path.reordering_seen};
  if (t.flight != nullptr) {
    known.in_flight_bytes = t.flight->pipe_bytes();
    known.sacked_bytes = t.flight->board.sacked_bytes();
    known.lost_bytes = t.flight->board.lost_bytes();
  }
  std::memcpy(counts, &known, std::min(size, sizeof known));
  return 0;
}

int64_t sluice_usage_of(const sluice_stack* stack, int usage) {
  switch (usage) {
    case SLUICE_PACKETS_LEFT:
      return stack->host.worker.packets->available();
    case SLUICE_CONNECTIONS:
      return stack->host.tcp.connections();
    case SLUICE_HALF_OPEN:
      return stack->host.tcp.half_open();
    case SLUICE_IN_TIME_WAIT:
      return stack->host.tcp.time_wait();
    default:
      return SLUICE_INVALID;
  }
}

int64_t sluice_counter(const sluice_stack* stack, const char* metric) {
  for (size_t i = 0; i < sluice::kCounterInfo.size(); ++i) {
    if (sluice::kCounterInfo[i].metric == metric) {
      return static_cast<int64_t>(stack->host.worker.counters.get(static_cast<sluice::Counter>(i)));
    }
  }
  return SLUICE_INVALID;
}
