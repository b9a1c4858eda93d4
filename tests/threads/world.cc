#include "threads/world.h"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace sluice::threads {

namespace {

constexpr Duration kTick = Duration::milliseconds(1);
constexpr Duration kLongTick = Duration::milliseconds(32);
constexpr Duration kLimit = Duration::seconds(300);
constexpr Duration kSettled = Duration::milliseconds(500);  // no acknowledgement is delayed for longer
constexpr size_t kWireFrames = 4096;

// Every second connection runs over IPv6.
struct Host {
  wire::MacAddress mac;
  const char* v4;
  const char* v6;

  IpAddress address(unsigned connection) const { return *IpAddress::parse(connection % 2 == 0 ? v4 : v6); }
};
constexpr Host kWorkers{{{0x02, 0, 0, 0, 0, 0x01}}, "198.18.0.1", "2001:db8::1"};
constexpr Host kPeer{{{0x02, 0, 0, 0, 0, 0x02}}, "198.18.0.2", "2001:db8::2"};

// A port for each connection tells them apart, and their bytes.
constexpr uint16_t kPassivePorts = 1000;
constexpr uint16_t kActivePorts = 2000;
constexpr uint64_t pattern_of_worker(unsigned port) {
  return uint64_t{port} << 32;
}
constexpr uint64_t pattern_of_peer(unsigned port) {
  return uint64_t{port} << 32 | 1u << 31;
}

net::LinkConfig link_of(const Host& host, bool chained_buffers) {
  net::LinkConfig link{.mac = host.mac};
  for (const char* address : {host.v4, host.v6}) {
    link.addresses.push_back(
        {*IpAddress::parse(address), *Cidr::parse(std::string(address) + (address == host.v4 ? "/24" : "/64"))});
  }
  link.ipv6.duplicate_address_detection = false;
  link.offloads.multi_segment = chained_buffers;
  return link;
}

test::TcpHostConfig peer_config() {
  return {.port = link_of(kPeer, false), .routes = {}, .tcp = {}, .seed = 99};
}

// While it lives, this thread and those that it starts have two of its cores at most: so there are more workers than
// cores on every machine, and each is interrupted anywhere.
class TwoCores {
 public:
  TwoCores() {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t two;
    CPU_ZERO(&two);
    for (int core = 0; core < CPU_SETSIZE && CPU_COUNT(&two) < 2; ++core) {
      if (CPU_ISSET(core, &before_)) CPU_SET(core, &two);
    }
    sched_setaffinity(0, sizeof two, &two);
  }
  ~TwoCores() { sched_setaffinity(0, sizeof before_, &before_); }
  TwoCores(const TwoCores&) = delete;
  TwoCores& operator=(const TwoCores&) = delete;

 private:
  cpu_set_t before_;
};

bool is_tcp(std::span<const std::byte> frame) {
  constexpr std::byte kTcp{6};
  const bool v6 = frame[12] == std::byte{0x86};
  const bool ip = v6 || (frame[12] == std::byte{0x08} && frame[13] == std::byte{0x00});
  return ip && frame[14 + (v6 ? 6 : 9)] == kTcp;
}

}  // namespace

World::World(const Scenario& scenario)
    : scenario_(scenario),
      wire_(scenario.queues, kWireFrames),
      owners_(kWorkers),
      owners_of_queues_(scenario.queues),
      fabric_(owners_, scenario.rings),
      peer_(peer_config()),
      turns_seen_(kWorkers) {
  WorkerThread::Setup setup{wire_, fabric_, orders_, {}, {}};
  setup.net.links = {link_of(threads::kWorkers, scenario.chained_buffers)};
  setup.by_device = scenario.queues == kWorkers && !scenario.each_frame_apart;
  setup.packets = scenario.packets;
  for (uint8_t i = 0; i < kWorkers; ++i) workers_.push_back(std::make_unique<WorkerThread>(setup, WorkerId{i}));
  open_all();
}

void World::open_all() {
  const sim::TransferSettings transfer{.bytes = scenario_.bytes};
  const auto add_to_peer = [&](unsigned port) -> sim::Transfer& {
    peer_transfers_.push_back(
        std::make_unique<sim::Transfer>(peer_.worker, transfer, pattern_of_peer(port), pattern_of_worker(port)));
    return *peer_transfers_.back();
  };
  for (unsigned i = 0; i < scenario_.passive; ++i) {
    const Endpoint local{threads::kWorkers.address(i), Port{static_cast<uint16_t>(kPassivePorts + i)}};
    const unsigned port = local.port.value;
    for (auto& worker : workers_) worker->serve(local, transfer, pattern_of_worker(port), pattern_of_peer(port));
    sim::Transfer& user = add_to_peer(port);
    user.begin(**peer_.tcp.connect(local, user));
  }
  for (unsigned i = 0; i < kWorkers * scenario_.active; ++i) {
    const Endpoint remote{kPeer.address(i / kWorkers), Port{static_cast<uint16_t>(kActivePorts + i)}};
    const unsigned port = remote.port.value;
    if (!peer_.tcp.listen(remote, add_to_peer(port)).ok()) std::abort();
    workers_[i % kWorkers]->open(remote, transfer, pattern_of_worker(port), pattern_of_peer(port));
  }
}

