#include "ship/transfers.h"

#include <utility>

namespace sluice::control {

Transfers::Transfers() {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = curl_multi_init();
}

Transfers::~Transfers() {
  for (const auto& [easy, done] : under_way_) curl_multi_remove_handle(multi_, easy);
  curl_multi_cleanup(multi_);
}

void Transfers::begin(CURL* easy, std::function<void(CURLcode)> done) {
  under_way_[easy] = std::move(done);
  curl_multi_add_handle(multi_, easy);
}

void Transfers::end(CURL* easy) {
  if (under_way_.erase(easy) > 0) curl_multi_remove_handle(multi_, easy);
}

void Transfers::poll(Duration limit) {
  curl_multi_poll(multi_, nullptr, 0, static_cast<int>(limit.ms()), nullptr);
  int running = 0;
  curl_multi_perform(multi_, &running);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode result = message->data.result;
    const auto found = under_way_.find(message->easy_handle);
    if (found == under_way_.end()) continue;
    // Only told once; what the caller does in it may end the transfer.
    if (const auto done = std::exchange(found->second, nullptr)) done(result);
  }
}

}  // namespace sluice::control
