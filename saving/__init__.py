"""A save: a row of steps over one `Save`, from what was asked for to a folder that the app opens.

    fetch media and fonts -> settle the timeline -> write the folder -> lint -> pack -> deploy and upload, if asked to

To add a step: a function of a `Save` in the module it belongs to, listed in `STEPS` (`job.py`). A save works on the
draft as it was when it was asked for. Nothing of it can be found before it is whole, and nothing a caller asked for is
missing without being named.
"""
