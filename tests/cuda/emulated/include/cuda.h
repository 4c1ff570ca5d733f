// Where this file lies is a CUDA toolkit, to those who look for one; nobody includes it.
