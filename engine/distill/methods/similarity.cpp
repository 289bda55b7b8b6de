#include "engine/distill/method.h"

#include <Eigen/Core>

namespace bitstill {

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Rows of F·Fᵀ, brought to length 1; `lengths` before that.
Matrix similarities(const Features& f, Eigen::VectorXf& lengths)
{
    const Eigen::Map<const Matrix> m(f.values, f.rows, static_cast<Eigen::Index>(f.shape.size()));
    Matrix g = m * m.transpose();
    lengths = g.rowwise().norm().cwiseMax(1e-12f);
    return lengths.cwiseInverse().asDiagonal() * g;
}

double loss(const Features& student, const Features& teacher, float* gradient)
{
    Eigen::VectorXf lengths, unused;
    const Matrix s = similarities(student, lengths), difference = s - similarities(teacher, unused);
    const auto pairs = static_cast<float>(student.rows * student.rows);
    Matrix d = difference * (2 / pairs);
    const Eigen::VectorXf along = d.cwiseProduct(s).rowwise().sum();
    d = lengths.cwiseInverse().asDiagonal() * (d - along.asDiagonal() * s);
    const auto features = static_cast<Eigen::Index>(student.shape.size());
    const Eigen::Map<const Matrix> m(student.values, student.rows, features);
    Eigen::Map<Matrix>(gradient, student.rows, features).noalias() = (d + d.transpose()) * m;
    return static_cast<double>(difference.squaredNorm() / pairs);
}

} // namespace

DistillMethod similarityMethod()
{
    return {.name = "similarity",
        .description = text("which samples of a batch the teacher finds similar (similarity-preserving)"),
        .features = &loss,
        .taps = TapKind::Vectors,
        .weight = 100};
}

} // namespace bitstill
