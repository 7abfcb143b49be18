"""The searches as a whole, and the compilation of their kernels.

Imports every other solver package.
"""
