#include "ship/datagram_sinks.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

namespace sluice::control {

namespace {

policy::LogQueue datagram_queue() {
  policy::LogQueue queue;
  queue.max_coalescing_delay = {};
  queue.initial_retry_delay = Duration::milliseconds(100);
  queue.max_retry_delay = Duration::seconds(5);
  return queue;
}

// RFC 5424 6.2.1: facilities beyond ftp skip 12 to 15, which have no name.
unsigned facility_number(policy::SyslogFacility facility) {
  const auto place = static_cast<unsigned>(facility);
  return facility < policy::SyslogFacility::kLocal0 ? place : place + 4;
}

}  // namespace

// ---- The socket

bool DatagramSocket::open(const sockaddr* address, socklen_t length) {
  descriptor_ = socket(address->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) return false;
  if (::connect(descriptor_, address, length) == 0) return true;
  close();
  return false;
}

void DatagramSocket::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

DatagramSocket::Outcome DatagramSocket::send(const std::string& datagram) {
  if (::send(descriptor_, datagram.data(), datagram.size(), MSG_NOSIGNAL) >= 0) return Outcome::kSent;
  if (errno == EMSGSIZE) return Outcome::kTooLong;
  // The answer to an earlier datagram (ICMP): nobody listened then, this one has not been tried.
  if (errno == ECONNREFUSED && ::send(descriptor_, datagram.data(), datagram.size(), MSG_NOSIGNAL) >= 0) {
    return Outcome::kSent;
  }
  return Outcome::kFailed;
}

// ---- What both have in common

DatagramSink::DatagramSink() : Sink(datagram_queue()) {}

void DatagramSink::poll(Instant now) {
  while (const std::vector<std::string>* batch = queue_.try_take(now)) {
    if (!socket_.is_open() && !connect(socket_, now)) return queue_.failed(now);
    switch (socket_.send(batch->front())) {
      case DatagramSocket::Outcome::kSent:
        queue_.sent();
        break;
      case DatagramSocket::Outcome::kTooLong:
        queue_.give_up();
        break;
      case DatagramSocket::Outcome::kFailed:
        socket_.close();
        return queue_.failed(now);
    }
  }
}

// ---- UDP

UdpSink::UdpSink(const policy::UdpLogConfig& config) : config_(config), port_(std::to_string(config.port.value)) {
  hints_.ai_family = AF_UNSPEC;
  hints_.ai_socktype = SOCK_DGRAM;
  request_.ar_name = config_.host.c_str();
  request_.ar_service = port_.c_str();
  request_.ar_request = &hints_;
}

UdpSink::~UdpSink() {
  if (!asking_) return;
  // The lookup uses what is about to go: where it cannot be called off, wait for its end.
  const gaicb* const requests[] = {&request_};
  if (gai_cancel(&request_) == EAI_NOTCANCELED) gai_suspend(requests, 1, nullptr);
  if (request_.ar_result != nullptr) freeaddrinfo(request_.ar_result);
}

bool UdpSink::connect(DatagramSocket& socket, Instant) {
  if (!asking_) {
    gaicb* requests[] = {&request_};
    request_.ar_result = nullptr;
    asking_ = getaddrinfo_a(GAI_NOWAIT, requests, 1, nullptr) == 0;
    return false;
  }
  const int state = gai_error(&request_);
  if (state == EAI_INPROGRESS) return false;
  asking_ = false;
  if (state != 0) return false;
  const bool opened = socket.open(request_.ar_result->ai_addr, request_.ar_result->ai_addrlen);
  freeaddrinfo(std::exchange(request_.ar_result, nullptr));
  return opened;
}

// ---- syslog

void SyslogSink::push(std::string record, uint16_t status, Instant now) {
  const policy::SyslogSeverity severity = config_.severity_of(status);
  if (severity > config_.log_level) return;
  const unsigned priority = facility_number(config_.facility) * 8 + static_cast<unsigned>(severity);
  std::tm local{};
  const std::time_t time = std::time(nullptr);
  localtime_r(&time, &local);
  // The form that syslog(3) writes.
  Sink::push(fmt::format("<{}>{:%b %e %H:%M:%S} sluice[{}]: {}", priority, local, getpid(), record), status, now);
}

bool SyslogSink::connect(DatagramSocket& socket, Instant) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, "/dev/log");
  return socket.open(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}  // namespace sluice::control
