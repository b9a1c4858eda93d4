// For tests of what a worker runs.
#pragma once

#include <gtest/gtest.h>

#include "packets.h"
#include "support/test_worker.h"
