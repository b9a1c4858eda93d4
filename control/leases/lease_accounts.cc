#include "leases/lease_accounts.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::control {

namespace {

constexpr uint32_t kMostAhead = 4096;
// How long a worker takes the store's word that nothing is left: another machine may give tokens back.
constexpr Duration kAskAgainAfter = Duration::milliseconds(100);

// At most.
Duration length_of(policy::Window window) {
  constexpr std::array<int64_t, 6> kSeconds = {1, 60, 3600, 86400, 31 * 86400, 366 * 86400};
  return Duration::seconds(kSeconds[static_cast<size_t>(window)]);
}

// Longer than the window, by more than clocks of machines differ.
Duration lifetime_of(policy::Window window) {
  return length_of(window) + Duration::seconds(60);
}

std::string account_key(const LeaseQuestion& question) {
  return question.terms->owner + ":" + question.terms->prefix + std::string(question.who.view()) + ":" +
         question.terms->name;
}

}  // namespace

void LeaseAccounts::set_time(Instant now, WallTime wall_now) {
  now_ = now;
  wall_now_ = wall_now;
}

void LeaseAccounts::ask(const LeaseQuestion& question) {
  std::string key = account_key(question);
  if (accounts_.size() >= kMost && !accounts_.contains(key)) {
    ++totals_.turned_away;
    if (question.waiting) wake_(*question.waiting, Woken::kInVain);
    return;
  }
  const auto [at, is_new] = accounts_.try_emplace(std::move(key));
  Account& account = at->second;
  if (is_new) {
    account.who = question.who.view();
    turns_.push_back(&at->first);
  }
  account.terms = question.terms;
  account.limits.assign(question.limits.begin(), question.limits.begin() + question.limit_count);
  if (question.waiting) account.waiting.push_back(*question.waiting);
  if (!account.asking) send(account);
}

void LeaseAccounts::send(Account& account) {
  const bool used_up_quickly = account.leased_at != Instant() && now_ - account.leased_at < account.terms->keep;
  account.ahead = used_up_quickly ? std::min(std::max(1u, 2 * account.ahead), kMostAhead) : 0;
  Question question = make_question(account);
  account.waiting.clear();
  const bool needs_nothing = std::ranges::all_of(
      question.counters, [](const StoreCounter& counter) { return counter.owed == 0 && counter.wanted == 0; });
  if (needs_nothing) return wake_all(question.waiting, Woken::kServed);
  account.asking = true;
  ++totals_.asked;
  const std::vector<StoreCounter> counters = question.counters;
  store_.lease(counters, [this, &account, question = std::move(question)](const std::vector<StoreAnswer>& answers) {
    on_answer(account, question, answers);
  });
}

LeaseAccounts::Question LeaseAccounts::make_question(const Account& account) const {
  Question question{account.limits, {}, account.waiting};
  const auto demand = static_cast<int64_t>(account.waiting.size());
  for (const LeasedLimit& limit : account.limits) {
    const int64_t unused = ledger_.unused(limit.place);
    const int64_t here = std::max<int64_t>(0, unused);
    StoreCounter counter = counter_of(account, limit);
    counter.owed = static_cast<uint32_t>(std::max<int64_t>(0, -unused));
    counter.needed = static_cast<uint32_t>(std::max<int64_t>(0, demand - here));
    counter.wanted = static_cast<uint32_t>(std::max<int64_t>(0, demand + account.ahead - here));
    question.counters.push_back(std::move(counter));
  }
  return question;
}

StoreCounter LeaseAccounts::counter_of(const Account& account, const LeasedLimit& limit) const {
  StoreCounter counter;
  counter.key = account.terms->prefix + account.who + ":" + std::to_string(int64_t{limit.place.start_s} * 1000) + ":" +
                account.terms->name + std::string(policy::to_text(limit.place.window));
  counter.most = limit.most;
  counter.forget_after = lifetime_of(limit.place.window);
  return counter;
}

void LeaseAccounts::on_answer(Account& account, const Question& question, const std::vector<StoreAnswer>& answers) {
  account.asking = false;
  if (answers.size() != question.counters.size()) return fail(account, question);
  book(question, answers);
  account.leased_at = now_;
  account.seen.clear();
  wake_all(question.waiting, Woken::kServed);
  if (!account.waiting.empty()) send(account);
}

// Puts what the store has answered into the ledger.
void LeaseAccounts::book(const Question& question, const std::vector<StoreAnswer>& answers) {
  for (size_t i = 0; i < answers.size(); ++i) {
    const StoreCounter& counter = question.counters[i];
    const LeasePlace& place = question.limits[i].place;
    const StoreAnswer& answer = answers[i];
    totals_.leased += answer.leased;
    ledger_.grant(place, counter.owed + answer.leased, answer.counted);
    const bool none_left = counter.needed > 0 && answer.leased == 0 && answer.counted >= counter.most;
    if (none_left) ledger_.refuse(place, answer.counted, WallTime{wall_now_.ns + kAskAgainAfter.ns});
  }
}

void LeaseAccounts::fail(Account& account, const Question& question) {
  ++totals_.failed;
  if (!account.terms->away.exchange(true, std::memory_order_relaxed)) away_.push_back(account.terms);
  wake_all(question.waiting, Woken::kInVain);
  wake_all(std::exchange(account.waiting, {}), Woken::kInVain);
}

void LeaseAccounts::store_is_back() {
  for (const auto& terms : away_) terms->away.store(false, std::memory_order_relaxed);
  away_.clear();
}

void LeaseAccounts::wake_all(const std::vector<WaitHandle>& waiting, Woken how) const {
  for (const WaitHandle& handle : waiting) wake_(handle, how);
}

void LeaseAccounts::poll() {
  for (size_t looks = std::min(turns_.size(), kLooks); looks > 0; --looks) {
    const std::string* const key = turns_.front();
    turns_.pop_front();
    const auto at = accounts_.find(*key);
    Account& account = at->second;
    const bool over = is_over(account);
    if (account.asking || !(over || lies_unused(account))) {
      turns_.push_back(key);
      continue;
    }
    if (!over) give_back(account);
    accounts_.erase(at);
  }
}

// Its windows have all passed: what is left in them is nobody's any more, here or on other machines.
bool LeaseAccounts::is_over(const Account& account) const {
  return std::ranges::all_of(account.limits, [this](const LeasedLimit& limit) {
    return wall_now_.seconds() >= int64_t{limit.place.start_s} + length_of(limit.place.window).s();
  });
}

// Nothing has changed for as long as tokens may lie.
bool LeaseAccounts::lies_unused(Account& account) const {
  std::vector<int64_t> unused;
  for (const LeasedLimit& limit : account.limits) unused.push_back(ledger_.unused(limit.place));
  if (unused != account.seen) {
    account.seen = std::move(unused);
    account.seen_at = now_;
  }
  return now_ - account.seen_at >= account.terms->keep;
}

void LeaseAccounts::give_back(const Account& account) {
  for (const LeasedLimit& limit : account.limits) {
    const uint32_t tokens = ledger_.withdraw(limit.place);
    if (tokens == 0) continue;
    totals_.returned += tokens;
    const auto tell = [this, place = limit.place](const std::vector<StoreAnswer>& answers) {
      if (!answers.empty()) ledger_.grant(place, 0, answers[0].counted);
    };
    store_.give_back(counter_of(account, limit).key, tokens, tell);
  }
}

}  // namespace sluice::control
