#include "engine/models/tflite/operators.h"

#include <algorithm>
#include <iterator>

namespace bitstill::tflite {

namespace {

constexpr std::size_t kAny = 1000;

constexpr OperatorKind kKinds[] = {
    {0, 2, 2, &checkArithmetic, &runArithmetic}, // ADD
    {1, 1, 1, &checkPool, &runAveragePool, &workOfPool},
    {2, 1, kAny, &checkConcatenation, &runConcatenation},
    {3, 2, 3, &checkConvolution, &runConvolution, &workOfConvolution},
    {4, 2, 3, &checkDepthwise, &runConvolution, &workOfConvolution},
    {6, 1, 1, &checkDequantize, &runDequantize},
    {9, 2, 3, &checkFullyConnected, &runConvolution, &workOfConvolution},
    {14, 1, 1, &checkLogistic, &runLogistic},
    {17, 1, 1, &checkPool, &runMaxPool, &workOfPool},
    {18, 2, 2, &checkArithmetic, &runArithmetic}, // MUL
    {19, 1, 1, &checkRelu, &runRelu},
    {20, 1, 1, &checkRelu, &runRelu}, // RELU_N1_TO_1
    {21, 1, 1, &checkRelu, &runRelu}, // RELU6
    {22, 1, 2, &checkReshape, &runReshape},
    {25, 1, 1, &checkSoftmax, &runSoftmax},
    {34, 2, 2, &checkPad, &runPad},
    {39, 2, 2, &checkTranspose, &runTranspose},
    {40, 2, 2, &checkMean, &runMean},
    {41, 2, 2, &checkArithmetic, &runArithmetic}, // SUB
    {43, 1, 1, &checkReshape, &runReshape}, // SQUEEZE
    {70, 2, 2, &checkReshape, &runReshape}, // EXPAND_DIMS
    {114, 1, 1, &checkQuantize, &runQuantize},
};

} // namespace

const OperatorKind* kindOf(int code)
{
    const auto* found = std::ranges::find(kKinds, code, &OperatorKind::code);
    return found == std::end(kKinds) ? nullptr : found;
}

} // namespace bitstill::tflite
