// SEGMENT ARRIVES in TIME-WAIT (RFC 9293 3.10.7.4, RFC 1337, RFC 6191).
#pragma once

#include "tcp/environment.h"
#include "tcp/segment.h"

namespace sluice::tcp {

enum class TimeWaitVerdict : uint8_t {
  kDone,
  kReopen,  // the SYN of a new connection, which may take the tuple
};

TimeWaitVerdict segment_arrives_in_time_wait(Environment& env, uint32_t index, const Segment& s);

}  // namespace sluice::tcp
