#!/usr/bin/env bash
# ggml, as @node-llama-cpp/linux-x64 3.21.1 ships it: gguf_set_val_u32(ctx, "general.alignment", 64) sets the key in the file but not
# the alignment that ggml writes with. The tensors lie at multiples of 32, the file says 64, and ggml refuses to read it. The key at its
# default value, 32, or set in a file that has one tensor only, hides it.
# One would guess that a writer honours the alignment it was given, or refuses it. So: a reader of GGUF must check offsets against the
# key instead of trusting either, and a writer that is built on ggml leaves the key alone.
set -euo pipefail
here=$(mktemp -d); trap 'rm -rf "$here"' EXIT; cd "$here"
npm install --silent --ignore-scripts --no-audit --no-fund @node-llama-cpp/linux-x64@3.21.1
cat > alignment.py <<'PY'
import ctypes, struct
ggml = ctypes.CDLL('node_modules/@node-llama-cpp/linux-x64/bins/linux-x64/libggml-base.so')
class Params(ctypes.Structure):
    _fields_ = [('size', ctypes.c_size_t), ('buffer', ctypes.c_void_p), ('no_alloc', ctypes.c_bool)]
class Reading(ctypes.Structure):
    _fields_ = [('no_alloc', ctypes.c_bool), ('ctx', ctypes.c_void_p)]
p, s = ctypes.c_void_p, ctypes.c_char_p
for name, result, arguments in [('ggml_init', p, [Params]), ('ggml_new_tensor_1d', p, [p, ctypes.c_int, ctypes.c_int64]),
                                ('ggml_set_name', p, [p, s]), ('gguf_init_empty', p, []), ('gguf_add_tensor', None, [p, p]),
                                ('gguf_set_val_u32', None, [p, s, ctypes.c_uint32]), ('gguf_write_to_file', ctypes.c_bool, [p, s, ctypes.c_bool]),
                                ('gguf_init_from_file', p, [s, Reading]), ('gguf_get_tensor_offset', ctypes.c_size_t, [p, ctypes.c_int64])]:
    function = getattr(ggml, name)
    function.restype, function.argtypes = result, arguments
for alignment, tensors in [(None, 2), (32, 2), (64, 1), (64, 2)]:
    room = ggml.ggml_init(Params(1 << 20, None, False))
    file = ggml.gguf_init_empty()
    if alignment: ggml.gguf_set_val_u32(file, b'general.alignment', alignment)
    for i in range(tensors):
        tensor = ggml.ggml_new_tensor_1d(room, 0, 8) # 8 floats, 32 bytes
        ggml.ggml_set_name(tensor, b't%d' % i)
        ggml.gguf_add_tensor(file, tensor)
    assert ggml.gguf_write_to_file(file, b'a.gguf', False)
    last = ggml.gguf_get_tensor_offset(file, tensors - 1)
    again = ggml.gguf_init_from_file(b'a.gguf', Reading(True, None))
    print(f'alignment {alignment}, {tensors} tensors: the last at {last}, {"read again" if again else "refused"}')
PY
/usr/bin/python3 alignment.py 2>/dev/null | tee seen
diff seen - <<'SEEN' && echo "as seen: ggml of node-llama-cpp 3.21.1"
alignment None, 2 tensors: the last at 32, read again
alignment 32, 2 tensors: the last at 32, read again
alignment 64, 1 tensors: the last at 0, read again
alignment 64, 2 tensors: the last at 32, refused
SEEN
