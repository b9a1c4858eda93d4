#include "leases/lease_keeper.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "loop/question_watch.h"

namespace sluice::control {

namespace {

constexpr Duration kTick = Duration::milliseconds(20);
constexpr Duration kDropAfter = Duration::seconds(60);

Instant steady_now() {
  return {std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

WallTime wall_now() {
  return {std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count()};
}

bool is_same_store(const policy::RedisConfig& a, const policy::RedisConfig& b) {
  return a.host == b.host && a.port == b.port && a.username == b.username && a.password == b.password &&
         a.database == b.database && a.timeout == b.timeout;
}

}  // namespace

LeaseKeeper::Store::Store(EventLoop& loop, const policy::RedisConfig& config, LeaseLedger& ledger,
                          const LeaseAccounts::Wake& wake)
    : redis(loop.base(), config,
            [this](RedisStore::State state) {
              if (state == RedisStore::State::kReady) accounts.store_is_back();
            }),
      accounts(redis, ledger, wake) {}

LeaseKeeper::LeaseKeeper(EventLoop& loop, const std::vector<IpAddress>& dns_servers, Duration dns_timeout,
                         LeaseLedger& ledger, std::vector<QuestionSource<LeaseQuestion>*> workers)
    : loop_(loop),
      ledger_(ledger),
      workers_(std::move(workers)),
      resolver_(loop, dns_servers, dns_timeout, Resolver::Families::kBoth,
                [this](std::unique_ptr<const AddressBook> book) { set_addresses(*book); }) {
  for (QuestionSource<LeaseQuestion>* worker : workers_) {
    watches_.push_back(watch_questions<LeaseQuestion>(loop, *worker, [this](const auto& question) { ask(question); }));
  }
  loop.every(kTick, [this] { poll(); });
}

void LeaseKeeper::ask(const LeaseQuestion& question) {
  Store& store = store_of(question.terms->store);
  store.asked_at = steady_now();
  store.redis.poll(store.asked_at);
  store.accounts.set_time(store.asked_at, wall_now());
  store.accounts.ask(question);
}

LeaseKeeper::Store& LeaseKeeper::store_of(const policy::RedisConfig& config) {
  const auto known =
      std::ranges::find_if(stores_, [&](const auto& store) { return is_same_store(store->redis.config(), config); });
  if (known != stores_.end()) return **known;
  const auto wake = [this](const WaitHandle& waiting, Woken how) {
    workers_[waiting.worker.value]->wake(waiting, how);
  };
  Store& store = *stores_.emplace_back(std::make_unique<Store>(loop_, config, ledger_, wake));
  store.redis.poll(steady_now());
  const auto address = IpAddress::parse(config.host.value_or(std::string()));
  if (address) {
    store.redis.set_address(address);
  } else {
    resolve();
  }
  return store;
}

void LeaseKeeper::resolve() {
  std::vector<std::string> names;
  for (const auto& store : stores_) {
    const std::string host = store->redis.config().host.value_or(std::string());
    if (!IpAddress::parse(host)) names.push_back(host);
  }
  resolver_.want(names, [this](std::unique_ptr<const AddressBook> book) { set_addresses(*book); });
}

void LeaseKeeper::set_addresses(const AddressBook& book) {
  for (const auto& store : stores_) {
    const std::string host = store->redis.config().host.value_or(std::string());
    if (!book.contains(host)) continue;
    const auto& addresses = book.find(host);
    store->redis.set_address(addresses.empty() ? std::nullopt : std::optional(addresses.front()));
  }
}

void LeaseKeeper::poll() {
  const Instant now = steady_now();
  for (const auto& store : stores_) {
    store->redis.poll(now);
    store->accounts.set_time(now, wall_now());
    store->accounts.poll();
  }
  std::erase_if(stores_,
                [now](const auto& store) { return store->accounts.empty() && now - store->asked_at > kDropAfter; });
}

std::vector<LeaseStoreStatus> LeaseKeeper::status() const {
  std::vector<LeaseStoreStatus> all;
  for (const auto& store : stores_) {
    const policy::RedisConfig& config = store->redis.config();
    all.push_back(
        {config.host.value_or("") + ":" + std::to_string(config.port.value) + "/" + std::to_string(config.database),
         store->redis.state(), store->redis.last_error(), store->accounts.totals()});
  }
  return all;
}

}  // namespace sluice::control
