"""Reports: renderings of the frozen document. They render and never compute."""
