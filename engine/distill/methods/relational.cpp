#include "engine/distill/method.h"

#include <Eigen/Core>
#include <cmath>

namespace bitstill {

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Rows = Eigen::Map<const Matrix>;

constexpr float kDistanceWeight = 25, kAngleWeight = 50;

/// Smooth L1 with its bend at 1, summed; the differences become its slopes.
double smoothL1(Matrix& differences)
{
    double total = 0;
    for (float& d : differences.reshaped()) {
        const float size = std::abs(d);
        total += static_cast<double>(size < 1 ? size * size / 2 : size - 0.5f);
        d = std::clamp(d, -1.0f, 1.0f);
    }
    return total;
}

/// Distances of all pairs over their mean.
struct Distances {
    Matrix scaled;
    float mean = 1, count = 1;

    explicit Distances(const Rows& x) : scaled(x.rows(), x.rows())
    {
        for (Eigen::Index i = 0; i < x.rows(); ++i)
            for (Eigen::Index j = 0; j < x.rows(); ++j)
                scaled(i, j) = i == j ? 0 : std::sqrt(std::max((x.row(i) - x.row(j)).squaredNorm(), 1e-12f));
        count = std::max(1.0f, static_cast<float>(x.rows() * (x.rows() - 1)));
        mean = scaled.sum() / count;
        if (mean > 0) scaled /= mean;
    }
};

double distanceLoss(const Rows& s, const Rows& t, Matrix& gradient)
{
    const Distances ds(s), dt(t);
    Matrix slope = ds.scaled - dt.scaled;
    const auto pairs = static_cast<float>(s.rows() * s.rows());
    const double total = smoothL1(slope) / static_cast<double>(pairs);
    // Every distance also moves the mean that all are measured by.
    const float shared = slope.cwiseProduct(ds.scaled).sum() / ds.count;
    for (Eigen::Index i = 0; i < s.rows(); ++i)
        for (Eigen::Index j = 0; j < s.rows(); ++j) {
            const float distance = ds.scaled(i, j) * ds.mean;
            if (i == j || distance <= 1e-6f) continue;
            const float pull = kDistanceWeight * (slope(i, j) - shared) / (ds.mean * pairs * distance);
            gradient.row(i) += pull * (s.row(i) - s.row(j));
            gradient.row(j) -= pull * (s.row(i) - s.row(j));
        }
    return total;
}

/// Directions from sample i to all others, of length 1; `lengths` before that.
Matrix directionsFrom(const Rows& x, Eigen::Index i, Eigen::VectorXf& lengths)
{
    const Matrix d = x.rowwise() - x.row(i);
    lengths = d.rowwise().norm().cwiseMax(1e-12f);
    return lengths.cwiseInverse().asDiagonal() * d;
}

double angleLoss(const Rows& s, const Rows& t, Matrix& gradient)
{
    const auto triples = static_cast<float>(s.rows() * s.rows() * s.rows());
    Eigen::VectorXf lengths, unused;
    double total = 0;
    for (Eigen::Index i = 0; i < s.rows(); ++i) {
        const Matrix ns = directionsFrom(s, i, lengths), nt = directionsFrom(t, i, unused);
        Matrix slope = ns * ns.transpose() - nt * nt.transpose();
        total += smoothL1(slope);
        const Matrix dn = (2 * kAngleWeight / triples) * (slope * ns); // the cosines are symmetric, and so are their slopes
        const Eigen::VectorXf along = dn.cwiseProduct(ns).rowwise().sum();
        const Matrix dx = lengths.cwiseInverse().asDiagonal() * (dn - along.asDiagonal() * ns);
        gradient += dx;
        gradient.row(i) -= dx.colwise().sum();
    }
    return total / static_cast<double>(triples);
}

double loss(const Features& student, const Features& teacher, float* gradient)
{
    const auto ns = static_cast<Eigen::Index>(student.shape.size()), nt = static_cast<Eigen::Index>(teacher.shape.size());
    const int groups = std::max(1, student.rows / kRelated), each = student.rows / groups;
    double total = 0;
    for (int g = 0; g < groups; ++g) {
        const int first = g * each, rows = g + 1 == groups ? student.rows - first : each;
        const Rows s(student.values + first * ns, rows, ns), t(teacher.values + first * nt, rows, nt);
        Matrix d = Matrix::Zero(rows, ns);
        total += static_cast<double>(kDistanceWeight) * distanceLoss(s, t, d);
        total += static_cast<double>(kAngleWeight) * angleLoss(s, t, d);
        Eigen::Map<Matrix>(gradient + first * ns, rows, ns) = d / static_cast<float>(groups);
    }
    return total / groups;
}

} // namespace

DistillMethod relationalMethod()
{
    return {.name = "relational",
        .description = text("distances of pairs and angles of triples among samples (relational)"),
        .features = &loss,
        .taps = TapKind::Vectors,
        .weight = 0.3};
}

} // namespace bitstill
