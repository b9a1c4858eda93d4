#include "load/visits.h"

#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

namespace sluice::load {

namespace {

// Bytes of the whole answer whose head stands at the front of `text`; 0: it is not an answer as it should be.
size_t answer_bytes(std::string_view text) {
  constexpr std::string_view kOk = "HTTP/1.1 200 ";
  constexpr std::string_view kLength = "ontent-Length: ";
  const size_t head = text.find("\r\n\r\n");
  const size_t field = text.find(kLength);
  if (!text.starts_with(kOk) || head == std::string_view::npos || field > head) return 0;
  size_t body = 0;
  const char* digits = text.data() + field + kLength.size();
  if (std::from_chars(digits, text.data() + head, body).ec != std::errc()) return 0;
  return head + 4 + body;
}

}  // namespace

bool Visits::Client::try_connect() {
  const auto connection = visits_.host_.tcp().connect(visits_.settings_.server, *this);
  if (connection.ok()) connection_ = *connection;
  return connection.ok();
}

void Visits::Client::on_connected() {
  SliceQueue request(visits_.nodes_);
  if (request.try_push(visits_.request_)) connection_->write(std::move(request));
}

void Visits::Client::on_readable() {
  SliceQueue& text = connection_->readable();
  const size_t arrived = text.size();
  if (arrived > 0 && left_ == kUnknown) left_ = answer_bytes(text.front().text());
  text.clear();
  connection_->consumed(arrived);
  if (arrived == 0 || left_ < arrived) {  // an early end, or more than was announced
    leave();
    return visits_.on_failed(*this);
  }
  left_ -= arrived;
  if (left_ == 0) visits_.on_answered(*this);
}

Visits::Visits(Host& host, PacketPool& packets, SliceNodePool& nodes, const VisitSettings& settings)
    : host_(host), settings_(settings), nodes_(nodes), clients_(settings.most) {
  const std::string text = "GET " + settings.path + " HTTP/1.1\r\nHost: " + settings.server.address.to_string() +
                           "\r\nUser-Agent: sluice-load\r\nAccept: */*\r\n\r\n";
  Packet packet = packets.try_allocate();
  std::memcpy(packet.append(text.size()).data(), text.data(), text.size());
  request_ = Slice(std::move(packet));
}

void Visits::keep_going() {
  while (on_the_way_ < settings_.on_the_way && clients_.size() < settings_.most) {
    Client* client = clients_.try_take(*this);
    if (client == nullptr) return;
    ++on_the_way_;
    if (client->try_connect()) continue;
    on_failed(*client);
    return;  // out of ports or memory: perhaps not in the next turn
  }
}

void Visits::send_home(uint32_t count) {
  for (; count > 0 && !staying_.empty(); --count) {
    Client& client = *staying_.back();
    client.leave();
    forget(client);
  }
}

void Visits::on_answered(Client& client) {
  ++figures_.answered;
  if (settings_.stay) {
    --on_the_way_;
    client.place = staying_.size();
    staying_.push_back(&client);
    return;
  }
  figures_.latencies_us.push_back(static_cast<uint32_t>(client.took().us()));
  client.leave();
  forget(client);
}

void Visits::on_failed(Client& client) {
  ++figures_.failed;
  forget(client);
}

void Visits::forget(Client& client) {
  if (client.place == Client::kOnTheWay) {
    --on_the_way_;
  } else {
    staying_[client.place] = staying_.back();
    staying_[client.place]->place = client.place;
    staying_.pop_back();
  }
  clients_.release(&client);
}

}  // namespace sluice::load
