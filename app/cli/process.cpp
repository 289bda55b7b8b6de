#include "app/cli/process.h"

#include "engine/core/error.h"
#include "engine/io/file_error.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bitstill::cli {

namespace {

constexpr int kNoSuchProgram = 127;

/// In the new process. Signals that we wait for or ignore are the program's own business.
[[noreturn]] void become(const std::vector<std::string>& command, pid_t parent)
{
    for (const int s : {SIGPIPE, SIGXFSZ}) std::signal(s, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent) std::_Exit(1);
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    std::_Exit(kNoSuchProgram);
}

int exitOf(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }

[[noreturn]] void fail(const std::string& program)
{
    throw Error(program, text("it cannot be started: %1", reasonText(errno)), text("close other programs"));
}

class Pipe {
public:
    Pipe()
    {
        if (pipe2(m_ends.data(), O_CLOEXEC) != 0) m_ends = {-1, -1};
    }
    ~Pipe()
    {
        closeIn();
        if (isOpen()) close(m_ends[0]);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    bool isOpen() const { return m_ends[0] >= 0; }
    int out() const { return m_ends[0]; }
    int in() const { return m_ends[1]; }
    void closeIn()
    {
        if (m_ends[1] >= 0) close(m_ends[1]);
        m_ends[1] = -1;
    }

private:
    std::array<int, 2> m_ends{-1, -1};
};

} // namespace

Output outputOf(const std::vector<std::string>& command, std::chrono::seconds patience)
{
    Pipe pipe;
    const pid_t parent = getpid(), child = pipe.isOpen() ? fork() : -1;
    if (child < 0) fail(command.front());
    if (child == 0) {
        const int nothing = open("/dev/null", O_RDONLY);
        if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(pipe.in(), STDOUT_FILENO) < 0 || dup2(pipe.in(), STDERR_FILENO) < 0)
            std::_Exit(1);
        become(command, parent);
    }
    pipe.closeIn();
    const auto end = std::chrono::steady_clock::now() + patience;
    Output output;
    char piece[4096];
    while (std::chrono::steady_clock::now() < end) {
        pollfd ready{pipe.out(), POLLIN, 0};
        constexpr int kOften = 100;
        if (poll(&ready, 1, kOften) <= 0) continue;
        const ssize_t n = read(pipe.out(), piece, sizeof piece);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        output.text.append(piece, static_cast<std::size_t>(n));
    }
    // It may have closed its output and go on, and a child of its own may hold the output open when it has ended.
    int status = 0;
    pid_t ended = 0;
    while ((ended = waitpid(child, &status, WNOHANG)) == 0 && std::chrono::steady_clock::now() < end) usleep(2000);
    output.late = ended == 0;
    if (output.late && kill(child, SIGKILL) == 0) waitpid(child, &status, 0);
    output.exit = output.late ? -1 : exitOf(status);
    output.started = output.exit != kNoSuchProgram;
    return output;
}

Ended runProcess(const std::vector<std::string>& command, const std::string& input, Interrupts& interrupts)
{
    // A file without a name: the program may read it as slowly as it likes.
    const int file = memfd_create("input", MFD_CLOEXEC);
    const bool written =
        file >= 0 && write(file, input.data(), input.size()) == static_cast<ssize_t>(input.size()) && lseek(file, 0, SEEK_SET) == 0;
    const pid_t parent = getpid(), child = written ? fork() : -1;
    if (child < 0) {
        const int code = errno;
        if (file >= 0) close(file);
        errno = code;
        fail(command.front());
    }
    if (child == 0) {
        if (dup2(file, STDIN_FILENO) < 0) std::_Exit(1);
        become(command, parent);
    }
    close(file);
    constexpr std::chrono::milliseconds kOften{10}, kAgain{200}, kPatience{5000};
    int status = 0, told = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (interrupts.signal() == 0)
            interrupts.wait(kOften);
        else
            usleep(10'000);
        if (interrupts.signal() == 0) continue;
        const auto age = interrupts.age();
        const int due = age > kPatience ? 3 : age > kAgain ? 2 : 1;
        if (told < due) kill(child, due == 3 ? SIGKILL : SIGTERM);
        told = due;
    }
    return {exitOf(status)};
}

Text endText(int exit, int signal)
{
    if (signal == 0) return text("its process ended with exit status %1", std::to_string(exit));
    const char* const abbreviation = sigabbrev_np(signal);
    const std::string name = std::string("SIG") + (abbreviation ? abbreviation : std::to_string(signal).c_str());
    return signal == SIGKILL ? text("its process was ended by %1, maybe for lack of memory", name)
                             : text("its process was ended by %1", name);
}

std::string quoted(const std::string& word)
{
    std::string safe = "'";
    for (const char c : word) safe += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return safe + "'";
}

} // namespace bitstill::cli
