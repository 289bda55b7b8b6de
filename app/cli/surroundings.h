#pragma once

namespace bitstill::cli {

/// Makes ready for surroundings that are not friendly: standard streams that are closed, readers that go away, limits on file size (writing
/// then fails and can be reported instead of ending the process), errors nobody catches (one line, exit status 1).
void prepareForTrouble();

/// What was printed is out; false, with one line on stderr, when it could not be written.
bool flushOutput();

} // namespace bitstill::cli
