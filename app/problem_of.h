#pragma once

#include "engine/core/error.h"

#include <new>

namespace bitstill {

/// What went wrong in `work`, empty when nothing did; `lackOfMemory` says what to do where there was not enough.
template <class Work> Text problemOf(const Text& lackOfMemory, const Work& work)
{
    try {
        work();
        return {};
    } catch (const Error& e) {
        return e.sentence();
    } catch (const std::bad_alloc&) {
        return lackOfMemory;
    } catch (const std::exception& e) {
        return Text(e.what());
    }
}

} // namespace bitstill
