// For the control side.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sluice/policy/policy.h"
#include "standard.h"
