#include "engine/experiment/ending.h"

#include "engine/experiment/context.h"

#include <new>

namespace bitstill {

Text sentenceOf(const std::exception_ptr& error)
{
    try {
        std::rethrow_exception(error);
    } catch (const std::bad_alloc&) {
        return text("Not enough memory. Choose a smaller model, batch or data set.");
    } catch (const Diverged& d) {
        return d.advice;
    } catch (const Error& e) {
        return e.sentence();
    } catch (const std::exception& e) {
        return Text(std::string(e.what()));
    } catch (...) {
        return text("An unknown error occurred.");
    }
}

void endBy(const std::exception_ptr& error, Record& record)
{
    try {
        std::rethrow_exception(error);
    } catch (const Stopped&) {
        record.outcome = Outcome::Stopped;
        return;
    } catch (const Diverged&) {
        record.outcome = Outcome::Diverged;
    } catch (const NotFinite&) {
        record.outcome = Outcome::Diverged; // calibration and quantization meet the numbers of a network that is none first
    } catch (...) {
        record.outcome = Outcome::Failed;
    }
    record.message = sentenceOf(error);
}

} // namespace bitstill
