"""A project: a folder that keeps the annotation of one image, whatever happens.

It holds

- ``project.json``: which image, which model, every object with its clicks, and the journal
  entries that are not yet in the labels. Replacing this file is what saves;
- ``labels.zarr``: the labels, as OME-Zarr 0.5 that other programs read;
- ``journal/``: changes of labels that were saved, until they are in ``labels.zarr``.

A save writes the changes as a journal entry, replaces ``project.json``, which then lists the
entry and the objects, and only then touches the labels. Entries hold absolute values, so that
making them twice does no harm: whenever the process is killed, opening the project makes the
listed entries again, and what was not listed never was.
"""
