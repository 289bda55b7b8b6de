// Preloaded into bitstill-cli by tst_faults: lets the FAULT_NTH-th call of one kind fail. With FAULT_COUNT=FILE it only counts them, and
// writes the number when the process ends.
//
//   FAULT_CALL      write, fsync, rename, exchange (two names, in one step), malloc, new, dnnl
//   FAULT_LASTING   all later ones fail too
//   FAULT_EARLY     counts what comes before main too: the loader, the libraries and our own static objects

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <new>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
}

namespace {

/// Shared with the processes that this one makes.
struct Counts {
    std::atomic<long> left{-1}, seen{0};
};
Counts* g_counts = nullptr;
const char* g_call = "";

bool g_lasting = false;

int (*g_main)(int, char**, char**) = nullptr;
std::atomic<bool> g_began{false};

void begin()
{
    if (g_began) return;
    void* shared = mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    g_counts = new (shared) Counts;
    if (const char* call = std::getenv("FAULT_CALL")) g_call = call;
    if (const char* nth = std::getenv("FAULT_NTH")) g_counts->left = std::atol(nth);
    g_lasting = std::getenv("FAULT_LASTING") != nullptr;
    g_began = true;
}

int countedMain(int argc, char** argv, char** environment)
{
    begin();
    return g_main(argc, argv, environment);
}

/// This library's, before those of the libraries that use malloc without being used by it; the loader has mapped everything by then.
__attribute__((constructor(101))) void beginEarly()
{
    if (std::getenv("FAULT_EARLY")) begin();
}

__attribute__((destructor)) void end()
{
    const char* file = std::getenv("FAULT_COUNT");
    if (!file || !g_counts) return;
    char text[32];
    const int length = std::snprintf(text, sizeof text, "%ld\n", g_counts->seen.load());
    const int descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (syscall(SYS_write, descriptor, text, length) < 0) return;
    close(descriptor);
}

bool fails(const char* call)
{
    if (!g_began || std::strcmp(g_call, call) != 0) return false;
    ++g_counts->seen;
    if (g_counts->left <= 0) return g_lasting && g_counts->left == 0;
    return --g_counts->left == 0;
}

template <class Function> Function next(const char* name) { return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name)); }

} // namespace

extern "C" {

int __libc_start_main(
    int (*main)(int, char**, char**), int argc, char** argv, void (*init)(), void (*fini)(), void (*loader)(), void* stack)
{
    using Start = int (*)(int (*)(int, char**, char**), int, char**, void (*)(), void (*)(), void (*)(), void*);
    g_main = main;
    return next<Start>("__libc_start_main")(countedMain, argc, argv, init, fini, loader, stack);
}

ssize_t write(int descriptor, const void* bytes, size_t count)
{
    struct stat s { };
    // Of files, not of what is printed.
    if (fstat(descriptor, &s) == 0 && S_ISREG(s.st_mode) && fails("write")) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_write, descriptor, bytes, count);
}

int fsync(int descriptor)
{
    if (fails("fsync")) {
        errno = EIO;
        return -1;
    }
    return static_cast<int>(syscall(SYS_fsync, descriptor));
}

int rename(const char* from, const char* to) noexcept
{
    if (fails("rename")) {
        errno = EIO;
        return -1;
    }
    return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int renameat2(int fromFolder, const char* from, int toFolder, const char* to, unsigned flags) noexcept
{
    if (fails((flags & RENAME_EXCHANGE) != 0 ? "exchange" : "rename")) {
        errno = EIO;
        return -1;
    }
    return static_cast<int>(syscall(SYS_renameat2, fromFolder, from, toFolder, to, flags));
}

void* malloc(size_t size)
{
    if (fails("malloc")) {
        errno = ENOMEM;
        return nullptr;
    }
    return __libc_malloc(size);
}

void* calloc(size_t count, size_t size)
{
    if (fails("malloc")) {
        errno = ENOMEM;
        return nullptr;
    }
    return __libc_calloc(count, size);
}

void* realloc(void* old, size_t size)
{
    if (fails("malloc")) {
        errno = ENOMEM;
        return nullptr;
    }
    return __libc_realloc(old, size);
}

int dnnl_primitive_execute(const void* primitive, void* stream, int count, const void* arguments)
{
    static const auto real = next<int (*)(const void*, void*, int, const void*)>("dnnl_primitive_execute");
    return fails("dnnl") ? 1 : real(primitive, stream, count, arguments);
}

int dnnl_primitive_create(void** primitive, const void* description)
{
    static const auto real = next<int (*)(void**, const void*)>("dnnl_primitive_create");
    return fails("dnnl") ? 1 : real(primitive, description);
}

int dnnl_sgemm(char transposeA, char transposeB, long m, long n, long k, float alpha, const float* a, long lda, const float* b, long ldb,
    float beta, float* c, long ldc)
{
    using Sgemm = int (*)(char, char, long, long, long, float, const float*, long, const float*, long, float, float*, long);
    static const auto real = next<Sgemm>("dnnl_sgemm");
    return fails("dnnl") ? 1 : real(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

} // extern "C"

namespace {

void* allocate(size_t size, size_t alignment)
{
    void* memory = fails("new") ? nullptr : alignment == 0 ? __libc_malloc(size) : __libc_memalign(alignment, size);
    if (!memory) throw std::bad_alloc();
    return memory;
}

} // namespace

void* operator new(size_t size) { return allocate(size, 0); }
void* operator new[](size_t size) { return allocate(size, 0); }
void* operator new(size_t size, std::align_val_t alignment) { return allocate(size, static_cast<size_t>(alignment)); }
void* operator new[](size_t size, std::align_val_t alignment) { return allocate(size, static_cast<size_t>(alignment)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
