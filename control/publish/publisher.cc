#include "publish/publisher.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <utility>

#include "config/digests.h"
#include "publish/memory_guard.h"
#include "publish/policy_reader.h"

namespace sluice::control {

namespace {

constexpr Duration kAdoptionTick = Duration::milliseconds(1);
constexpr Duration kReclaimInterval = Duration::milliseconds(100);

Instant read_clock() {
  return Instant{std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

// What such a policy says does not all stand in its text: a file may have changed since.
bool names_files(const policy::Policy& policy) {
  return std::ranges::any_of(policy.edge.keys, [](const policy::EdgeKey& key) { return key.jwks_file.has_value(); });
}

}  // namespace

Publisher::Publisher(EventLoop& loop, Resolver& resolver, Shipper& shipper, std::vector<WorkerLink> workers,
                     const exchange::CompileContext& context, policy::OnMistake on_mistake)
    : loop_(loop),
      resolver_(resolver),
      shipper_(shipper),
      hand_over_(std::move(workers)),
      context_(context),
      on_mistake_(on_mistake) {
  loop_.every(kReclaimInterval, [this] { reclaim(); });
}

Publisher::~Publisher() = default;

void Publisher::publish(std::string text, std::string file, Done done) {
  enqueue({std::move(text), std::move(file), false, std::move(done)});
}

void Publisher::check(std::string text, std::string file, Done done) {
  enqueue({std::move(text), std::move(file), true, std::move(done)});
}

void Publisher::enqueue(Job job) {
  jobs_.push_back(std::move(job));
  begin_next();
}

void Publisher::begin_next() {
  if (busy_ || jobs_.empty()) return;
  busy_ = true;
  const Job& job = jobs_.front();
  reclaim();
  if (!job.check_only && hand_over_.alive() >= exchange::kMaxSnapshots) {
    PublishOutcome outcome;
    outcome.file = job.file;
    outcome.refusal = std::to_string(hand_over_.alive()) +
                      " policies are still used by requests in progress; try again when some have ended";
    finish(std::move(outcome));
    return;
  }
  compiler_.submit([this, &job, generation = next_generation_] {
    auto compiled = std::make_shared<Compiled>(compile(job, generation));
    loop_.post([this, compiled] { on_compiled(std::move(*compiled)); });
  });
}

bool Publisher::stays_in_force(const policy::Fingerprint& text_digest) const {
  if (std::ranges::any_of(jobs_, [](const Job& job) { return !job.check_only; })) return false;
  if (in_force_.policy == nullptr || names_files(*in_force_.policy)) return false;
  return in_force_.text_digest == text_digest;
}

// On the compiler's thread: touches nothing but the job and what is immutable.
Publisher::Compiled Publisher::compile(const Job& job, uint64_t generation) const {
  Compiled compiled;
  compiled.outcome.file = job.file;
  compiled.outcome.refusal = memory_refusal(job.text.size(), read_memory());
  if (!compiled.outcome.refusal.empty()) return compiled;
  try {
    return read(job, generation);
  } catch (const std::bad_alloc&) {
    compiled.outcome.refusal = job.file + ": there is not enough memory for this policy";
  } catch (const std::exception&) {
    // What it says may quote a secret of the policy.
    compiled.outcome.refusal = job.file + ": Sluice failed to read this policy, which is a fault of Sluice's own";
  }
  return compiled;
}

Publisher::Compiled Publisher::read(const Job& job, uint64_t generation) const {
  Compiled compiled;
  compiled.outcome.file = job.file;
  compiled.outcome.text_digest = config::sha256(job.text);
  compiled.outcome.loaded_at =
      WallTime{std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count()};
  ReadPolicy found = read_policy(job.text, job.file, on_mistake_, generation, context_);
  compiled.outcome.load_time = found.load_time;
  compiled.outcome.compile_time = found.compile_time;
  compiled.outcome.diagnostics = std::move(found.diagnostics);
  compiled.outcome.quarantined = std::move(found.quarantined);
  compiled.outcome.policy = std::move(found.policy);
  compiled.snapshot = std::move(found.snapshot);
  if (compiled.snapshot == nullptr) {
    compiled.outcome.report = config::kong_report(compiled.outcome.diagnostics.errors(), job.text);
  }
  return compiled;
}

void Publisher::on_compiled(Compiled compiled) {
  if (compiled.snapshot == nullptr || jobs_.front().check_only) {
    finish(std::move(compiled.outcome));
    return;
  }
  ++next_generation_;
  awaiting_adoption_ = std::move(compiled.outcome);
  const std::vector<std::string> names = compiled.snapshot->names_to_resolve();
  // std::function wants what it holds to be copyable.
  auto snapshot = std::make_shared<std::unique_ptr<const exchange::Snapshot>>(std::move(compiled.snapshot));
  resolver_.want(names, [this, snapshot](std::unique_ptr<const AddressBook> book) {
    hand_out(std::move(*snapshot), std::move(book));
  });
}

void Publisher::hand_out(std::unique_ptr<const exchange::Snapshot> snapshot, std::unique_ptr<const AddressBook> book) {
  use(std::move(book));
  shipper_.add_policy(snapshot->generation(), awaiting_adoption_.policy, awaiting_adoption_.loaded_at);
  handed_out_ = read_clock();
  hand_over_.give(std::move(snapshot));
  await_adoption();
}

void Publisher::await_adoption() {
  if (!hand_over_.is_adopted()) {
    loop_.once_after(kAdoptionTick, [this] { await_adoption(); });
    return;
  }
  awaiting_adoption_.swap_time = read_clock() - handed_out_;
  current_ = &hand_over_.latest();
  in_force_ = awaiting_adoption_;
  finish(std::move(awaiting_adoption_));
}

void Publisher::finish(PublishOutcome outcome) {
  const Job job = std::move(jobs_.front());
  jobs_.pop_front();
  busy_ = false;
  if (!job.check_only) ++(outcome.policy != nullptr ? published_ : refused_);
  job.done(std::move(outcome));
  begin_next();
}

void Publisher::reclaim() {
  shipper_.retire_before(generation(), hand_over_.reclaim(generation()));
}

}  // namespace sluice::control
