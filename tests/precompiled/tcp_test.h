// For tests of TCP as a trace.
#pragma once

#include <gtest/gtest.h>

#include "standard.h"
#include "support/tcp_peer.h"
