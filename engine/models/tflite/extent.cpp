// How far a network runs: what can be seen before anything is computed.

#include "engine/models/tflite/operators.h"

#include <algorithm>

namespace bitstill::tflite {

namespace {

/// Why it cannot be told what the operator does: operands that are missing, shapes that are not known.
Text checkOperands(const Step& step, const OperatorKind& kind)
{
    const std::size_t given = step.op.inputs.size();
    if (given < kind.fewest || given > kind.most || step.op.outputs.size() != 1)
        return text("it has %1 operands and %2 outputs", std::to_string(given), std::to_string(step.op.outputs.size()));
    const auto isKnown = [](const TensorInfo& tensor) { return std::ranges::find(tensor.shape, -1) == tensor.shape.end(); };
    for (std::size_t i = 0; i < given; ++i) {
        if (!step.has(i) && i < kind.fewest) return text("one of its operands is missing");
        if (!step.has(i)) continue;
        if (step.in(i).isSparse) return text("the values of %1 are stored as sparse ones", step.in(i).name);
        if (!isKnown(step.in(i))) return text("the shape of %1 is only known when it runs", step.in(i).name);
    }
    return isKnown(step.out()) ? Text{} : text("the shape of %1 is only known when it runs", step.out().name);
}

/// Why the operator does not run, `written` being the tensors that have values before it.
Text checkStep(const Step& step, const OperatorKind& kind, const std::vector<bool>& written)
{
    if (Text reason = checkOperands(step, kind); !reason.empty()) return reason;
    for (std::size_t i = 0; i < valueOperands(step.op); ++i)
        if (step.has(i) && !written[static_cast<std::size_t>(step.op.inputs[i])])
            return text("%1 has no value yet when it runs", step.in(i).name);
    if (written[static_cast<std::size_t>(step.op.outputs[0])]) return text("%1 would be written twice", step.out().name);
    return kind.check(step);
}

/// Tensors that are there from the beginning.
std::vector<bool> givenIn(const Model& model)
{
    std::vector<bool> given;
    for (const TensorInfo& tensor : model.tensors) given.push_back(tensor.isConstant());
    for (const TensorId input : model.inputs) given[static_cast<std::size_t>(input)] = true;
    return given;
}

} // namespace

std::vector<Text> reasonsOf(const Model& model)
{
    std::vector<bool> written = givenIn(model);
    std::vector<Text> reasons;
    for (const Operator& op : model.operators) {
        const Step step{model, op};
        const OperatorKind* kind = kindOf(op.code);
        reasons.push_back(kind ? checkStep(step, *kind, written) : text("this operator is not known here"));
        for (const TensorId id : op.outputs) written[static_cast<std::size_t>(id)] = true;
    }
    return reasons;
}

std::size_t valueOperands(const Operator& op)
{
    const std::string_view name = operatorName(op.code);
    const bool alone = name == "RESHAPE" || name == "SQUEEZE" || name == "EXPAND_DIMS";
    return alone ? std::min<std::size_t>(op.inputs.size(), 1) : op.inputs.size();
}

std::vector<bool> neededFor(const Model& model, const std::vector<TensorId>& wanted)
{
    std::vector<bool> used(model.tensors.size()), needed(model.operators.size());
    for (const TensorId id : wanted) used[static_cast<std::size_t>(id)] = true;
    for (std::size_t i = model.operators.size(); i-- > 0;) {
        const Operator& op = model.operators[i];
        needed[i] = std::ranges::any_of(op.outputs, [&](TensorId id) { return used[static_cast<std::size_t>(id)]; });
        for (std::size_t k = 0; needed[i] && k < valueOperands(op); ++k)
            if (op.inputs[k] != kAbsent) used[static_cast<std::size_t>(op.inputs[k])] = true;
    }
    return needed;
}

Extent extentOf(const Model& model)
{
    const std::vector<Text> reasons = reasonsOf(model);
    std::vector<bool> needed = neededFor(model, model.outputs);
    // Nothing makes one of the outputs: then the first that does not run is what people should hear of.
    std::vector<bool> made = givenIn(model);
    for (const Operator& op : model.operators)
        for (const TensorId id : op.outputs) made[static_cast<std::size_t>(id)] = true;
    if (!std::ranges::all_of(model.outputs, [&](TensorId id) { return made[static_cast<std::size_t>(id)]; }))
        needed.assign(needed.size(), true);
    for (std::size_t i = 0; i < reasons.size(); ++i)
        if (needed[i] && !reasons[i].empty()) return {i, reasons[i]};
    return {reasons.size(), {}};
}

double workOf(const Model& model, const Operator& op)
{
    const Step step{model, op};
    const OperatorKind* kind = kindOf(op.code);
    const bool known = kind && kind->work && checkOperands(step, *kind).empty() && kind->check(step).empty();
    return known ? kind->work(step) : 0;
}

} // namespace bitstill::tflite
