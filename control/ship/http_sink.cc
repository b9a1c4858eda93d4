#include "ship/http_sink.h"

#include <utility>

namespace sluice::control {

namespace {

size_t discard(char*, size_t size, size_t count, void*) {
  return size * count;
}

}  // namespace

HttpSink::HttpSink(HttpTarget target, const policy::LogQueue& queue, Transfers& transfers)
    : Sink(queue), target_(std::move(target)), transfers_(transfers), easy_(curl_easy_init()) {
  for (const std::string& header : target_.headers) headers_ = curl_slist_append(headers_, header.c_str());
  // A sink that wants to be asked first would cost a second for each batch.
  headers_ = curl_slist_append(headers_, "Expect:");
  set_up();
}

HttpSink::~HttpSink() {
  transfers_.end(easy_.get());
  curl_slist_free_all(headers_);
}

void HttpSink::set_up() {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_URL, target_.url.c_str());
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, target_.method.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(target_.timeout.ms()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(target_.connect_timeout.ms()));
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, static_cast<long>(target_.keepalive.ms() / 1000));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
}

void HttpSink::poll(Instant now) {
  now_ = now;
  const std::vector<std::string>* batch = queue_.try_take(now);
  if (batch == nullptr) return;
  body_ = target_.body_of(*batch);
  curl_easy_setopt(easy_.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
  curl_easy_setopt(easy_.get(), CURLOPT_POSTFIELDS, body_.data());
  transfers_.begin(easy_.get(), [this](CURLcode result) { on_done(result); });
}

// A redirection is not followed: as with Kong, it took nothing.
void HttpSink::on_done(CURLcode result) {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  transfers_.end(easy_.get());
  if (result == CURLE_OK && status < 300) {
    queue_.sent();
  } else {
    queue_.failed(now_);
  }
}

}  // namespace sluice::control
