#include "introspect/introspection_server.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <ranges>
#include <string_view>
#include <utility>

namespace sluice::control {

namespace {

// More than any answer that is remembered.
constexpr size_t kMostAnswerBytes = 65536;

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

// Empty: the URL has none, or is none.
std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

// A literal IPv6 address stands in brackets.
bool is_literal(std::string_view host) {
  return host.starts_with('[') || IpAddress::parse(std::string(host));
}

bool is_one_line(std::string_view header) {
  return std::ranges::none_of(header, [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

std::string form_encoded(CURL* easy, const std::string& text) {
  char* encoded = curl_easy_escape(easy, text.data(), static_cast<int>(text.size()));
  std::string copy = encoded == nullptr ? "" : encoded;
  curl_free(encoded);
  return copy;
}

// Less than `size` ends the transfer.
size_t take_answer(char* bytes, size_t size, size_t count, void* into) {
  auto& answer = *static_cast<std::string*>(into);
  if (answer.size() + size * count > kMostAnswerBytes) return 0;
  answer.append(bytes, size * count);
  return size * count;
}

}  // namespace

IntrospectionServer::IntrospectionServer(const Environment& environment, const IntrospectionTerms& terms)
    : env_(environment), url_(terms.url) {
  const std::unique_ptr<CURLU, UrlDeleter> url(curl_url());
  curl_url_set(url.get(), CURLUPART_URL, url_.c_str(), 0);
  std::string host = part_of(url.get(), CURLUPART_HOST);
  port_ = part_of(url.get(), CURLUPART_PORT);
  // A password may stand in these.
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    curl_url_set(url.get(), part, nullptr, 0);
  }
  name_ = part_of(url.get(), CURLUPART_URL);
  if (is_literal(host)) return;
  std::ranges::transform(host, host.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  host_to_resolve_ = std::move(host);
}

IntrospectionServer::~IntrospectionServer() {
  for (const auto& [key, question] : questions_) {
    if (question->easy != nullptr) env_.transfers.end(question->easy.get());
  }
}

void IntrospectionServer::ask(const IntrospectionQuestion& question, Instant now) {
  now_ = asked_at_ = now;
  if (const auto known = questions_.find(question.key); known != questions_.end()) {
    if (known->second->waiting.size() >= kMostSharing) {
      ++totals_.busy;
      return env_.wake(question.waiting, Woken::kBusy);
    }
    ++totals_.shared;
    known->second->waiting.push_back(question.waiting);
    return;
  }
  if (waiting_.size() >= kMostWaiting) {
    ++totals_.busy;
    return env_.wake(question.waiting, Woken::kBusy);
  }
  auto made = std::make_unique<Question>();
  made->terms = question.terms;
  made->token = question.token();
  made->method = question.method();
  made->path = question.path();
  made->deadline = now + question.terms->timeout;
  made->waiting.push_back(question.waiting);
  questions_.emplace(question.key, std::move(made));
  waiting_.push_back(question.key);
  send_waiting(now);
}

void IntrospectionServer::set_addresses(const std::vector<IpAddress>& addresses, Instant now) {
  now_ = now;
  addresses_ = addresses;
  send_waiting(now);
}

void IntrospectionServer::poll(Instant now) {
  now_ = now;
  std::erase_if(waiting_, [&](const IntrospectionKey& key) {
    const auto question = questions_.find(key);
    if (now < question->second->deadline) return false;
    fail(question, "no answer in time: others were before it");
    return true;
  });
}

void IntrospectionServer::send_waiting(Instant now) {
  if (!host_to_resolve_.empty() && !addresses_) return;
  while (!waiting_.empty() && under_way_ < kMostAtOnce) {
    const auto oldest = questions_.find(waiting_.front());
    waiting_.pop_front();
    if (!host_to_resolve_.empty() && addresses_->empty()) {
      fail(oldest, "the host has no address");
    } else {
      send(oldest, now);
    }
  }
}

void IntrospectionServer::send(Questions::iterator asked, Instant now) {
  const IntrospectionKey key = asked->first;
  Question& question = *asked->second;
  question.headers = headers_of(question);
  if (question.headers == nullptr) return fail(asked, "a header would not be one line");
  ++totals_.asked;
  ++under_way_;
  question.easy.reset(curl_easy_init());
  set_up(question, now);
  env_.transfers.begin(question.easy.get(), [this, key](CURLcode result) { on_done(key, result); });
}

void IntrospectionServer::set_up(Question& question, Instant now) const {
  CURL* const easy = question.easy.get();
  question.body = body_of(question);
  curl_easy_setopt(easy, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(question.body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, question.body.data());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, question.headers.get());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &question.answer);
  const long left_ms = std::max<long>(1, static_cast<long>((question.deadline - now).ms()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, left_ms);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, left_ms);
  const long rest_s = static_cast<long>((question.terms->keepalive.ms() + 999) / 1000);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, rest_s == 0 ? 1L : 0L);
  if (rest_s > 0) curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, rest_s);
  if (env_.trusted_certificates) curl_easy_setopt(easy, CURLOPT_CAINFO, env_.trusted_certificates->c_str());
  if (host_to_resolve_.empty()) return;
  std::string resolved = "+" + host_to_resolve_ + ":" + port_ + ":";
  for (const IpAddress& address : *addresses_) {
    if (!resolved.ends_with(':')) resolved += ',';
    resolved += address.is_v4() ? address.to_string() : "[" + address.to_string() + "]";
  }
  question.addresses.reset(curl_slist_append(nullptr, resolved.c_str()));
  curl_easy_setopt(easy, CURLOPT_RESOLVE, question.addresses.get());
}

// nullptr: libcurl sends lines as they are, and one of these would be several, of which a client wrote the later ones.
IntrospectionServer::List IntrospectionServer::headers_of(const Question& question) const {
  // A server that wants to be asked first would cost a second.
  std::vector<std::string> lines = {"Accept: application/json", "Expect:"};
  lines.insert(lines.end(), question.terms->headers.begin(), question.terms->headers.end());
  if (question.terms->tell_request) {
    lines.push_back("X-Request-Path: " + question.path);
    lines.push_back("X-Request-Http-Method: " + question.method);
  }
  if (!std::ranges::all_of(lines, is_one_line)) return nullptr;
  List list;
  for (const std::string& line : lines) list.reset(curl_slist_append(list.release(), line.c_str()));
  return list;
}

std::string IntrospectionServer::body_of(const Question& question) const {
  CURL* const easy = question.easy.get();
  std::string body = "token=" + form_encoded(easy, question.token);
  const std::string& hint = question.terms->token_type_hint;
  if (!hint.empty()) body += "&token_type_hint=" + form_encoded(easy, hint);
  return body;
}

void IntrospectionServer::on_done(const IntrospectionKey& key, CURLcode result) {
  const auto found = questions_.find(key);
  const std::string fault = fault_of(key, *found->second, result);
  env_.transfers.end(found->second->easy.get());
  --under_way_;
  if (fault.empty()) {
    ++totals_.answered;
    finish(found, Woken::kServed);
  } else {
    fail(found, fault);
  }
  send_waiting(now_);
}

// Empty: there is an answer, and it is in the book.
std::string IntrospectionServer::fault_of(const IntrospectionKey& key, const Question& question,
                                          CURLcode result) const {
  if (result == CURLE_WRITE_ERROR) return "the answer is too long";
  if (result != CURLE_OK) return curl_easy_strerror(result);
  long status = 0;
  curl_easy_getinfo(question.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return "status " + std::to_string(status);
  const WallTime now{std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count()};
  if (!env_.book.keep(*question.terms, key, question.answer, now)) return "the answer is not an introspection response";
  return {};
}

void IntrospectionServer::finish(Questions::iterator question, Woken how) {
  for (const WaitHandle& waiting : std::views::reverse(question->second->waiting)) env_.wake(waiting, how);
  questions_.erase(question);
}

void IntrospectionServer::fail(Questions::iterator question, std::string reason) {
  ++totals_.failed;
  last_error_ = std::move(reason);
  finish(question, Woken::kInVain);
}

}  // namespace sluice::control
