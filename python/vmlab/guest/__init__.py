# SPDX-License-Identifier: 0BSD
"""The C library for guest programs, and the programs that come prebuilt with the package."""
