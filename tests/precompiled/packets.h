// For rooms that handle packets.
#pragma once

#include "base/worker_context.h"
#include "packet/slice_queue.h"
#include "sluice/ip_address.h"
#include "standard.h"
