#include "engine/experiment/stopwatch.h"

#include "engine/measure/latency.h"
#include "engine/quant/integer_network.h"

namespace bitstill {

Stopwatch::Stopwatch(const Dataset& data, double seconds) : m_seconds(seconds), m_sample(data.shape.size())
{
    data.read(data.test, 0, m_sample.data());
}

double Stopwatch::of(const Evaluated& network) const { return latencyMicroseconds(m_seconds, network, m_sample); }

double Stopwatch::of(Graph& graph, int batch)
{
    Pass pass(graph, batch, Pass::Mode::Inference, m_alone);
    return of(evaluated(pass));
}

double Stopwatch::of(const QuantizedNetwork& network, int batch)
{
    IntegerNetwork integers(network, batch, m_alone);
    return of(evaluated(integers));
}

} // namespace bitstill
