"""The Train widget: from labelled images to a model, in a process of its own."""
