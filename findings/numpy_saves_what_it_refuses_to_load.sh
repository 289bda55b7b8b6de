#!/usr/bin/env bash
# NumPy 1.24.2 (Debian 12): np.save writes a header of any length without a word, np.load of the same version refuses one of more than
# 10,000 characters: a structured array of 300 fields, saved and loaded with defaults, is an error.
# One would guess that a library reads with its defaults what it wrote with its defaults. np.load(max_header_size=...) reads it.
set -euo pipefail
here=$(mktemp -d); trap 'rm -rf "$here"' EXIT; cd "$here"
apt-get download -q python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 libgfortran5 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
lib=usr/lib/x86_64-linux-gnu
export PYTHONPATH=$here/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$here/$lib:$here/$lib/blas:$here/$lib/lapack
/usr/bin/python3 - <<'PY' | tee seen
import numpy, os
row = numpy.zeros(2, dtype=[(f'activation of channel {i}', '<f4') for i in range(300)])
numpy.save('wide.npy', row)
print(numpy.__version__, 'wrote', os.path.getsize('wide.npy'), 'bytes')
try:
    numpy.load('wide.npy')
    print('and reads them')
except ValueError as error:
    print('and refuses them:', str(error).split('.')[0].split('(')[0].strip()[:40])
print('with max_header_size:', numpy.load('wide.npy', max_header_size=100000).shape)
PY
diff seen - <<'SEEN' && echo "as seen: NumPy 1.24.2"
1.24.2 wrote 13792 bytes
and refuses them: Header info length
with max_header_size: (2,)
SEEN
