#pragma once

#include "spot/base/types.hpp"
