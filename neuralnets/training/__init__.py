"""One step, one run of many epochs, and what a run keeps."""
