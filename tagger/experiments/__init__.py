"""Many trainings: seeds, and how their scores compare."""
