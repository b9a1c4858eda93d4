// For the rooms of TCP.
#pragma once

#include "packets.h"
#include "tcp/connection.h"
