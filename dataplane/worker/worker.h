// Worker: one core's share of Sluice: its ports' queues, its connections, its requests. Shares nothing with the other
// workers but the fabric's rings, and with control but its mailbox, counters and records.
//
// Made by the dataplane on the control thread, then run() once on the worker's own thread until ordered to stop.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/worker_context.h"
#include "exchange/server.h"
#include "http/h1_server.h"
#include "net/stack.h"
#include "port/port.h"
#include "sluice/introspection.h"
#include "sluice/policy/node.h"
#include "sluice/rate_lease.h"
#include "sluice/worker_mailbox.h"
#include "stream/tcp_stream.h"
#include "tcp/stack.h"
#include "token/verified_memory.h"
#include "worker/exception_path.h"
#include "worker/fabric.h"
#include "worker/idle.h"
#include "worker/link_layer.h"
#include "worker/question_line.h"
#include "worker/transport.h"
#include "worker/tsc_clock.h"

namespace sluice::worker {

class Worker {
 public:
  // What the dataplane lends; all of it outlives the worker.
  struct Environment {
    const policy::Node& node;
    const TscClock& clock;
    const std::vector<std::unique_ptr<port::Port>>& ports;
    const std::vector<std::unique_ptr<port::Port>>& kernel_ports;  // by the same index; nullptr: no exception path
    Fabric& fabric;
    PacketPool& packets;
    Counters& counters;
    upstream::HealthTable& health;
  };
  Worker(const Environment& environment, WorkerId id);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // The poll loop. Each line is a bounded piece of work.
  void run();

  WorkerMailbox& mailbox() { return mailbox_; }
  const exchange::SnapshotHolder& snapshots() { return server_.snapshots(); }
  RecordSource& records() { return server_.records(); }
  AccessRecordSource& access_records() { return server_.access_records(); }
  QuestionSource<LeaseQuestion>& leases() { return leases_; }
  QuestionSource<IntrospectionQuestion>& introspections() { return introspections_; }
  const Counters& counters() const { return counters_; }
  const Latencies& latencies() const { return server_.latencies(); }

 private:
  // One of node.yaml's listeners, as this worker serves it.
  struct Listener {
    Listener(const policy::Listener& settings, exchange::Server& server, const http::SessionContext& context);

    Endpoint endpoint;
    gateway::TrustedProxies trusted;
    exchange::ListenerHandler handler;
    http::H1Server sessions;
  };

  // Tasks of one turn: more wait for the next, so that packets are not left unread.
  static constexpr unsigned kTasksATurn = 4096;
  // Questions that may wait for control.
  static constexpr size_t kLeaseQuestions = 1024;
  static constexpr size_t kIntrospectionQuestions = 256;

  void read_clock(uint64_t cycles);
  void listen();
  void obey_mailbox();
  void drain();
  void report();
  void abort_all();
  uint32_t connections() const;

  const policy::Node& node_;
  const TscClock& tsc_;
  Counters& counters_;
  WorkerMailbox mailbox_;

  Clock clock_;
  Random random_;
  TimerWheel timers_;
  TaskQueue tasks_;
  BlockPool blocks_;
  WorkerContext context_;
  SliceNodePool nodes_;

  std::optional<ExceptionPath> exceptions_;  // where a port has one
  LinkLayer link_;
  SegmentsUp segments_up_;
  SegmentsDown segments_down_;
  net::Stack net_;
  HomePorts home_ports_;
  tcp::Stack tcp_;
  stream::TcpStreams streams_;

  http::SessionContext sessions_;
  token::VerifiedMemory verified_tokens_;
  const AddressBook no_addresses_;
  QuestionLine<LeaseQuestion> leases_;
  QuestionLine<IntrospectionQuestion> introspections_;
  exchange::Server server_;
  std::vector<std::unique_ptr<Listener>> listeners_;

  Idle idle_;
  Instant wall_clock_read_{};
  const AddressBook* addresses_ = nullptr;  // the mailbox's last
  bool draining_ = false;
};

}  // namespace sluice::worker
