// The engine used from C++: trains a small network on drawn digits, quantizes it, and says what that costs at each bit width.

#include "engine/data/catalogue.h"
#include "engine/nn/evaluate.h"
#include "engine/nn/trainer.h"
#include "engine/nn/zoo.h"
#include "engine/quant/quantized_network.h"

#include <iostream>

using namespace bitstill;

int main()
try {
    ThreadPool pool(defaultThreads());
    const Dataset data = loadDataset("strokes", {.path = {}, .samples = 4000, .noise = 0.2});
    Graph network = buildModel("mlp-64-32", data.shape, data.classCount());
    network.initialize(1);
    const auto report = [](const StepReport& r) {
        if (r.epochEnds) std::cout << "epoch " << r.epoch + 1 << ": loss " << fixed(r.loss, 3) << '\n';
        return true; // false stops
    };
    if (train(network, data, {.epochs = 10, .batch = 32}, pool, report) != TrainOutcome::Finished) return 1;

    Pass pass(network, 128, Pass::Mode::Inference, pool);
    const std::size_t count = data.test.count();
    std::cout << "float: " << percent(accuracy(evaluate(pass, data, data.test, count), data.test)) << '\n';
    QuantizedNetwork quantized(network, data, Calibration{}, pool);
    for (const int bits : {8, 4, 2}) {
        quantized.quantize({.weightBits = bits});
        std::cout << bits << " bits: " << percent(accuracy(evaluate(quantized.pass(), data, data.test, count), data.test)) << ", "
                  << bytesText(quantized.quantizedBytes()) << '\n';
    }
} catch (const Error& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
