"""A case at the window: its papers, the registers' answers, the result, its status, the shelf."""
