# SPDX-License-Identifier: GPL-2.0-only
"""The version, in the one place from which the package and its extension take it."""

__version__ = "0.1.0"
