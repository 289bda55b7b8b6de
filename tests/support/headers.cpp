// Empty: what tests include from outside is compiled once, for this file (see CMakeLists.txt).
