#include "engine/models/operators/operators.h"

#include <algorithm>
#include <map>

namespace bitstill::foreign {

namespace {

std::map<std::string, Operator> makeTable()
{
    std::map<std::string, Operator> all;
    for (const auto family :
        {elementwiseOperators, activationOperators, convolutionOperators, poolingOperators, matrixOperators, shapeOperators, indexOperators,
            recurrentOperators, reductionOperators, normalizationOperators, resizeOperators, quantizationOperators})
        for (const Operator& o : family()) all.emplace(o.name, o);
    return all;
}

const std::map<std::string, Operator>& table()
{
    static const std::map<std::string, Operator> all = makeTable();
    return all;
}

} // namespace

const Operator* findOperator(const Node& node)
{
    if (node.domain == kOwnDomain && node.op == "FakeQuantize") return &fakeQuantizeOperator();
    if (!node.domain.empty()) return nullptr;
    const auto found = table().find(node.op);
    return found == table().end() ? nullptr : &found->second;
}

std::vector<std::string> operatorNames()
{
    std::vector<std::string> names;
    for (const auto& [name, o] : table()) names.push_back(name);
    return names;
}

Arrays single(Array array)
{
    Arrays arrays;
    arrays.push_back(std::move(array));
    return arrays;
}

Shapes sameShape(const Call& call) { return {call.shape(0)}; }

Shapes broadcastShape(const Call& call)
{
    std::size_t rank = 0;
    for (std::size_t i = 0; i < call.inputs(); ++i)
        if (call.has(i)) rank = std::max(rank, call.shape(i).size());
    std::vector<std::int64_t> common(rank, 1);
    for (std::size_t i = 0; i < call.inputs(); ++i) {
        if (!call.has(i)) continue;
        const Shape& s = call.shape(i);
        for (std::size_t d = 0; d < s.size(); ++d) {
            std::int64_t& c = common[rank - s.size() + d];
            if (c != 1 && s[d] != 1 && c != s[d]) call.fail(text("shapes %1 and %2 do not fit", describe(call.shape(0)), describe(s)));
            if (c == 1) c = s[d];
        }
    }
    return {call.checked(common)};
}

} // namespace bitstill::foreign
