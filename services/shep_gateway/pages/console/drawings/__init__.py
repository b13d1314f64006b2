"""What the console draws: places and shapes only, which templates write as SVG; no script is needed to see it."""
