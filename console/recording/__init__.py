"""What the console saw, second by second, and the way back to any moment of it.

`codec` turns snapshots into bytes and back, `file` is one day on the disk, `recorder` follows the
board, `recording` reads it again.
"""
