#include "engine/experiment/foreign_shrinker.h"
#include "engine/experiment/groups.h"

namespace bitstill::own_model {

std::vector<Field> fields()
{
    const Text group = text("Model");
    std::vector<Field::Choice> colours{{"sensitivity", text("sensitivity")}, {"bytes", text("bytes of weights")},
        {"weights", text("SQNR of weights")}, {"time", text("time")}};
    Fields own{
        {.key = "own.theirs",
            .kind = Field::Kind::File,
            .group = text("Data and model"),
            .label = text("Their quantized file"),
            .help = text("An int8 .tflite or QDQ .onnx file of the same network, to be compared with ours on the same inputs."),
            .initial = std::string()},
        {.key = "own.layers",
            .kind = Field::Kind::Name,
            .group = text("Quantization"),
            .label = text("Bits of single layers"),
            .help = text("Layers with bits of their own, such as conv1=8 fc=0; 0 leaves a layer float."),
            .initial = std::string(),
            .live = true,
            .check = &layerBitsProblem},
        {.key = "own.layer",
            .kind = Field::Kind::Name,
            .group = group,
            .label = text("Layer in view"),
            .help = text("Click a layer on the map to see its weights; empty shows the most sensitive one."),
            .initial = std::string(),
            .live = true},
        {.key = "own.colour",
            .kind = Field::Kind::Choice,
            .group = group,
            .label = text("Colour of the map"),
            .help = text("What colours the layers of the map."),
            .initial = std::string("sensitivity"),
            .choices = colours,
            .live = true},
    };
    for (const RepairInfo& r : repairs())
        own = own.with({.key = r.key,
            .kind = Field::Kind::Flag,
            .group = text("Repair"),
            .label = r.name,
            .help = r.help,
            .initial = false,
            .live = true});
    const Field::Condition noFile{"model.file", {""}};
    const Fields file{
        {.key = "model.file",
            .kind = Field::Kind::File,
            .group = text("Data and model"),
            .label = text("Model file"),
            .help = text("An .onnx or .tflite file, or drop it on the window. Without one, a network of the zoo is trained and opened."),
            .initial = std::string()},
        {.key = "model.cut",
            .kind = Field::Kind::Name,
            .group = text("Data and model"),
            .label = text("End behind node"),
            .help = text("The node whose outputs are taken for the model's, where what follows does not run here; empty takes all of it."),
            .initial = std::string()}};
    return joinFields({file, modelFields().with("model.name", std::string("dwcnn")).visibleWhen(noFile), dataFields(),
        trainFields(1).with("train.learning_rate", 0.1).visibleWhen(noFile), inputFields(),
        quantFields().only({"quant.bits", "quant.scheme"}).changed("quant.scheme", [](Field& f) { f.live = false; }),
        Fields{activationBitsField(), formatField()},
        calibrationFields().with("quant.profile", std::string("onnx")).with("quant.calibration", std::int64_t{128}), own,
        learningFields()});
}

} // namespace bitstill::own_model
