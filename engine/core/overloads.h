#pragma once

#include <concepts>

namespace bitstill {

/// One function of several lambdas, for std::visit: an alternative of the variant that none of them takes does not compile.
template <class... Each> struct Overloads : Each... {
    using Each::operator()...;
};
template <class... Each> Overloads(Each...) -> Overloads<Each...>;

/// For `const OneOf<A, B> auto&`: the alternatives, by name, with which the same is done. Says more than a lambda that takes
/// everything, which would take an alternative yet to come as well.
template <class Type, class... Named>
concept OneOf = (std::same_as<Type, Named> || ...);

} // namespace bitstill
