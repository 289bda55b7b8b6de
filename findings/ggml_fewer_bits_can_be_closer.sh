#!/usr/bin/env bash
# ggml, as @node-llama-cpp/linux-x64 3.21.1 ships it: on Gaussian weights the format with 1.125 bits per weight (q1_0) is nearer to
# the weights than those with 2.06 (tq2_0) and 1.69 bits (tq1_0), and nvfp4 turns weights of sd 0.001 into zeros, because its block
# scales are 8-bit floats and nothing scales the tensor.
# One would guess that error falls with the bits of a format, and that a block format does not care how large weights are. So: measure
# formats at the real scale of the weights and never order them by bits.
set -euo pipefail
here=$(mktemp -d); trap 'rm -rf "$here"' EXIT; cd "$here"
npm install --silent --ignore-scripts --no-audit --no-fund @node-llama-cpp/linux-x64@3.21.1
cat > formats.py <<'PY'
import ctypes, math, random
ggml = ctypes.CDLL('node_modules/@node-llama-cpp/linux-x64/bins/linux-x64/libggml-base.so')
Decode = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
class Traits(ctypes.Structure):
    _fields_ = [('name', ctypes.c_char_p), ('block', ctypes.c_int64), ('interleave', ctypes.c_int64), ('size', ctypes.c_size_t),
                ('quantized', ctypes.c_bool), ('decode', Decode), ('encode', ctypes.c_void_p)]
ggml.ggml_get_type_traits.restype = ctypes.POINTER(Traits)
ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
ggml.ggml_quantize_chunk.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p] + [ctypes.c_int64] * 3 + [ctypes.c_void_p]
N = 256 * 64
random.seed(1)
normal = [random.gauss(0, 1) for _ in range(N)]
numbers = {ggml.ggml_get_type_traits(i).contents.name.decode(): i for i in range(43) if ggml.ggml_get_type_traits(i).contents.name}
def error(name, sd):
    traits = ggml.ggml_get_type_traits(numbers[name]).contents
    x = (ctypes.c_float * N)(*[sd * v for v in normal])
    packed, y = ctypes.create_string_buffer(N * 8), (ctypes.c_float * N)()
    ggml.ggml_quantize_chunk(numbers[name], x, packed, 0, 1, N, None)
    traits.decode(packed, y, N)
    rms = math.sqrt(sum((a - b) ** 2 for a, b in zip(x, y)) / sum(a * a for a in x))
    return f'{name}, {8 * traits.size / traits.block:.2f} bits, sd {sd}: {100 * rms:.0f} %'
for name, sd in [('q1_0', 1), ('tq1_0', 1), ('tq2_0', 1), ('q4_0', 1), ('nvfp4', 1), ('q4_0', 0.001), ('nvfp4', 0.001)]:
    print(error(name, sd))
PY
/usr/bin/python3 formats.py | tee seen
diff seen - <<'SEEN' && echo "as seen: ggml of node-llama-cpp 3.21.1"
q1_0, 1.12 bits, sd 1: 60 %
tq1_0, 1.69 bits, sd 1: 80 %
tq2_0, 2.06 bits, sd 1: 80 %
q4_0, 4.50 bits, sd 1: 9 %
nvfp4, 4.50 bits, sd 1: 9 %
q4_0, 4.50 bits, sd 0.001: 9 %
nvfp4, 4.50 bits, sd 0.001: 100 %
SEEN
