// Publisher: brings policies into force on all workers and frees the ones that no worker uses any more.
//
// A policy goes: text -> loaded and compiled on the compiler thread -> names resolved -> handed to every worker ->
// adopted by every worker -> in force. Until the last step the one before is in force, and a mistake at any step
// changes nothing. Policies go one after the other. Lives on the event loop.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/kong_report.h"
#include "config/policy_loader.h"
#include "exchange/snapshot.h"
#include "loop/event_loop.h"
#include "publish/compiler.h"
#include "publish/hand_over.h"
#include "resolve/resolver.h"
#include "ship/shipper.h"

namespace sluice::control {

// How an attempt to bring a policy into force, or to check it, ended.
struct PublishOutcome {
  std::shared_ptr<const policy::Policy> policy;  // nullptr: refused
  std::string file;                              // the name it came under
  config::Diagnostics diagnostics;               // errors only when refused; warnings in both cases
  std::vector<config::Diagnostic> quarantined;   // why entities were left out of a policy that was taken
  config::KongReport report;                     // the errors in Kong's form
  std::string refusal;                           // refused for a reason that no line of the file tells
  WallTime loaded_at{};
  policy::Fingerprint text_digest{};  // SHA-256 over the text itself
  // What it took: to read the text, to compile the policy, and from handing it to the first worker until all had it.
  Duration load_time{};
  Duration compile_time{};
  Duration swap_time{};
};

class Publisher {
 public:
  using Done = std::function<void(PublishOutcome)>;

  // Each policy is told to the shipper before a worker has it.
  Publisher(EventLoop& loop, Resolver& resolver, Shipper& shipper, std::vector<WorkerLink> workers,
            const exchange::CompileContext& context, policy::OnMistake on_mistake = policy::OnMistake::kRefuse);
  // REQUIRES: the workers have ended.
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Brings `text` into force. `file` is what its errors name. `done` is called on the loop.
  void publish(std::string text, std::string file, Done done);
  // Does all but bring it into force.
  void check(std::string text, std::string file, Done done);

  // Runs `work` on the compiler's thread, after what it was given before, and gives what it returns to `done` on the
  // loop: for what would hold the loop up. `work` throws nothing.
  template <typename Work, typename Done>
  void aside(Work work, Done done) {
    compiler_.submit([this, work = std::move(work), done = std::move(done)] {
      loop_.post([done, result = work()]() mutable { done(std::move(result)); });
    });
  }

  // Whether a text of this SHA-256 is what the policy in force was loaded from, and no other is on its way. Never of
  // one that names files, which may say something else by now.
  bool stays_in_force(const policy::Fingerprint& text_digest) const;
  // How the policy in force came there.
  const PublishOutcome& in_force() const { return in_force_; }
  // nullptr before the first policy is in force.
  const policy::Policy* policy() const { return in_force_.policy.get(); }
  // When the policy in force was loaded, and under which name.
  WallTime loaded_at() const { return in_force_.loaded_at; }
  const std::string& file() const { return in_force_.file; }
  uint64_t generation() const { return current_ == nullptr ? 0 : current_->generation(); }
  const exchange::Snapshot* snapshot() const { return current_; }
  size_t snapshots_alive() const { return hand_over_.alive(); }
  // What the workers look names up in. REQUIRES: a policy is in force.
  const AddressBook& addresses() const { return hand_over_.addresses(); }
  uint64_t published() const { return published_; }
  uint64_t refused() const { return refused_; }

  // New addresses for the names of the policy in force.
  void use(std::unique_ptr<const AddressBook> book) { hand_over_.give(std::move(book)); }

 private:
  struct Job {
    std::string text;
    std::string file;
    bool check_only;
    Done done;
  };
  struct Compiled {
    PublishOutcome outcome;
    std::unique_ptr<const exchange::Snapshot> snapshot;
  };

  void enqueue(Job job);
  void begin_next();
  Compiled compile(const Job& job, uint64_t generation) const;
  Compiled read(const Job& job, uint64_t generation) const;
  void on_compiled(Compiled compiled);
  void hand_out(std::unique_ptr<const exchange::Snapshot> snapshot, std::unique_ptr<const AddressBook> book);
  void await_adoption();
  void finish(PublishOutcome outcome);
  void reclaim();

  EventLoop& loop_;
  Resolver& resolver_;
  Shipper& shipper_;
  HandOver hand_over_;
  const exchange::CompileContext context_;
  const policy::OnMistake on_mistake_;

  std::deque<Job> jobs_;  // the first one is in progress
  bool busy_ = false;
  PublishOutcome awaiting_adoption_;
  Instant handed_out_{};

  PublishOutcome in_force_;
  const exchange::Snapshot* current_ = nullptr;
  uint64_t next_generation_ = 1;
  uint64_t published_ = 0;
  uint64_t refused_ = 0;

  Compiler compiler_;  // last: its thread ends before what its jobs use
};

}  // namespace sluice::control
