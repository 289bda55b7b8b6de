#include "app/cli/surroundings.h"

#include "app/cli/language.h"
#include "engine/io/file_error.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <execinfo.h>
#include <fcntl.h>
#include <iostream>
#include <new>
#include <sys/resource.h>
#include <unistd.h>

namespace bitstill::cli {

namespace {

/// Without allocating: there may be nothing left.
void say(const char* line)
{
    if (write(STDERR_FILENO, line, std::strlen(line)) < 0) return;
}

[[noreturn]] void endInOneLine()
{
    try {
        if (std::current_exception()) std::rethrow_exception(std::current_exception());
        say("something went wrong that nobody expected; please report it\n");
    } catch (const std::bad_alloc&) {
        say("there is not enough memory; choose a smaller model, batch or data set, or raise the limit (ulimit -v)\n");
    } catch (const std::exception& e) {
        say("something went wrong that nobody expected: ");
        say(e.what());
        say("; please report it\n");
    } catch (...) {
        say("something went wrong that nobody expected; please report it\n");
    }
    std::_Exit(1);
}

void sayThatALibraryCrashed(int)
{
    say("[memory] a library crashed, which lacks memory under this limit; raise it (ulimit -v)\n");
    std::_Exit(1);
}

/// Some of the libraries below do not ask whether they got the memory they asked for. Without a limit a crash is what it is.
void expectCrashesUnderALimit()
{
    rlimit memory{};
    if (getrlimit(RLIMIT_AS, &memory) != 0 || memory.rlim_cur == RLIM_INFINITY) return;
    for (const int s : {SIGSEGV, SIGBUS, SIGABRT}) std::signal(s, sayThatALibraryCrashed);
}

/// Before the static objects of the libraries and our own, the first that can lack memory.
__attribute__((section(".preinit_array"), used)) void (*g_first)() = [] { std::set_terminate(endInOneLine); };

} // namespace

void prepareForTrouble()
{
    // The next file that is opened would otherwise take the place of a closed stream, and get what is printed.
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY) < 0) std::_Exit(1);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    expectCrashesUnderALimit();
    // The C library looks for its unwinder when first an exception passes through it, and aborts when it lacks memory then.
    void* frame = nullptr;
    if (backtrace(&frame, 1) == 0) {
        say("there is not enough memory to start; raise the limit (ulimit -v)\n");
        std::_Exit(1);
    }
}

bool flushOutput()
{
    errno = 0;
    std::cout.flush();
    if (std::cout.good()) return true;
    const int code = errno;
    const Text what =
        code == 0 ? text("cannot write what was to be printed") : text("cannot write what was to be printed: %1", reasonText(code));
    std::cerr << "[stdout] " << said(what) << "; " << said(text("choose another output")) << '\n';
    return false;
}

} // namespace bitstill::cli
