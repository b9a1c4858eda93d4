#include "micro/world.h"

#include "config/policy_loader.h"

namespace sluice::micro {

namespace {

constexpr std::string_view kOriginAnswer =
    "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\nContent-Type: text/plain\r\n"
    "Content-Length: 128\r\nConnection: keep-alive\r\n\r\n"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
constexpr Endpoint kOrigin{IpAddress::v4(0xC6120101), Port{9000}};
// Rounds between two looks at the rings of records: what they hold, with room to spare.
constexpr unsigned kRoundsADrain = 8;

}  // namespace

class World::Relay {
 public:
  Relay(World& world, stream::Stream& client) : to_origin_(client), to_client_(client) {
    client.set_events(&to_origin_);
    stream::Stream* origin = world.origin_.connect(kOrigin, to_client_);
    to_origin_.out = origin;
    to_client_.in = origin;
  }

 private:
  struct Way final : stream::StreamEvents {
    explicit Way(stream::Stream& client) : in(&client), out(&client) {}
    void on_readable() override {
      SliceQueue bytes(std::move(in->readable()));
      in->consumed(bytes.size());
      if (!bytes.empty()) static_cast<void>(out->write(std::move(bytes)));
    }
    void on_writable() override {}
    void on_closed(stream::CloseReason) override {}
    stream::Stream* in;
    stream::Stream* out;
  };
  Way to_origin_;
  Way to_client_;
};

World::Link::Link(World& world, std::string_view answer)
    : pair(world.worker_.context, world.worker_.nodes), client(world.worker_, pair.client()) {
  client.expect(answer);
}

World::World(const Row& row, const worker::TscClock& tsc)
    : row_(row),
      tsc_(tsc),
      origin_(worker_, kOriginAnswer),
      server_({sessions_, origin_, health_, tokens_, book_, {nullptr, &introspection_desk_}}, {.exchanges = 1024}) {
  worker_.clock.measure_with(read_clock, this);
}

World::~World() {
  h1_.abort_all();
  server_.leave_origins();
  worker_.run_tasks();
  origin_.clear();
}

Result<std::unique_ptr<World>, std::string> World::make(const Row& row, const worker::TscClock& tsc) {
  std::unique_ptr<World> world(new World(row, tsc));
  if (!row.policy.empty()) {
    if (std::string error = world->compile(row.policy); !error.empty()) return error;
  }
  world->accept();
  return world;
}

std::string World::compile(const std::string& policy) {
  auto loaded = config::load_policy(policy, row_.title);
  if (!loaded.policy) return config::to_line(row_.title, loaded.diagnostics.errors().front());
  const exchange::CompileContext context{
      .gateway = shared_, .health = health_, .product = "sluice/micro", .hash_key = {1, 2}};
  auto compiled = exchange::compile(std::make_shared<const policy::Policy>(*std::move(loaded.policy)), 1, context);
  if (!compiled) return row_.title + ": " + compiled.error().front().message;
  snapshot_ = std::move(compiled).value();
  server_.adopt(*snapshot_);
  return {};
}

void World::accept() {
  for (unsigned i = 0; i < kConnections; ++i) {
    Link& link = links_.emplace_back(*this, row_.answer);
    if (snapshot_ == nullptr) {
      relays_.push_back(std::make_unique<Relay>(*this, link.pair.server()));
    } else {
      h1_.on_accept(link.pair.server());
    }
  }
  worker_.run_tasks();
}

Instant World::now() const {
  return test::TestWorker::kStart + (tsc_.at(worker::TscClock::cycles()) - Instant{});
}

// As a poll of the worker: the clock, then what came in, then timers.
void World::turn() {
  worker_.clock.set(now(), test::TestWorker::kWallStart);
  ask_all();
  worker_.run_tasks();
  if (!introspection_desk_.questions.empty()) answer_questions();
  worker_.timers.poll(worker_.clock.now());
  worker_.run_tasks();
}

void World::ask_all() {
  for (Link& link : links_) {
    if (!link.client.ask(row_.requests[next_request_])) failure_ = row_.title + ": out of packets";
    if (++next_request_ == row_.requests.size()) next_request_ = 0;
  }
}

// In control's stead: the server that is asked finds every token good. It is asked once, as the date stands still.
void World::answer_questions() {
  for (const IntrospectionQuestion& question : introspection_desk_.questions) {
    const bool kept = introspections_.keep(*question.terms, question.key, R"({"active":true,"username":"alice"})",
                                           worker_.clock.wall_now());
    server_.wake(question.waiting, kept ? Woken::kServed : Woken::kInVain);
  }
  introspection_desk_.questions.clear();
}

uint64_t World::serve(unsigned rounds) {
  uint64_t cycles = 0;
  for (unsigned round = 0; round < rounds && failure_.empty();) {
    const uint64_t begin = worker::TscClock::cycles();
    unsigned done = 0;
    for (; done < kRoundsADrain && round < rounds; ++done, ++round) turn();
    cycles += worker::TscClock::cycles() - begin;
    for (Link& link : links_) {
      if (link.client.take_answers() == done) continue;
      failure_ = row_.title + ": expected " + std::string(row_.answer) + ", got " +
                 (link.client.unexpected().empty() ? "no answer" : link.client.unexpected());
    }
    drain();
  }
  return cycles;
}

void World::drain() {
  for (EdgeRecord record; server_.records().try_take(record);) continue;
  for (GatewayRecord record; server_.records().try_take(record);) continue;
  for (AccessRecord record; server_.access_records().try_take(record);) continue;
}

}  // namespace sluice::micro
