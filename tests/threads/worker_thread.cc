#include "threads/worker_thread.h"

#include <sched.h>

#include <algorithm>
#include <utility>

#include "wire/tcp_header.h"

namespace sluice::threads {

namespace {

std::vector<worker::LinkLayer::PortEnd> port_end(const WorkerThread::Setup& setup, test::TestWorker& worker) {
  const unsigned queue = worker.context.id.value;
  std::vector<worker::LinkLayer::PortEnd> ends;
  ends.push_back({setup.wire.queues(), {.owners = setup.fabric.owners(), .by_device = setup.by_device}, nullptr});
  if (queue < setup.wire.queues()) ends[0].queue = setup.wire.worker_end(queue, *worker.packets, worker.counters);
  return ends;
}

}  // namespace

void SegmentsSeen::on_segment(const IpAddress& source, const IpAddress& destination, Packet segment,
                              wire::SegmentMarks marks) {
  ++segments_;
  if (const auto parsed = wire::parse_tcp_header(std::as_const(segment).bytes())) {
    flows_.insert({{source, parsed->header.source_port}, {destination, parsed->header.destination_port}});
  }
  up_.on_segment(source, destination, std::move(segment), marks);
}

WorkerThread::WorkerThread(const Setup& setup, WorkerId id)
    : worker(id.value + 1u, setup.packets, id),
      orders_(setup.orders),
      home_ports_(setup.fabric.owners()),
      link_(worker.context, port_end(setup, worker), setup.fabric),
      net_(worker.context, setup.net, {*worker.packets, link_, up_, link_}),
      tcp_(worker.context, {*worker.packets, worker.nodes, down_, tcp::Secrets::repeatable(worker.random)}, setup.tcp) {
  link_.wire(net_);
  up_.wire(tcp_);
  down_.wire(net_.ip());
  tcp_.steer_by(home_ports_);
  if (id == WorkerId{0}) net_.announce();
}

sim::Transfer& WorkerThread::add(const sim::TransferSettings& transfer, uint64_t pattern, uint64_t expected) {
  transfers_.push_back(std::make_unique<sim::Transfer>(worker, transfer, pattern, expected));
  return *transfers_.back();
}

void WorkerThread::serve(const Endpoint& local, const sim::TransferSettings& transfer, uint64_t pattern,
                         uint64_t expected) {
  if (!tcp_.listen(local, add(transfer, pattern, expected)).ok()) std::abort();
}

void WorkerThread::open(const Endpoint& remote, const sim::TransferSettings& transfer, uint64_t pattern,
                        uint64_t expected) {
  sim::Transfer& user = add(transfer, pattern, expected);
  const auto connection = tcp_.connect(remote, user);
  if (!connection.ok()) std::abort();
  user.begin(**connection);
}

void WorkerThread::run() {
  while (!orders_.stop.load(std::memory_order_relaxed)) {
    const unsigned frames = turn();
    const auto finished =
        std::count_if(transfers_.begin(), transfers_.end(), [](const auto& t) { return t->closed().has_value(); });
    progress.finished.store(static_cast<unsigned>(finished), std::memory_order_relaxed);
    progress.frames.store(progress.frames.load(std::memory_order_relaxed) + frames, std::memory_order_relaxed);
    progress.turns.store(progress.turns.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (frames == 0) sched_yield();
  }
}

unsigned WorkerThread::turn() {
  worker.clock.advance(Instant{orders_.now_ns.load(std::memory_order_relaxed)} - worker.clock.now());
  unsigned frames = link_.poll_ports();
  frames += link_.poll_other_workers();
  worker.timers.poll(worker.clock.now());
  worker.run_tasks();
  link_.flush();
  return frames;
}

}  // namespace sluice::threads
