// For tests of what needs no worker.
#pragma once

#include <gtest/gtest.h>

#include "standard.h"
