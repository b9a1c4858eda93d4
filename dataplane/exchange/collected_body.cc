#include "exchange/collected_body.h"

#include <algorithm>

#include "packet/packet_writer.h"

namespace sluice::exchange {

void CollectedBody::start(std::string_view bytes, http::BodySource& client, bool goes_on) {
  left_ = bytes;
  client_ = &client;
  goes_on_ = goes_on;
}

bool CollectedBody::fill() {
  if (!left_.empty() && ready_.size() < kMostReadyBytes) {
    const size_t n = std::min(left_.size(), kMostReadyBytes - ready_.size());
    PacketWriter writer(packets_, ready_);
    writer.write(left_.substr(0, n));
    if (!writer.finish()) return false;
    left_.remove_prefix(n);
  }
  // What the client sends on is passed on at once; it is asked for more when the call has taken that.
  if (!left_.empty() || !goes_on_ || !ready_.empty()) return true;
  const size_t n = client_->body().size();
  ready_.splice(client_->body());
  client_->consumed(n);
  return true;
}

}  // namespace sluice::exchange