bool World::run() {
  const TwoCores cores;
  std::vector<std::thread> threads;
  for (auto& worker : workers_) threads.emplace_back([&worker] { worker->run(); });
  peer_.finish_turn();
  const Instant end = peer_.worker.clock.now() + kLimit;
  while (!finished() && peer_.worker.clock.now() < end) let_time_pass();
  const bool in_time = finished();
  settle();
  orders_.stop.store(true, std::memory_order_relaxed);
  for (std::thread& thread : threads) thread.join();
  return in_time;
}

void World::let_time_pass() {
  if (exchange_frames()) {
    quiet_looks_ = 0;
  } else if (workers_are_idle()) {
    const Duration step = ++quiet_looks_ > 4 ? kLongTick : kTick;
    peer_.worker.clock.advance(step);
    orders_.now_ns.store(peer_.worker.clock.now().ns, std::memory_order_relaxed);
    peer_.finish_turn();
  } else {
    sched_yield();
  }
}

// What the last segments called forth has arrived, too.
void World::settle() {
  Instant quiet_until = peer_.worker.clock.now() + kSettled;
  uint64_t seen = received_.all + sent_.all;
  while (peer_.worker.clock.now() < quiet_until) {
    let_time_pass();
    if (received_.all + sent_.all == std::exchange(seen, received_.all + sent_.all)) continue;
    quiet_until = peer_.worker.clock.now() + kSettled;
  }
}

// Every worker has had two turns since it was last asked, and none of them moved a frame: what one turn hands on, the
// next finds.
bool World::workers_are_idle() {
  for (unsigned i = 0; i < kWorkers; ++i) {
    if (workers_[i]->progress.turns.load(std::memory_order_relaxed) < turns_seen_[i] + 2) return false;
  }
  for (unsigned i = 0; i < kWorkers; ++i) {
    turns_seen_[i] = workers_[i]->progress.turns.load(std::memory_order_relaxed);
  }
  const uint64_t frames = sum([](const WorkerThread& w) { return w.progress.frames.load(std::memory_order_relaxed); });
  return frames == std::exchange(frames_seen_, frames);
}

bool World::exchange_frames() {
  bool moved = false;
  Wire::Frame frame;
  for (unsigned n = 0; n < port::FrameQueue::kBurst && wire_.try_receive(frame); ++n) {
    ++received_.all;
    received_.tcp += is_tcp(frame.view());
    moved = true;
    if (!peer_.receive(frame.view())) std::abort();
  }
  while (!peer_.sent().empty()) {
    const auto& bytes = peer_.sent().front().bytes;
    if (!wire_.try_send(queue_for(bytes), bytes)) break;
    ++sent_.all;
    sent_.tcp += is_tcp(bytes);
    moved = true;
    peer_.sent().pop_front();
  }
  return moved;
}

unsigned World::queue_for(std::span<const std::byte> frame) {
  if (scenario_.each_frame_apart) return next_queue_ = (next_queue_ + 1) % wire_.queues();
  return net::Steering{.owners = owners_of_queues_}.owner_of(frame, WorkerId{0}).value;
}

bool World::finished() const {
  const auto ended = [](const auto& transfer) { return transfer->closed().has_value(); };
  if (!std::all_of(peer_transfers_.begin(), peer_transfers_.end(), ended)) return false;
  const uint64_t of_workers =
      sum([](const WorkerThread& w) { return w.progress.finished.load(std::memory_order_relaxed); });
  return of_workers * 2 == transfers_expected();
}

std::vector<const sim::Transfer*> World::transfers() const {
  std::vector<const sim::Transfer*> all;
  for (const auto& transfer : peer_transfers_) all.push_back(transfer.get());
  for (const auto& worker : workers_) {
    for (const auto& transfer : worker->transfers()) {
      if (transfer->closed()) all.push_back(transfer.get());
    }
  }
  return all;
}

uint64_t World::counted(Counter c) const {
  return sum([c](const WorkerThread& worker) { return worker.worker.counted(c); });
}

}  // namespace sluice::threads
