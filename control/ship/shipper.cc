#include "ship/shipper.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "config/described_json.h"
#include "ship/otlp.h"

namespace sluice::control {

namespace {

constexpr unsigned kRecordsATurn = 256;
constexpr Duration kPause = Duration::milliseconds(10);
constexpr Duration kFarewell = Duration::seconds(2);

// Two plugins with one key are one: the same id, the same configuration.
std::string key_of(const policy::Plugin& plugin) {
  const auto text = [](const auto& config) {
    return config::described_json(config, config::SecretStyle::kKeyedHash).dump();
  };
  return plugin.id.to_string() + std::visit(text, plugin.config);
}

// nullptr: none.
const policy::CustomFields* custom_fields(const policy::PluginConfig& plugin) {
  const auto fields = [](const auto& config) -> const policy::CustomFields* {
    if constexpr (requires { config.custom_fields; })
      return config.custom_fields.empty() ? nullptr : &config.custom_fields;
    return nullptr;
  };
  return std::visit(fields, plugin);
}

}  // namespace

Shipper::Shipper(std::vector<AccessRecordSource*> sources, ProcessIdentity process)
    : sources_(std::move(sources)), process_(std::move(process)) {}

Shipper::~Shipper() {
  stop_.store(true, std::memory_order_relaxed);
  transfers_.wake();
  if (thread_.joinable()) thread_.join();
}

void Shipper::start() {
  thread_ = std::thread([this] { run(); });
}

void Shipper::add_policy(uint64_t generation, std::shared_ptr<const policy::Policy> policy, WallTime loaded_at) {
  const std::lock_guard lock(mutex_);
  news_.push_back({generation, std::move(policy), loaded_at});
}

void Shipper::retire_before(uint64_t oldest, std::vector<uint64_t> kept) {
  const std::lock_guard lock(mutex_);
  recorded_ = {oldest, std::move(kept)};
}

std::vector<SinkStatus> Shipper::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Shipper::run() {
  Instant last = Instant::never();
  while (true) {
    const Instant began = now();
    if (stop_.load(std::memory_order_relaxed) && last == Instant::never()) last = began + kFarewell;
    const Recorded recorded = take_news();
    const bool more = drain();
    // What workers wrote before a generation was told to be over has been taken out of the rings.
    if (!more) retire_generations(recorded);
    poll_sinks();
    publish_status();
    const bool idle = std::ranges::all_of(sinks_, [](const auto& s) { return s.second.sink->queue().empty(); });
    if (last != Instant::never() && !more && (idle || began >= last)) return;
    transfers_.poll(more ? Duration{} : kPause);
  }
}

Shipper::Recorded Shipper::take_news() {
  std::vector<News> news;
  Recorded recorded;
  {
    const std::lock_guard lock(mutex_);
    news.swap(news_);
    recorded = recorded_;
  }
  for (const News& n : news) adopt(n);
  return recorded;
}

void Shipper::adopt(const News& news) {
  Generation& generation = generations_.try_emplace(news.generation, news.policy, news.loaded_at).first->second;
  const std::vector<policy::Plugin>& plugins = news.policy->plugins;
  for (uint32_t place = 0; place < plugins.size(); ++place) {
    const policy::Plugin& plugin = plugins[place];
    if (!plugin.enabled || !may_have_sink(plugin.config)) continue;
    const std::string key = key_of(plugin);
    auto found = sinks_.find(key);
    if (found == sinks_.end()) {
      auto sink = make_sink(plugin.config, {transfers_, process_});
      if (sink == nullptr) continue;
      found = sinks_.emplace(key, NamedSink{std::move(sink), std::string(plugin.name()), plugin.id.to_string()}).first;
    }
    generation.sinks[place] = found->second.sink.get();
  }
}

// With them go the sinks whose plugin no policy has any more, once they are empty.
void Shipper::retire_generations(const Recorded& recorded) {
  std::erase_if(generations_, [&](const auto& generation) {
    return generation.first < recorded.oldest &&
           std::ranges::find(recorded.kept, generation.first) == recorded.kept.end();
  });
  std::set<const Sink*> in_use;
  for (const auto& [number, generation] : generations_) {
    for (const auto& [place, sink] : generation.sinks) in_use.insert(sink);
  }
  if (in_use.size() == sinks_.size()) return;
  std::erase_if(sinks_, [&](const auto& entry) {
    const Sink* sink = entry.second.sink.get();
    return sink->queue().empty() && !in_use.contains(sink);
  });
}

// True when there may be more at once.
bool Shipper::drain() {
  bool more = false;
  AccessRecord record;
  for (AccessRecordSource* source : sources_) {
    unsigned taken = 0;
    for (; taken < kRecordsATurn && source->try_take(record); ++taken) deliver(record);
    more |= taken == kRecordsATurn;
  }
  return more;
}

void Shipper::deliver(const AccessRecord& record) {
  auto found = generations_.find(record.header.policy_generation);
  if (found == generations_.end()) {
    // A policy that came in this very turn: its workers may be quicker than the next look at the news.
    take_news();
    found = generations_.find(record.header.policy_generation);
  }
  if (found == generations_.end()) {
    strays_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  Generation& generation = found->second;
  const AccessFacts facts(record, *generation.policy);
  AccessJson::Json object;  // as the plugins so far want it, as in Kong
  std::string line;
  for (size_t i = 0; i < record.sinks.count; ++i) {
    const uint32_t place = record.sinks.plugins[i];
    const policy::PluginConfig& config = generation.policy->plugins[place].config;
    if (const auto* prometheus = std::get_if<policy::PrometheusConfig>(&config)) metrics_.observe(facts, *prometheus);
    const auto sink = generation.sinks.find(place);
    if (sink == generation.sinks.end()) continue;
    if (std::holds_alternative<policy::OpentelemetryConfig>(config)) {
      sink->second->push(otlp_span(facts), record.status, now());
    } else {
      if (object.is_null()) object = generation.json.object(facts);
      const policy::CustomFields* const fields = custom_fields(config);
      if (fields != nullptr) set_custom_fields(object, *fields, facts);
      if (line.empty() || fields != nullptr) line = to_line(object);
      sink->second->push(line, record.status, now());
    }
  }
}

void Shipper::poll_sinks() {
  const bool stopping = stop_.load(std::memory_order_relaxed);
  const bool reopening = reopen_.exchange(false, std::memory_order_relaxed);
  for (auto& [key, named] : sinks_) {
    if (reopening) named.sink->reopen();
    if (stopping) named.sink->queue().hurry();
    named.sink->poll(now());
  }
}

void Shipper::publish_status() {
  std::vector<SinkStatus> status;
  for (const auto& [key, named] : sinks_) {
    const BatchQueue& queue = named.sink->queue();
    status.push_back({named.plugin, named.id, queue.sent_records(), queue.lost_records(), queue.waiting()});
  }
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
}

Instant Shipper::now() {
  return Instant{std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

}  // namespace sluice::control
