// Shipper: the thread that takes the records of logging plugins off the workers' rings and sees them to their sinks.
//
// Workers never wait for it: a ring that it does not empty in time refuses records, which the worker counts. It holds
// the policies whose requests may still have records, and a sink for each logging plugin of theirs; a plugin that a
// reload leaves as it was keeps its sink, with what waits in it. Nothing that it does blocks: one sink that hangs
// delays no other.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "loop/transfers.h"
#include "ship/access_json.h"
#include "ship/kong_metrics.h"
#include "ship/sink.h"
#include "sluice/access_record.h"
#include "sluice/policy/policy.h"

namespace sluice::control {

// How a sink is doing.
struct SinkStatus {
  std::string plugin;  // "http-log"
  std::string id;      // the plugin's
  uint64_t sent = 0;   // records
  uint64_t lost = 0;
  uint64_t waiting = 0;
};

class Shipper {
 public:
  // The sources outlive the shipper.
  Shipper(std::vector<AccessRecordSource*> sources, ProcessIdentity process);
  // Tries for a moment to send what still waits, then ends the thread.
  ~Shipper();
  Shipper(const Shipper&) = delete;
  Shipper& operator=(const Shipper&) = delete;

  void start();

  // Any thread. A policy whose requests will come; before the first worker adopts it.
  void add_policy(uint64_t generation, std::shared_ptr<const policy::Policy> policy, WallTime loaded_at);
  // Any thread. No worker will write records of generations below `oldest` any more, but for those in `kept`.
  void retire_before(uint64_t oldest, std::vector<uint64_t> kept);
  // Any thread. Makes the sinks reopen their files.
  void request_reopen() { reopen_.store(true, std::memory_order_relaxed); }

  // Any thread.
  std::vector<SinkStatus> status() const;
  // Records lost before they reached a sink: their policy was gone.
  uint64_t strays() const { return strays_.load(std::memory_order_relaxed); }
  const KongMetrics& metrics() const { return metrics_; }

 private:
  // A policy that records may name.
  struct Generation {
    Generation(std::shared_ptr<const policy::Policy> p, WallTime loaded_at)
        : policy(std::move(p)), json(*policy, loaded_at) {}
    std::shared_ptr<const policy::Policy> policy;
    AccessJson json;
    std::map<uint32_t, Sink*> sinks;  // by the plugin's place
  };
  struct NamedSink {
    std::unique_ptr<Sink> sink;
    std::string plugin;
    std::string id;
  };
  struct News {
    uint64_t generation;
    std::shared_ptr<const policy::Policy> policy;
    WallTime loaded_at;
  };

  // Of which generations there may still be records.
  struct Recorded {
    uint64_t oldest = 0;         // all from here on,
    std::vector<uint64_t> kept;  // and these before
  };

  void run();
  Recorded take_news();
  void adopt(const News& news);
  void retire_generations(const Recorded& recorded);
  bool drain();
  void deliver(const AccessRecord& record);
  void poll_sinks();
  void publish_status();
  static Instant now();

  const std::vector<AccessRecordSource*> sources_;
  const ProcessIdentity process_;
  std::thread thread_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> reopen_{false};
  std::atomic<uint64_t> strays_{0};
  KongMetrics metrics_;

  // Of the thread alone.
  Transfers transfers_;
  std::map<uint64_t, Generation> generations_;
  std::map<std::string, NamedSink> sinks_;  // by plugin id and configuration

  // What the thread and others share.
  mutable std::mutex mutex_;
  std::vector<News> news_;
  Recorded recorded_;
  std::vector<SinkStatus> status_;
};

}  // namespace sluice::control
