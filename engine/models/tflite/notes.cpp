#include "engine/models/tflite/notes.h"

#include "engine/models/tflite/operators.h"

namespace bitstill::tflite {

namespace {

/// Does it multiply float activations with 8-bit weights of this type?
bool isHybrid(const Step& step, std::string_view type)
{
    const std::string_view name = operatorName(step.op.code);
    const bool weighs = name == "CONV_2D" || name == "DEPTHWISE_CONV_2D" || name == "FULLY_CONNECTED";
    return weighs && step.has(0) && step.has(1) && step.in(0).type == "F32" && step.in(1).type == type;
}

bool copiesCodes(const Step& step)
{
    const std::string_view name = operatorName(step.op.code);
    const bool copies = name == "AVERAGE_POOL_2D" || name == "RESHAPE" || name == "SQUEEZE";
    return copies && step.has(0) && !step.op.outputs.empty() && isCodes(step.in(0)) && !sameScale(step.in(0), step.out());
}

} // namespace

std::vector<Text> notesOf(const Model& model, int subgraphs)
{
    std::vector<Text> notes;
    if (subgraphs > 1) notes.push_back(text("The file has %1 networks; this is the first.", std::to_string(subgraphs)));
    int hybrid = 0;
    for (std::size_t i = 0; i < model.operators.size(); ++i) {
        const Step step{model, model.operators[i]};
        hybrid += isHybrid(step, "I8");
        const std::string number = std::to_string(i);
        if (isHybrid(step, "U8"))
            notes.push_back(text(
                "Operator %1 (%2) has uint8 weights and float inputs. LiteRT reads them as int8 without zero point; here they are as written.",
                number, step.op.name));
        if (copiesCodes(step))
            notes.push_back(
                text("Operator %1 (%2) has another scale at its output than at its input. LiteRT copies the codes; so does this.", number,
                    step.op.name));
    }
    if (hybrid)
        notes.push_back(counted(hybrid, "%1 operator has int8 weights and float inputs, which LiteRT rounds to 8 bits as it runs.",
            "%1 operators have int8 weights and float inputs, which LiteRT rounds to 8 bits as they run."));
    return notes;
}

} // namespace bitstill::tflite
