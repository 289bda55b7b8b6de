#include "engine/distill/method.h"

#include <Eigen/Core>

namespace bitstill {

namespace {

using Maps = Eigen::Map<const Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

/// Where one sample's map is active, as a vector of length 1; `length` before that.
Eigen::ArrayXf attentionOf(const Maps& map, float& length)
{
    Eigen::ArrayXf a = map.square().rowwise().mean();
    length = std::max(std::sqrt(a.square().sum()), 1e-12f);
    return a / length;
}

double loss(const Features& student, const Features& teacher, float* gradient)
{
    const Eigen::Index positions = student.shape.height * student.shape.width;
    const auto count = static_cast<float>(student.rows * positions);
    double total = 0;
    for (int r = 0; r < student.rows; ++r) {
        const std::size_t at = static_cast<std::size_t>(r) * student.shape.size();
        const Maps s(student.values + at, positions, student.shape.channels),
            t(teacher.values + static_cast<std::size_t>(r) * teacher.shape.size(), positions, teacher.shape.channels);
        float lengthS = 0, lengthT = 0;
        const Eigen::ArrayXf qs = attentionOf(s, lengthS), difference = qs - attentionOf(t, lengthT);
        total += static_cast<double>(difference.square().sum() / count);
        const Eigen::ArrayXf dq = 2 * difference / count, da = (dq - qs * (qs * dq).sum()) / lengthS;
        Eigen::Map<Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(gradient + at, positions, student.shape.channels) =
            s.colwise() * (da * (2.0f / static_cast<float>(student.shape.channels)));
    }
    return total;
}

} // namespace

DistillMethod attentionMethod()
{
    return {.name = "attention",
        .description = text("where in the image the teacher looks: its attention maps (attention transfer)"),
        .features = &loss,
        .taps = TapKind::Maps,
        .weight = 1000};
}

} // namespace bitstill
