#pragma once

#include <CLI/CLI.hpp>

namespace bitstill::cli {

/// What an option's value must be; what CLI11 has of these, in the language of the terminal.
CLI::Validator notEmpty();
/// A name for tensors: none that promises another format, as OUT.npz would.
CLI::Validator namesSafetensors();
CLI::Validator within(double low, double high); ///< NaN is not
CLI::Validator within(long long low, long long high);
CLI::Validator within(int low, int high);
CLI::Validator oneOf(const std::vector<std::string>& words);

} // namespace bitstill::cli
