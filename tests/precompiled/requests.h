// For rooms that handle requests under a policy.
#pragma once

#include "gateway/plugin.h"
#include "packets.h"
#include "sluice/policy/policy.h"
