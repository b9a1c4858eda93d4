#include "worker/tcp_settings.h"

#include "exchange/server.h"

namespace sluice::worker {

tcp::Settings tcp_settings(const policy::Node& node) {
  tcp::Settings settings;
  settings.max_connections = node.limits.connections + exchange::ServerSettings().pool.connections;
  settings.receive_buffer_bytes = node.tcp.receive_buffer_bytes;
  settings.send_buffer_bytes = node.tcp.send_buffer_bytes;
  settings.initial_rto = node.tcp.initial_rto;
  settings.min_rto = node.tcp.min_rto;
  settings.max_rto = node.tcp.max_rto;
  settings.time_wait = node.tcp.time_wait;
  settings.user_timeout = node.tcp.user_timeout;
  settings.syn_retries = node.tcp.syn_retries;
  settings.syn_ack_retries = node.tcp.syn_retries;
  settings.timestamps = node.tcp.timestamps;
  settings.window_scale = node.tcp.window_scale;
  settings.first_source_port = node.tcp.first_ephemeral_port;
  settings.last_source_port = node.tcp.last_ephemeral_port;
  settings.max_half_open = 0;
  for (const policy::Listener& listener : node.listeners) settings.max_half_open += listener.backlog;
  return settings;
}

}  // namespace sluice::worker
