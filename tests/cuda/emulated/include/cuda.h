// Marks this folder as a CUDA toolkit for build scripts that look for one; never included.
