// UdpSink and SyslogSink: a datagram a record: udp-log and syslog. What does not fit into a datagram is lost, counted.
#pragma once

#include <netdb.h>
#include <sys/socket.h>

#include <memory>
#include <string>

#include "ship/sink.h"
#include "sluice/policy/plugins/syslog.h"
#include "sluice/policy/plugins/udp_log.h"

namespace sluice::control {

// A datagram socket that never blocks. Owns its descriptor.
class DatagramSocket {
 public:
  enum class Outcome : uint8_t { kSent, kTooLong, kFailed };

  ~DatagramSocket() { close(); }
  DatagramSocket() = default;
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  bool open(const sockaddr* address, socklen_t length);
  void close();
  Outcome send(const std::string& datagram);

 private:
  int descriptor_ = -1;
};

// A sink whose records go out one by one, as soon as there is a socket.
class DatagramSink : public Sink {
 public:
  DatagramSink();
  void poll(Instant now) override;

 protected:
  // False: not yet.
  virtual bool connect(DatagramSocket& socket, Instant now) = 0;

 private:
  DatagramSocket socket_;
};

class UdpSink final : public DatagramSink {
 public:
  explicit UdpSink(const policy::UdpLogConfig& config);
  ~UdpSink() override;

 protected:
  bool connect(DatagramSocket& socket, Instant now) override;

 private:
  // A name is looked up by a thread of the C library; this asks whether it is done.
  const policy::UdpLogConfig config_;
  const std::string port_;
  addrinfo hints_{};
  gaicb request_{};
  bool asking_ = false;
};

class SyslogSink final : public DatagramSink {
 public:
  explicit SyslogSink(const policy::SyslogConfig& config) : config_(config) {}

  void push(std::string record, uint16_t status, Instant now) override;

 protected:
  bool connect(DatagramSocket& socket, Instant now) override;

 private:
  const policy::SyslogConfig config_;
};

}  // namespace sluice::control
