#pragma once

#include <QtTest>

/// As QTRY_VERIFY and QTRY_COMPARE: what they wait for is made by a thread of low priority, perhaps beside busy cores.
#define EVENTUALLY(condition) QTRY_VERIFY_WITH_TIMEOUT(condition, 60000)
#define EVENTUALLY_EQUAL(actual, expected) QTRY_COMPARE_WITH_TIMEOUT(actual, expected, 60000)
