# SPDX-License-Identifier: GPL-2.0-only
"""Differential tests: the same i386 machine code here and on the real processor."""
