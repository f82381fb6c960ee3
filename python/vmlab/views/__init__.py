# SPDX-License-Identifier: GPL-2.0-only
"""What can be seen of a Lab: immutable, picklable snapshots, each shown as text, in a terminal and in a notebook."""
