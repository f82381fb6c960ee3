# SPDX-License-Identifier: GPL-2.0-only
"""The journal: everything that came into a Lab from outside, and running it again."""
